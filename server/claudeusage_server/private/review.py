"""Rows under review: what their owner is told about each, and what to do about it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, RowMapping, text

from claudeusage_core import figures, wire
from claudeusage_resources.price_table import shipped_prices
from claudeusage_server.checks import CHECKS, ReviewReason
from claudeusage_server.private.plausibility import Plausibility, bounds
from claudeusage_server.private.reviewer import grown_from

_DAYS = text(
    "SELECT machine, date, review, prices, active_seconds, sessions_active, sessions_started"
    " FROM days WHERE account = :account AND review IS NOT NULL ORDER BY date DESC, machine"
)
_MODELS = text(
    "SELECT m.machine, m.date, m.model, m.messages, m.input_tokens, m.output_tokens,"
    " m.cache_write_5m_tokens, m.cache_write_1h_tokens, m.cache_read_tokens, m.cost_microusd"
    " FROM days d JOIN day_models m USING (account, machine, date)"
    " WHERE d.account = :account AND d.review IS NOT NULL"
)
_OF_DAY = ("date", "active_seconds", "sessions_active", "sessions_started")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A row that counts for its owner only, with why in words and figures for people."""

    machine: str
    date: str
    reason: str
    reported: str
    plausible: str
    how_to_fix: str


def how_to_fix(reason: ReviewReason) -> str:
    """Say what a row's owner does about it."""
    return CHECKS[reason].remedy


def reviewed_rows(connection: Connection, account: str) -> list[Reviewed]:
    """Return an account's rows under review, the latest first."""
    days = connection.execute(_DAYS, {"account": account}).mappings().all()
    if not days:
        return []
    models: defaultdict[tuple[str, str], list[wire.DayModel]] = defaultdict(list)
    for row in connection.execute(_MODELS, {"account": account}).mappings():
        members = {name: row[name] for name in wire.DayModel.model_fields}
        models[row["machine"], row["date"]].append(wire.DayModel.model_validate(members))
    wording = _Wording(Plausibility(shipped_prices()), grown_from(connection, account))
    return [wording.of(row, models[row["machine"], row["date"]]) for row in days]


@dataclass(frozen=True, slots=True)
class _Wording:
    plausibility: Plausibility
    grown_from: date | None

    def of(self, row: RowMapping, models: list[wire.DayModel]) -> Reviewed:
        members = {name: row[name] for name in _OF_DAY}
        day = wire.Day.model_validate({**members, "models": tuple(models)})
        reason = ReviewReason(row["review"])
        reported, plausible = self._texts(reason, day, row["prices"])
        title = CHECKS[reason].title
        return Reviewed(row["machine"], day.date, title, reported, plausible, how_to_fix(reason))

    def _texts(self, reason: ReviewReason, day: wire.Day, prices: str) -> tuple[str, str]:
        if reason is ReviewReason.HISTORY:
            grown = self.grown_from
            waits = f"shown from {figures.day_short(grown)} on" if grown else ""
            return figures.day_short(date.fromisoformat(day.date)), waits
        cost = self.plausibility.cost_range(day, prices)
        if reason in {ReviewReason.COST_ABOVE, ReviewReason.COST_BELOW} and cost is not None:
            least, most = figures.money_exact(cost.least), figures.money_exact(cost.most)
            return figures.money_exact(cost.reported), f"{least} – {most}"
        return next(_bound_texts(reason, day), ("", ""))


def _bound_texts(reason: ReviewReason, day: wire.Day) -> Iterator[tuple[str, str]]:
    for bound in bounds(day):
        if bound.reason is reason:
            yield _figure(reason, bound.reported), f"at most {_figure(reason, bound.most)}"


def _figure(reason: ReviewReason, number: int) -> str:
    match reason:
        case ReviewReason.ACTIVE_TIME:
            return figures.duration(number)
        case ReviewReason.SESSIONS_STARTED:
            return f"{figures.count(number)} started"
        case ReviewReason.SESSIONS_ACTIVE:
            return figures.plural(number, "session")
        case _:
            return figures.plural(number, "token")
