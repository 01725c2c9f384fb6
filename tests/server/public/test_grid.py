"""The contribution grid: its days, its levels, its labels."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_server.drawn.days import Day, History, Spent
from claudeusage_server.public import grid

LAST = date(2026, 11, 22)


def history(costs: list[int | None]) -> History:
    found: dict[date, Day] = {}
    for age, cost in enumerate(costs):
        spent = Spent(messages=1, cost=cost)
        found[LAST - timedelta(days=age)] = Day(1, 1, 1, {"claude-x": spent}, spent)
    return dict(sorted(found.items()))


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)))
def test_the_grid_has_53_weeks_that_begin_on_monday(last: date) -> None:
    span = grid.grid_span(last)
    assert span.first.weekday() == 0
    assert 52 * 7 < span.length <= 53 * 7


def test_levels_are_quarters_of_the_active_days() -> None:
    found = grid.levels(history(list(range(1, 13))), grid.grid_span(LAST))
    assert found.quarters
    assert list(found.limits) == [3, 6, 9]
    assert sorted(found.by_day.values()) == [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3


def test_few_active_days_are_told_apart_by_equal_steps() -> None:
    found = grid.levels(history([100, 50, 25, 26, None]), grid.grid_span(LAST))
    assert not found.quarters
    assert list(found.limits) == [25, 50, 75]
    assert sorted(found.by_day.values()) == [1, 1, 2, 2, 4]


@given(st.lists(st.one_of(st.none(), st.integers(0, 10**9)), max_size=60))
def test_every_active_day_has_a_level_and_dearer_days_no_lower_one(
    costs: list[int | None],
) -> None:
    days = history(costs)
    found = grid.levels(days, grid.grid_span(LAST)).by_day
    assert set(found) == set(days)
    ranked = sorted(days, key=lambda day: days[day].spent.cost or 0)
    assert [found[day] for day in ranked] == sorted(found.values())


def test_months_are_named_over_the_week_of_their_first_day() -> None:
    span = grid.grid_span(LAST)
    named = grid.month_labels(span, range(grid.WEEKS), grid.WIDE.pitch)
    assert [text for _week, text in named][:3] == ["Dec", "Jan 2026", "Feb"]
    for week, text in named:
        first = span.first + timedelta(days=7 * week)
        assert any((first + timedelta(days=day)).day == 1 for day in range(7)), text


@pytest.mark.parametrize("layout", [grid.WIDE, grid.NARROW])
def test_one_path_a_level_draws_every_day_once(layout: grid.Layout) -> None:
    span = grid.grid_span(LAST)
    found = grid.levels(history([1, 2, 3]), span)
    drawn = str(grid.halves(found, span, layout, "g"))
    assert drawn.count("<svg") == 2
    assert drawn.count("z") == span.length
    assert len(drawn) < 8_000
