"""The report: day rows of a period and their totals."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from claudeusage_core.usage import DailyUsage, TokenCounts


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over days. *sessions* counts each session once, on the day of its first response."""

    active_seconds: int
    sessions: int
    messages: int
    tokens: TokenCounts
    cost_microusd: int | None
    unpriced_tokens: int


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
    rows = tuple(days)
    priced = [row.cost_microusd for row in rows if row.cost_microusd is not None]
    return Totals(
        active_seconds=sum(row.active_seconds for row in rows),
        sessions=sum(row.sessions_started for row in rows),
        messages=sum(row.messages for row in rows),
        tokens=sum((row.tokens for row in rows), TokenCounts()),
        cost_microusd=sum(priced) if priced else None,
        unpriced_tokens=sum(row.unpriced_tokens for row in rows),
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
