"""Rankings: what the board ranks by, over which days, and what a profile's days come to in each."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import accumulate

from claudeusage_server.drawn.periods import Period, span_of

HIGHEST = 10**18
"""No value on the board is above it, so that each is a BIGINT whatever was uploaded."""

_FINE = 5
"""Bits of a value that its bucket tells apart, which makes a bucket at most 1/32 of it wide."""

_CHEAPEST = 100_000
_PER_DECADE = 8
BINS = 5 * _PER_DECADE
"""Bins of the rank strip: 8 for each power of ten from $0.10 to $10k."""


class Measure(StrEnum):
    """What is ranked."""

    COST = "cost"
    """Micro-USD."""
    TOKENS = "tokens"
    ACTIVE = "active"
    """Seconds."""
    STREAK = "streak"
    """Consecutive days with messages up to the last published one; of no period."""


class Reach(StrEnum):
    """The days that are ranked, which all end with the last published one."""

    DAY = "day"
    WEEK = "7"
    MONTH = "30"
    YEAR = "year"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Ranking:
    """One list of the board; *reach* is None for the streak alone."""

    measure: Measure
    reach: Reach | None

    @property
    def key(self) -> str:
        """How the store names it."""
        return self.measure if self.reach is None else f"{self.measure} {self.reach}"


STREAK = Ranking(Measure.STREAK, None)
RANKINGS = (
    *(
        Ranking(measure, reach)
        for measure in (Measure.COST, Measure.TOKENS, Measure.ACTIVE)
        for reach in Reach
    ),
    STREAK,
)


class Reaches:
    """Which days each reach has that ends on *through*; dates are ISO text."""

    def __init__(self, through: date) -> None:
        self.last = through.toordinal()
        self._firsts = [_first(reach, through) for reach in _WIDEST_FIRST]

    def narrowest(self, day: str) -> int:
        """Return the place in `_WIDEST_FIRST` of the narrowest reach with a *day* up to the last.

        Each reach holds all narrower ones.
        """
        return bisect_right(self._firsts, day) - 1


class Tally:
    """One profile's days as they are added up, in the order of their dates."""

    def __init__(self, reaches: Reaches) -> None:
        self._reaches = reaches
        self._cost, self._tokens, self._active = ([0] * len(_WIDEST_FIRST) for _ in range(3))
        self._run, self._run_ends = 0, 0

    def add_model(self, day: str, messages: int, tokens: int, cost: int | None) -> None:
        """Add what was used of one model on one day; *cost* is None where it has none."""
        narrowest = self._reaches.narrowest(day)
        self._tokens[narrowest] += tokens
        self._cost[narrowest] += cost or 0
        if messages and (number := date.fromisoformat(day).toordinal()) != self._run_ends:
            self._run = self._run + 1 if number == self._run_ends + 1 else 1
            self._run_ends = number

    def add_active(self, day: str, seconds: int) -> None:
        """Add the active time of one day."""
        self._active[self._reaches.narrowest(day)] += seconds

    def values(self) -> Mapping[Ranking, int]:
        """Return the value in each ranking that there is one for: who has none has no rank."""
        found = {STREAK: self._run if self._run_ends == self._reaches.last else 0}
        for measure, sums in (
            (Measure.COST, self._cost),
            (Measure.TOKENS, self._tokens),
            (Measure.ACTIVE, self._active),
        ):
            upwards = zip(reversed(_WIDEST_FIRST), accumulate(reversed(sums)), strict=True)
            found |= {Ranking(measure, reach): value for reach, value in upwards}
        return {ranking: min(value, HIGHEST) for ranking, value in found.items() if value > 0}


def bucket_of(value: int) -> int:
    """Return the bucket of a value: a larger value is never in a smaller bucket."""
    coarse = max(0, value.bit_length() - _FINE - 1)
    return (coarse << _FINE) + (value >> coarse)


def bucket_start(bucket: int) -> int:
    """Return the smallest value of a bucket."""
    coarse = max(0, (bucket >> _FINE) - 1)
    return (bucket - (coarse << _FINE)) << coarse


def bin_of(cost: int) -> int:
    """Return the bin of the rank strip in which a cost lies; the ends take what is beyond them.

    A whole bucket lies in one bin, so an edge is up to 1/32 off.
    """
    return bisect_right(_EDGES, bucket_start(bucket_of(cost)))


def bin_start(number: int) -> int:
    """Return the smallest cost of a bin of the rank strip; the first begins with nothing."""
    return _EDGES[number - 1] if number else 0


_EDGES: Sequence[int] = [
    round(_CHEAPEST * 10 ** (number / _PER_DECADE)) for number in range(1, BINS)
]
_WIDEST_FIRST = (Reach.ALL, Reach.YEAR, Reach.MONTH, Reach.WEEK, Reach.DAY)


def _first(reach: Reach, through: date) -> str:
    match reach:
        case Reach.ALL:
            return ""
        case Reach.DAY:
            return through.isoformat()
        case _:
            return span_of(Period(reach.value), through, None).first.isoformat()
