"""The contribution grid: 53 weeks of days, coloured by the quarter that their cost falls into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from markupsafe import Markup, escape

from claudeusage_core import figures
from claudeusage_server.drawn.days import History
from claudeusage_server.drawn.periods import DAY, WEEK, Span

WEEKS = 53
LEVELS = 4
_FEW = 8
_SEAM = 26
_TOP = 22
_LETTER = 6.6
_LABEL_GAP = 8
_RADIUS = 2


Place = tuple[int, int]
"""Where a cell begins, in pixels: from the left, from the top."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The level of each active day, 1 to 4; the upper limits of the first three, in micro-USD."""

    by_day: Mapping[date, int]
    limits: Sequence[int]
    quarters: bool
    """Whether the limits are quartiles; else equal steps up to the largest day."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Pixels: the cell, the gap between cells, and the gutter for the weekdays' names."""

    cell: int
    gap: int
    gutter: int

    @property
    def pitch(self) -> int:
        return self.cell + self.gap

    @property
    def height(self) -> int:
        return _TOP + 7 * self.pitch - self.gap


WIDE = Layout(16, 3, 36)
NARROW = Layout(9, 3, 32)


def grid_span(last: date) -> Span:
    """Return the days of the grid: it begins with the Monday 52 weeks before the last one."""
    return Span(last - last.weekday() * DAY - (WEEKS - 1) * WEEK, last)


def levels(history: History, span: Span) -> Levels:
    """Sort the active days of a span into four levels by their cost."""
    costs = {when: history[when].spent.cost or 0 for when in span.days() if when in history}
    ranked = sorted(costs.values())
    quarters = len(ranked) >= _FEW
    if quarters:
        limits = [ranked[(len(ranked) * part + 3) // 4 - 1] for part in range(1, LEVELS)]
    else:
        largest = ranked[-1] if ranked else 0
        limits = [largest * part // LEVELS for part in range(1, LEVELS)]
    by_day = {when: 1 + sum(cost > limit for limit in limits) for when, cost in costs.items()}
    return Levels(by_day, limits, quarters)


def halves(found: Levels, span: Span, layout: Layout, name: str) -> Markup:
    """Draw the grid as two drawings of 26 and 27 weeks."""
    cells = _places(found, span, layout)
    left = Half(range(_SEAM), layout, gutter=True)
    right = Half(range(_SEAM, WEEKS), layout, gutter=layout is NARROW)
    return left.draw(cells, span, name) + right.draw(cells, span, name)


@dataclass(frozen=True, slots=True)
class Half:
    """Some weeks of the grid."""

    weeks: range
    layout: Layout
    gutter: bool

    def draw(self, cells: Sequence[Mapping[date, Place]], span: Span, name: str) -> Markup:
        """Draw the labels, and one path a level; hollow cells have the same path again, thinner."""
        shift = self.weeks.start * self.layout.pitch - (self.layout.gutter if self.gutter else 0)
        seam = span.first + self.weeks.start * WEEK
        end = span.first + self.weeks.stop * WEEK
        paths = [
            _squares([place for day, place in level.items() if seam <= day < end], self.layout)
            for level in cells
        ]
        hollow = f"{name}{self.weeks.start}"
        drawn = (
            f'<g class="l0"><path id="{hollow}" d="{paths[0]}"/></g>'
            f'<use href="#{hollow}" class="hole"/>'
        )
        drawn += "".join(
            f'<path class="l{level}" d="{path}"/>'
            for level, path in enumerate(paths)
            if level and path
        )
        width = len(self.weeks) * self.layout.pitch + (self.layout.gutter if self.gutter else 0)
        if self.weeks.stop == WEEKS:
            width -= self.layout.gap
        height = self.layout.height
        return Markup(  # noqa: S704 -- numbers and names of months
            f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
            ' aria-hidden="true">'
            f'{self._labels(span)}<g transform="translate({-shift})">{drawn}</g></svg>'
        )

    def _labels(self, span: Span) -> str:
        left = self.layout.gutter if self.gutter else 0
        texts = [
            f'<text x="{left + (week - self.weeks.start) * self.layout.pitch}" y="12">{text}</text>'
            for week, text in month_labels(span, self.weeks, self.layout.pitch)
        ]
        if self.gutter:
            base = _TOP + self.layout.cell // 2 + 4
            texts += [
                f'<text y="{base + row * self.layout.pitch}">{escape(text)}</text>'
                for row, text in ((0, "Mon"), (2, "Wed"), (4, "Fri"))
            ]
        return "".join(texts)


def month_labels(span: Span, weeks: range, pitch: int) -> list[tuple[int, str]]:
    """Name each month over the week that holds its 1st; where two come too near, the later goes."""
    found: list[tuple[int, str]] = []
    free = float("-inf")
    for week in weeks:
        sunday = span.first + week * WEEK + 6 * DAY
        if sunday.day > 7:  # noqa: PLR2004 -- a week holds the 1st if its Sunday is one of the first 7
            continue
        text = figures.month_short(sunday) + (f" {sunday.year}" if sunday.month == 1 else "")
        if week * pitch >= free:
            found.append((week, text))
            free = week * pitch + len(text) * _LETTER + _LABEL_GAP
    return found


def outlined(found: Levels, span: Span, layout: Layout) -> list[str]:
    """Return one path a level for any ground: hollow cells come first, as outlines of 1 px."""
    filled = _places(found, span, layout)
    edge = layout.cell - 1
    hollow = "".join(
        f"M{week * layout.pitch}.5 {_TOP + row * layout.pitch}.5h{edge}v{edge}h-{edge}z"
        for week, row in (divmod((day - span.first).days, 7) for day in filled[0])
    )
    return [hollow, *(_squares([*level.values()], layout) for level in filled[1:])]


def _places(found: Levels, span: Span, layout: Layout) -> list[dict[date, Place]]:
    """Return the place of each day's cell by level, in the order of the days."""
    cells: list[dict[date, Place]] = [{} for _ in range(LEVELS + 1)]
    for number, day in enumerate(span.days()):
        week, row = divmod(number, 7)
        x = week * layout.pitch + _RADIUS
        y = _TOP + row * layout.pitch + _RADIUS
        cells[found.by_day.get(day, 0)][day] = (x, y)
    return cells


def _squares(places: Sequence[Place], layout: Layout) -> str:
    """Draw squares, whose thick edge rounds their corners, each placed from the one before."""
    inner = layout.cell - 2 * _RADIUS
    square = f"h{inner}v{inner}h-{inner}z"
    steps = [
        f"m{x - left} {y - top}{square}" for (left, top), (x, y) in pairwise([(0, 0), *places])
    ]
    return "".join(steps)
