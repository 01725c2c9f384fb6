"""How far the original client's uploads of a computer reach, and what the next body is to them.

That client sends what it has recorded since its last upload that was answered, or everything again.
The server cannot be told which; it sees it by where the window begins:

- after the frontier: a share that is new, which is added to the row of the frontier's day;
- between the frontier before and the frontier: the answer to a share was lost, and it comes again
  with more in it. It is added to the row as that was before the share came for the first time;
- anywhere else: whole days, each of which replaces a row that has less.
"""

from dataclasses import dataclass

from claudeusage_core import wire

IDLE_AFTER_MS = 600_000
"""A pause this long, or longer, is not work."""


@dataclass(frozen=True, slots=True)
class Window:
    """The moments of a body's first and last record, and the local day of the last."""

    start_ms: int
    end_ms: int
    last_day: str


@dataclass(frozen=True, slots=True)
class Frontier:
    """The latest moment that was uploaded, with its local day.

    *before_ms* is the frontier before the last advance, None after a first body; *before_row* is
    the row that its day had then, None where the original client had none there.
    """

    end_ms: int
    day: str
    before_ms: int | None = None
    before_row: wire.Day | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How a body is to be read: its share of *base*'s day is added to it, with *gap_seconds*."""

    frontier: Frontier
    base: wire.Day | None = None
    gap_seconds: int = 0


def read_body(frontier: Frontier | None, window: Window, row: wire.Day | None) -> Reading:
    """Say what a body is, given the frontier and the *row* that its day has now.

    The reading's frontier is the one to keep once the body is stored.
    """
    if frontier is None:
        return Reading(Frontier(window.end_ms, window.last_day))
    if window.start_ms > frontier.end_ms:
        gap = _gap_seconds(frontier.end_ms, window.start_ms)
        return Reading(_advanced(frontier, window, row), row, gap)
    before_ms, before_row = frontier.before_ms, frontier.before_row
    if before_ms is None or window.start_ms <= before_ms:
        return Reading(_advanced(frontier, window, row))
    kept = frontier
    if window.end_ms > frontier.end_ms:
        kept = Frontier(window.end_ms, window.last_day, before_ms, before_row)
    return Reading(kept, before_row, _gap_seconds(before_ms, window.start_ms))


def _advanced(frontier: Frontier, window: Window, row: wire.Day | None) -> Frontier:
    if window.end_ms <= frontier.end_ms:
        return frontier
    return Frontier(window.end_ms, window.last_day, frontier.end_ms, row)


def _gap_seconds(earlier_ms: int, later_ms: int) -> int:
    gap_ms = later_ms - earlier_ms
    return round(gap_ms / 1000) if gap_ms < IDLE_AFTER_MS else 0
