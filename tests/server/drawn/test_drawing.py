"""Scales and bars as arithmetic."""

import re
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_server.drawn.drawing import HEIGHT, bar_width, nice_scale, stacks, time_axis
from claudeusage_server.drawn.drawing import Label as Named

AMOUNTS = st.integers(0, 10**16)


@given(AMOUNTS)
def test_a_scale_reaches_over_the_largest_in_two_to_four_round_steps(largest: int) -> None:
    scale = nice_scale(largest)
    assert scale.top >= largest
    assert 2 <= scale.steps <= 4
    step, rest = divmod(scale.top, scale.steps)
    assert rest == 0
    assert re.fullmatch("(1|2|25|5)0*", str(step))
    assert len(scale.ticks()) == scale.steps + 1


@pytest.mark.parametrize(
    ("largest", "top", "steps"),
    [(44_020_000, 50_000_000, 2), (77_000_000, 80_000_000, 4), (545_000_000, 600_000_000, 3)],
)
def test_the_scale_that_overshoots_least_is_taken(largest: int, top: int, steps: int) -> None:
    scale = nice_scale(largest)
    assert (scale.top, scale.steps) == (top, steps)


@pytest.mark.parametrize(("pitch", "width"), [(142, 26), (33, 24), (11, 8), (6, 4), (5, 4), (1, 1)])
def test_bars_are_72_percent_of_their_pitch_at_most_26(pitch: int, width: int) -> None:
    assert bar_width(Fraction(pitch)) == width


@given(st.lists(st.lists(AMOUNTS, min_size=7, max_size=7), min_size=1, max_size=8))
def test_segments_stay_inside_and_do_not_overlap(bars: list[list[int]]) -> None:
    scale = nice_scale(max(sum(bar) for bar in bars))
    drawn = str(stacks(bars, scale))
    lines: dict[str, list[tuple[int, int]]] = {}
    for x, bottom, rise in re.findall(r"M(\d+) (\d+)v(\d+)", drawn):
        lines.setdefault(x, []).append((int(bottom), int(bottom) + int(rise)))
    for number, bar in enumerate(bars):
        segments = sorted(lines.get(str(number * 2 + 1), []))
        assert bool(segments) == any(bar)
        assert all(0 <= bottom < top <= HEIGHT for bottom, top in segments)
        assert all(below[1] <= above[0] for below, above in pairwise(segments))


def test_labels_that_come_too_near_are_dropped_by_width() -> None:
    labels = [Named(number, "16 Nov") for number in range(0, 90, 7)]
    drawn = str(time_axis(labels, 90))
    assert drawn.count("<text") == 13
    assert 4 <= drawn.count("<g>") <= 7
