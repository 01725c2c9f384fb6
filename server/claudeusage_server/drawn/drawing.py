"""Bars as SVG: one drawing for every width, because bars are lines that are stretched, not scaled.

A line's place is stretched with the drawing, its thickness is not (``non-scaling-stroke``); text
stands in drawings of their own, placed in percent. So labels keep their size at any width. Bars are
drawn from 0 upwards, and the style sheet turns them over: that makes the shortest text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup, escape

WIDE = 996
"""Pixels of a chart's plot at full width, beside its gutter."""
NARROW = 314
"""The same on the narrowest screen that is drawn for."""
HEIGHT = 190
SPARK_HEIGHT = 30
_NARROW_SPARK = 128
_PITCH = 2
_WIDEST_BAR = 26
_LETTER = 6.6
_LABEL_GAP = 12
_STEPS = (10, 20, 25, 50)


@dataclass(frozen=True, slots=True)
class Scale:
    """A value axis from 0 to *top* in equal *steps*; the unit is that of the values."""

    top: int
    steps: int

    def ticks(self) -> list[int]:
        """Return the values of the gridlines, the zero line first."""
        return [self.top * number // self.steps for number in range(self.steps + 1)]

    def height(self, value: int, pixels: int = HEIGHT) -> int:
        """Return the height of a value, rounded once."""
        return (2 * value * pixels + self.top) // (2 * self.top)


def nice_scale(largest: int) -> Scale:
    """Choose 2 to 4 steps of 1, 2, 2.5 or 5 × 10ⁿ that overshoot *largest* least."""
    if largest <= 0:
        return Scale(2, 2)
    power = 10 ** max(0, len(str(largest)) - 3)
    choices = [
        Scale(count * step * factor // 10, count)
        for count in (2, 3, 4)
        for factor in (power, power * 10, power * 100)
        for step in _STEPS
        if step * factor % 10 == 0 and count * step * factor // 10 >= largest
    ]
    return min(choices, key=lambda scale: (scale.top, scale.steps))


def bar_width(pitch: Fraction) -> int:
    """Return the pixels of a bar: 72% of its pitch, at most 26; a 1 px gap below 6 px of pitch."""
    width = pitch - 1 if pitch < 6 else min(Fraction(_WIDEST_BAR), pitch * 72 / 100)  # noqa: PLR2004
    return max(1, round(width))


def widths(count: int, wide: int = WIDE, narrow: int = NARROW) -> Markup:
    """Write the thickness of bars: the attribute for wide screens, the class for narrow ones."""
    thick = bar_width(Fraction(wide, count))
    thin = bar_width(Fraction(narrow, count))
    return Markup('stroke-width="{}" class="bars n{}"').format(thick, thin)


def stacks(bars: Sequence[Sequence[int]], scale: Scale) -> Markup:
    """Draw a bar for each sequence of amounts, slot 0 at the bottom; one path a slot.

    Segments of 4 px and more leave a gap of 1 px above; whatever is not zero shows.
    """
    slots = max((len(bar) for bar in bars), default=0)
    paths: list[list[str]] = [[] for _ in range(slots)]
    for number, bar in enumerate(bars):
        below, floor, total = 0, 0, sum(bar)
        for slot, amount in enumerate(bar):
            if not amount:
                continue
            bottom, below = floor, below + amount
            top = floor = max(scale.height(below), bottom, 1)
            if top - bottom >= 4 and below < total:  # noqa: PLR2004 -- px, see above
                top -= 1
            if top > bottom:
                x = number * _PITCH + _PITCH // 2
                paths[slot].append(f"M{x} {bottom}v{top - bottom}")
    drawn = "".join(
        f'<path class="s{slot}" d="{"".join(path)}"/>' for slot, path in enumerate(paths) if path
    )
    return Markup(  # noqa: S704 -- numbers only
        f'<svg class="plot" viewBox="0 0 {len(bars) * _PITCH} {HEIGHT}" preserveAspectRatio="none"'
        f' aria-hidden="true"><g {widths(len(bars))}>{drawn}</g></svg>'
    )


def spark(values: Sequence[int], wide: int) -> Markup:
    """Draw small bars without a scale of their own being named; the figure beside them speaks."""
    largest = max(values, default=0)
    marks = "".join(
        f"M{number * _PITCH + _PITCH // 2} 0v{max(1, round(value * (SPARK_HEIGHT - 2) / largest))}"
        for number, value in enumerate(values)
        if value
    )
    return Markup(  # noqa: S704 -- numbers only
        f'<svg class="spark" viewBox="0 0 {max(1, len(values)) * _PITCH} {SPARK_HEIGHT}"'
        f' preserveAspectRatio="none" aria-hidden="true">'
        f'<path {widths(len(values) or 1, wide, _NARROW_SPARK)} d="{marks}"/></svg>'
    )


def streak_ticks(active: Sequence[bool], running: int) -> Markup:
    """Draw a tick for each active day; those of the running streak are taller and in accent."""
    first = len(active) - running
    past, now = "", ""
    for number, is_active in enumerate(active):
        x = number * _PITCH + _PITCH // 2
        if number >= first:
            now += f"M{x} 0v13"
        elif is_active:
            past += f"M{x} 0v7"
    thick = min(2, bar_width(Fraction(150, len(active) or 1)))
    return Markup(  # noqa: S704 -- numbers only
        f'<svg class="spark" viewBox="0 0 {max(1, len(active)) * _PITCH} {SPARK_HEIGHT}"'
        f' preserveAspectRatio="none" aria-hidden="true"><g class="bars" stroke-width="{thick}">'
        f'<path d="{past}"/><path class="now" d="{now}"/></g></svg>'
    )


@dataclass(frozen=True, slots=True)
class Label:
    """A word under the bar of a number."""

    bar: int
    text: str


def time_axis(labels: Sequence[Label], count: int) -> Markup:
    """Draw ticks with labels; those that would come nearer than 12 px are dropped, by width."""
    wide = _apart(labels, Fraction(WIDE, count))
    narrow = _apart(wide, Fraction(NARROW, count))
    parts: list[str] = []
    for label in wide:
        place = f"{float(Fraction(100 * (2 * label.bar + 1), 2 * count)):.2f}%"
        only = "" if label in narrow else ' class="wide"'
        parts.append(
            f'<g{only}><line x1="{place}" x2="{place}" y2="5"/>'
            f'<text x="{place}" y="20">{escape(label.text)}</text></g>'
        )
    return Markup(  # noqa: S704 -- escaped above
        f'<svg class="time" aria-hidden="true">{"".join(parts)}</svg>'
    )


def value_axis(scale: Scale, labels: Sequence[str]) -> tuple[Markup, Markup]:
    """Draw the gridlines, and the labels for the gutter at their right."""
    lines, texts = "", ""
    for number, label in enumerate(labels):
        place = f"{float(100 - Fraction(100 * number, scale.steps)):g}%"
        zero = "" if number else ' class="zero"'
        lines += f'<line{zero} x2="100%" y1="{place}" y2="{place}"/>'
        texts += f'<text x="100%" y="{place}" dy="4">{escape(label)}</text>'
    return (
        Markup(f'<svg class="lines" aria-hidden="true">{lines}</svg>'),  # noqa: S704 -- numbers
        Markup(f'<svg class="gutter" aria-hidden="true">{texts}</svg>'),  # noqa: S704 -- escaped
    )


def values_above(amounts: Sequence[int], texts: Sequence[str], scale: Scale) -> Markup:
    """Write a text above each bar, for charts of so few bars that they need no axis."""
    parts: list[str] = []
    for number, (amount, text) in enumerate(zip(amounts, texts, strict=True)):
        x = float(Fraction(100 * (2 * number + 1), 2 * len(amounts)))
        y = float(100 - Fraction(100 * amount, scale.top))
        parts.append(f'<text x="{x:.2f}%" y="{y:.1f}%" dy="-6">{escape(text)}</text>')
    return Markup(f'<svg class="above" aria-hidden="true">{"".join(parts)}</svg>')  # noqa: S704 -- escaped


def labelled_bars(bars: Sequence[tuple[str, int, str]], css: str) -> Markup:
    """Draw up to seven bars with a label above each and one below, instead of an axis."""
    largest = max((value for _name, value, _text in bars), default=0) or 1
    parts: list[str] = []
    for number, (name, value, text) in enumerate(bars):
        place = f"{float(Fraction(100 * (2 * number + 1), 2 * len(bars))):.2f}%"
        height = round(value * 124 / largest)
        if height:
            ends = f'y1="148" y2="{148 - height}"'
            parts.append(f'<line class="{css}" x1="{place}" x2="{place}" {ends}/>')
        parts.append(
            f'<text x="{place}" y="{140 - height}">{escape(text)}</text>'
            f'<text x="{place}" y="166">{escape(name)}</text>'
        )
    return Markup(  # noqa: S704 -- escaped above
        f'<svg class="labelled" aria-hidden="true">{"".join(parts)}'
        '<line class="zero" x2="100%" y1="148.5" y2="148.5"/></svg>'
    )


def _apart(labels: Sequence[Label], pitch: Fraction) -> list[Label]:
    kept: list[Label] = []
    free = float("-inf")
    for label in labels:
        middle, half = float(pitch) * (label.bar + 0.5), len(label.text) * _LETTER / 2
        if middle - half >= free:
            kept.append(label)
            free = middle + half + _LABEL_GAP
    return kept
