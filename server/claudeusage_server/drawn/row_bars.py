"""The bars of a row of a table: a few days on a scale of their own, without a word."""

from collections.abc import Sequence

from markupsafe import Markup

HEIGHT = 24
_PITCH = 2
_ACTIVE = 8
_RUNNING = 18


def amounts(values: Sequence[int]) -> Markup:
    """Draw a bar for each value; whatever is not zero shows."""
    largest = max(values, default=0)
    heights = [-(-value * HEIGHT // largest) if value else 0 for value in values]
    return _drawn("row-bars", len(values), f'<path d="{_marks(heights)}"/>')


def ticks(active: Sequence[int], running: int) -> Markup:
    """Draw a tick for each active day; the last *running* ones are taller, and in accent."""
    first = len(active) - min(running, len(active))
    past = [_ACTIVE if is_active and day < first else 0 for day, is_active in enumerate(active)]
    now = [_RUNNING if day >= first else 0 for day in range(len(active))]
    paths = f'<path d="{_marks(past)}"/><path class="now" d="{_marks(now)}"/>'
    return _drawn("row-bars ticks", len(active), paths)


def _marks(heights: Sequence[int]) -> str:
    marks = (
        f"M{number * _PITCH + _PITCH // 2} 0v{height}"
        for number, height in enumerate(heights)
        if height
    )
    return "".join(marks)


def _drawn(css: str, count: int, paths: str) -> Markup:
    """Make the drawing, which the style sheet stretches and turns over."""
    return Markup(  # noqa: S704 -- numbers only
        f'<svg class="{css}" viewBox="0 0 {count * _PITCH} {HEIGHT}" preserveAspectRatio="none"'
        f' aria-hidden="true">{paths}</svg>'
    )
