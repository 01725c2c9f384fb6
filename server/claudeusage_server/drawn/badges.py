"""The badges that there are: a measure over a period, with the words and the figure of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from urllib.parse import urlencode

from claudeusage_core import figures
from claudeusage_server.drawn.days import History
from claudeusage_server.drawn.periods import DEFAULT, Period, read_period, span_of
from claudeusage_server.drawn.summary import streaks, sums


class Told(StrEnum):
    """What stands behind ``?measure=``."""

    COST = "cost"
    TOKENS = "tokens"
    ACTIVE = "active"
    SESSIONS = "sessions"
    STREAK = "streak"


NAMES: Mapping[Told, str] = {
    Told.COST: "Cost",
    Told.TOKENS: "Tokens",
    Told.ACTIVE: "Active time",
    Told.SESSIONS: "Sessions",
    Told.STREAK: "Streak",
}
PERIODS: Mapping[Period, str] = {
    Period.WEEK: "7 days",
    Period.MONTH: "30 days",
    Period.QUARTER: "90 days",
    Period.YEAR: "year",
    Period.ALL: "all time",
}
_SPOKEN: Mapping[Told, str] = {
    Told.COST: "API-equivalent cost of Claude Code",
    Told.TOKENS: "Claude Code tokens",
    Told.ACTIVE: "active time in Claude Code",
    Told.SESSIONS: "Claude Code sessions",
    Told.STREAK: "days in a row with Claude Code",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """One badge; a streak is of no *period*."""

    told: Told
    period: Period | None

    @property
    def query(self) -> str:
        """Its part of an address."""
        asked = {"measure": self.told.value}
        return urlencode(asked | ({"period": self.period.value} if self.period else {}))

    @property
    def label(self) -> str:
        """What stands on it: the period is left out where it is the one that goes unsaid."""
        if self.told is Told.COST:
            return f"Claude Code, {self._period}"
        name = NAMES[self.told].lower()
        return name if self.period in {None, DEFAULT} else f"{name}, {self._period}"

    @property
    def spoken(self) -> str:
        """What it tells, in full, for whoever does not see it."""
        spoken = _SPOKEN[self.told]
        return f"{spoken}, {self._period}" if self.period else spoken

    @property
    def _period(self) -> str:
        return PERIODS[self.period] if self.period else ""


def read_badge(query: Mapping[str, str]) -> Badge:
    """Read what a query asks for; whatever it does not know is the default."""
    measure = query.get("measure", "")
    told = Told(measure) if measure in set(Told) else Told.COST
    return Badge(told, None if told is Told.STREAK else read_period(query.get("period", "")))


def badges() -> Iterator[Badge]:
    """Return every badge."""
    for told in Told:
        for period in (None,) if told is Told.STREAK else Period:
            yield Badge(told, period)


def figure(badge: Badge, history: History, last: date, *, live: bool) -> str:
    """Write the figure of a badge: a dash where there is nothing to tell, as on the profile."""
    if badge.period is None:
        running, longest = streaks(history, last, live=live)
        return figures.plural(running.days, "day") if longest.days else figures.UNKNOWN
    of_span = sums(history, span_of(badge.period, last, next(iter(history), None)))
    cost = of_span.spent.cost
    if not of_span.active_days or (badge.told is Told.COST and cost is None):
        return figures.UNKNOWN
    match badge.told:
        case Told.TOKENS:
            return figures.tokens(of_span.spent.tokens)
        case Told.ACTIVE:
            return figures.duration(of_span.active_seconds)
        case Told.SESSIONS:
            return figures.count(of_span.sessions)
        case _:
            return figures.money_short(cost or 0)
