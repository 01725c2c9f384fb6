"""The only place where an upload is made: from day rows to the request that is shown and sent."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from claudeusage_core.usage import DailyUsage, ModelUsage
from claudeusage_core.wire import ACCOUNTING, SCHEMA, Day, DayModel, SyncRequest


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the days at the other end, by ISO date."""

    stored: Mapping[str, str] = field(default_factory=dict[str, str])
    """The digests that the server holds for this computer."""
    sent: Mapping[str, Collection[str]] = field(default_factory=dict[str, Collection[str]])
    """Every digest that this ledger ever sent."""
    held: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """Kept, refused and stale days: our digest and theirs then. Not offered while both stand."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks of one upload beyond the rows."""

    recount: bool = False
    """Replace rows of the server's that hold more than ours."""
    twin: Literal["merge", "separate"] | None = None
    """What to do where another computer of the account has the same days."""
    since: date | None = None
    """The first day that is offered; the days before stay as they are at the other end."""

    def members(self) -> dict[str, object]:
        """Return the members of the body that say so; none where nothing is asked."""
        recount: dict[str, object] = {"recount": True} if self.recount else {}
        return recount | ({"twin": self.twin} if self.twin else {})


NO_WISH = Wish()


def day_of(row: DailyUsage) -> Day:
    """Return a day row as it stands in the upload: models by id, integers only."""
    return Day(
        date=row.date.isoformat(),
        active_seconds=row.active_seconds,
        sessions_active=row.sessions_active,
        sessions_started=row.sessions_started,
        models=tuple(_model(model) for model in sorted(row.models, key=lambda each: each.model)),
    )


def changed_days(
    rows: Iterable[DailyUsage], today: date, known: Known, since: date | None = None
) -> tuple[Day, ...]:
    """Return the days that the server does not have as they are now, by date.

    Days after *today* wait, as do days before *since*. A row that this ledger once sent and no
    longer has is removed.
    """
    first, last = (since or date.min).isoformat(), today.isoformat()
    offers = _offers({day.date: day for day in map(day_of, rows)}, known)
    due = (day for day in offers if first <= day.date <= last)
    return tuple(sorted(due, key=lambda day: day.date))


def only_there(rows: Iterable[DailyUsage], known: Known) -> tuple[str, ...]:
    """Return the dates that only the server has: counted here once, by a ledger that is gone."""
    here = {row.date.isoformat() for row in rows}
    return tuple(
        day
        for day, digest in sorted(known.stored.items())
        if day not in here and digest not in known.sent.get(day, ())
    )


def overruled(days: Iterable[Day], known: Known) -> tuple[str, ...]:
    """Return the dates of *days* for which only a recount replaces what the server may keep.

    It holds a row for them that this ledger never sent. Where it held more, it kept that so far;
    where it was never offered ours, nobody can tell before.
    """
    return tuple(day.date for day in days if day.was is None and day.date in known.stored)


def make_request(
    days: tuple[Day, ...],
    *,
    machine: str,
    prices: str,
    sequence: int,
    wish: Wish = NO_WISH,
) -> SyncRequest:
    """Make the request that uploads *days*."""
    request = SyncRequest(
        schema=SCHEMA,
        accounting=ACCOUNTING,
        prices=prices,
        machine=machine,
        sequence=sequence,
        days=days,
    )
    return request.model_copy(update=wish.members())


def _offers(days: Mapping[str, Day], known: Known) -> Iterator[Day]:
    for day in days.values():
        stored = known.stored.get(day.date, "")
        if day.digest != stored and known.held.get(day.date) != (day.digest, stored):
            yield _with_was(day, stored, known)
    for gone in known.stored.keys() - days.keys():
        stored = known.stored[gone]
        removal = Day(date=gone, active_seconds=0, sessions_active=0, sessions_started=0, models=())
        if stored in known.sent.get(gone, ()) and known.held.get(gone) != (removal.digest, stored):
            yield _with_was(removal, stored, known)


def _with_was(day: Day, stored: str, known: Known) -> Day:
    return day.model_copy(update={"was": stored}) if stored in known.sent.get(day.date, ()) else day


def _model(usage: ModelUsage) -> DayModel:
    return DayModel(
        model=usage.model,
        messages=usage.messages,
        input_tokens=usage.tokens.input,
        output_tokens=usage.tokens.output,
        cache_write_5m_tokens=usage.tokens.cache_write_5m,
        cache_write_1h_tokens=usage.tokens.cache_write_1h,
        cache_read_tokens=usage.tokens.cache_read,
        cost_microusd=usage.cost_microusd,
    )
