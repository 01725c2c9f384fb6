"""The rank of a profile by cost: its words, and a strip of how many people lie at each cost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from claudeusage_core import figures
from claudeusage_server.drawn.periods import Period
from claudeusage_server.public.board import Board
from claudeusage_server.public.rankings import BINS, Measure, Ranking, Reach, bin_of, bin_start

FEWEST = 20
"""Among fewer people there is no strip: it would tell the costs of each."""

_WORDS = {
    Reach.WEEK: "these 7 days",
    Reach.MONTH: "these 30 days",
    Reach.YEAR: "this year",
    Reach.ALL: "of all time",
}
_DECADES = 5
_CHEAPEST = 100_000
_HEIGHT = 38
_OWN_LEAST = 3


@dataclass(frozen=True, slots=True)
class Rank:
    """What the page says of a rank; *strip* is empty among few people."""

    place: str
    rest: str
    new: bool
    move: str
    spoken: str
    reach: Reach
    words: str
    strip: Markup
    name: str
    rows: Sequence[tuple[str, str]]


def rank_of(board: Board, name: str, period: Period) -> Rank | None:
    """Return where somebody stands in a period; None where they are not on the board.

    The board has no ranking of 90 days, so that nobody is on it there.
    """
    if period.value not in set(Reach):
        return None
    reach = Reach(period.value)
    standing = board.standing(Ranking(Measure.COST, reach), name)
    if standing is None:
        return None
    people = board.costs(reach) if standing.people >= FEWEST else ()
    words = _WORDS[reach]
    place = figures.ordinal(standing.rank)
    return Rank(
        place=place,
        rest=f"of {figures.count(standing.people)} by cost {words}",
        new=standing.before is None,
        move=figures.rank_move_long(standing.rank, standing.before),
        spoken=figures.rank_move_spoken(standing.rank, standing.before),
        reach=reach,
        words=words,
        strip=_strip(people, standing.value) if people else Markup(),
        name=f"People by cost {words}: {place} of {figures.count(standing.people)}"
        f" with {figures.money(standing.value)}",
        rows=[(_from(number), figures.count(many)) for number, many in enumerate(people) if many],
    )


def _strip(people: Sequence[int], cost: int) -> Markup:
    largest, own = max(people) or 1, bin_of(cost)
    heights = [-(-many * (_HEIGHT - 8) // largest) for many in people]
    heights[own] = max(heights[own], _OWN_LEAST)
    bars = [
        "" if not tall else f"M{at} {_HEIGHT}h.93v-{tall}h-.93z" for at, tall in enumerate(heights)
    ]
    others = "".join(bars[:own] + bars[own + 1 :])
    place = f"{100 * _along(cost):.1f}%"
    ticks = "".join(_tick(decade) for decade in range(_DECADES + 1))
    return Markup(  # noqa: S704 -- numbers only
        f'<svg class="people" viewBox="0 0 {BINS} {_HEIGHT}" preserveAspectRatio="none"'
        f' aria-hidden="true"><path d="{others}"/><path class="now" d="{bars[own]}"/></svg>'
        f'<svg class="scale" aria-hidden="true"><line class="needle" x1="{place}" x2="{place}"'
        f' y1="0" y2="{_HEIGHT + 2}"/><line class="zero" x2="100%" y1="{_HEIGHT}.5"'
        f' y2="{_HEIGHT}.5"/>{ticks}</svg>'
    )


def _along(cost: int) -> float:
    """Return how far along the strip a cost lies, from 0 to 1."""
    return min(1.0, max(0.0, math.log10(max(cost, 1) / _CHEAPEST) / _DECADES))


def _tick(decade: int) -> str:
    place = 100 * decade // _DECADES
    ends = {0: ' class="first"', _DECADES: ' class="last"'}.get(decade, "")
    return (
        f'<line class="zero" x1="{place}%" x2="{place}%" y1="{_HEIGHT}" y2="{_HEIGHT + 5}"/>'
        f'<text{ends} x="{place}%" y="{_HEIGHT + 18}">'
        f"{figures.money_short(_CHEAPEST * 10**decade)}</text>"
    )


def _from(number: int) -> str:
    if number == 0:
        return f"less than {figures.money(bin_start(1))}"
    return f"from {figures.money(bin_start(number))}"
