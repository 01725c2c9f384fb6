"""The report: day rows of a period, added up by day, week, month or model."""

from collections.abc import Callable, Iterable
from datetime import date, tzinfo
from itertools import groupby
from typing import NamedTuple

from claudeusage_core.moments import moment
from claudeusage_core.usage import DailyUsage, ModelUsage, SessionUsage, TokenCounts


class Totals(NamedTuple):
    """Sums over days. *sessions* counts each session once, on the day of its first response."""

    active_seconds: int
    sessions: int
    messages: int
    tokens: TokenCounts
    cost_microusd: int | None
    unpriced_tokens: int
    own_models: frozenset[str] = frozenset()
    """The models whose cost rests on a person's own prices."""


def in_period(
    days: Iterable[DailyUsage], since: date | None, until: date | None
) -> tuple[DailyUsage, ...]:
    """Return the days from *since* to *until*, both included; None is open."""
    return tuple(
        day
        for day in days
        if (since is None or since <= day.date) and (until is None or day.date <= until)
    )


def totals(days: Iterable[DailyUsage]) -> Totals:
    """Add up days, from the same integers as their rows."""
    return added(
        Totals(
            active_seconds=day.active_seconds,
            sessions=day.sessions_started,
            messages=day.messages,
            tokens=day.tokens,
            cost_microusd=day.cost_microusd,
            unpriced_tokens=day.unpriced_tokens,
            own_models=day.own_models,
        )
        for day in days
    )


def grouped(
    days: Iterable[DailyUsage], name: Callable[[date], str]
) -> tuple[tuple[str, Totals], ...]:
    """Add up neighbouring days, in order of date, that *name* gives the same name."""
    groups = groupby(days, lambda day: name(day.date))
    return tuple((group, totals(rows)) for group, rows in groups)


def by_session(
    sessions: Iterable[SessionUsage], zone: tzinfo, since: date | None, until: date | None
) -> tuple[tuple[str, Totals], ...]:
    """Return each session that began in a period, under the local time at which it began."""
    found: list[tuple[str, Totals]] = []
    for each in sessions:
        began = moment(each.started_ms).astimezone(zone)
        if (since or date.min) <= began.date() <= (until or date.max):
            sums = Totals(
                active_seconds=each.active_seconds,
                sessions=1,
                messages=each.messages,
                tokens=each.tokens,
                cost_microusd=each.cost_microusd,
                unpriced_tokens=each.unpriced_tokens,
                own_models=each.own_models,
            )
            found.append((f"{began:%Y-%m-%d %H:%M}", sums))
    return tuple(found)


def added(sums: Iterable[Totals]) -> Totals:
    """Add up totals."""
    rows = tuple(sums)
    priced = [each.cost_microusd for each in rows if each.cost_microusd is not None]
    return Totals(
        active_seconds=sum(each.active_seconds for each in rows),
        sessions=sum(each.sessions for each in rows),
        messages=sum(each.messages for each in rows),
        tokens=sum((each.tokens for each in rows), TokenCounts()),
        cost_microusd=sum(priced) if priced else None,
        unpriced_tokens=sum(each.unpriced_tokens for each in rows),
        own_models=frozenset[str]().union(*(each.own_models for each in rows)),
    )


def week_name(day: date) -> str:
    """Return the ISO 8601 week of a day, as in ``2026-W47``; weeks begin on Monday."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def month_name(day: date) -> str:
    """Return the month of a day, as in ``2026-11``."""
    return f"{day.year}-{day.month:02d}"


def by_model(days: Iterable[DailyUsage]) -> tuple[ModelUsage, ...]:
    """Add up days by model, the dearest first."""
    sums: dict[str, ModelUsage] = {}
    for row in (model for day in days for model in day.models):
        before = sums.get(row.model)
        sums[row.model] = row if before is None else _added(before, row)
    return tuple(sorted(sums.values(), key=lambda each: (-(each.cost_microusd or 0), each.model)))


def _added(one: ModelUsage, other: ModelUsage) -> ModelUsage:
    costs = [each.cost_microusd for each in (one, other) if each.cost_microusd is not None]
    return ModelUsage(
        one.model,
        one.messages + other.messages,
        one.tokens + other.tokens,
        sum(costs) if costs else None,
        one.unpriced_tokens + other.unpriced_tokens,
        one.own_price or other.own_price,
    )


def token_members(tokens: TokenCounts) -> dict[str, int]:
    """Return token counts under their names on the wire."""
    return {
        "input_tokens": tokens.input,
        "output_tokens": tokens.output,
        "cache_write_5m_tokens": tokens.cache_write_5m,
        "cache_write_1h_tokens": tokens.cache_write_1h,
        "cache_read_tokens": tokens.cache_read,
    }


def total_members(sums: Totals) -> dict[str, int | None]:
    """Return totals as they stand in the report's JSON."""
    return {
        "active_seconds": sums.active_seconds,
        "sessions_started": sums.sessions,
        "messages": sums.messages,
        **token_members(sums.tokens),
        "cost_microusd": sums.cost_microusd,
    }
