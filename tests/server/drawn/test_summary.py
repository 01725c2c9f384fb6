"""Sums, streaks and records as arithmetic."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from claudeusage_server.drawn.days import Day, History, Spent, total
from claudeusage_server.drawn.periods import Period
from claudeusage_server.drawn.summary import (
    Streak,
    model_slots,
    records,
    streaks,
    summarise,
    weekday_means,
)

LAST = date(2026, 11, 22)


def of(*ages: int, cost: int | None = 1_000_000) -> History:
    """Return a history with usage so many days ago."""
    spent = Spent(messages=1, output=5, cost=cost, unpriced=0 if cost is not None else 5)
    return {
        LAST - timedelta(days=age): Day(60, 2, 1, {"claude-opus-5-5": spent}, spent)
        for age in sorted(ages, reverse=True)
    }


AGES = st.sets(st.integers(0, 800), max_size=40)


@given(AGES)
def test_bars_add_up_to_the_period(ages: set[int]) -> None:
    for period in Period:
        summary = summarise(of(*ages), period, LAST, live=False)
        assert sum(bar.spent.messages for bar in summary.by_bar) == summary.sums.spent.messages
        assert sum(spent.tokens for _model, spent in summary.models) == summary.sums.spent.tokens


SPENT = st.builds(Spent, *[st.integers(0, 9)] * 5, st.none() | st.integers(0, 9), st.integers(0, 9))


@given(st.lists(SPENT, max_size=6), st.lists(SPENT, max_size=6))
def test_spent_is_added_in_any_order_and_grouping(some: list[Spent], others: list[Spent]) -> None:
    assert total(some + others) == total(others + some)
    assert total(some + others) == total([total(some), total(others)])


def test_a_streak_ends_on_the_last_published_day() -> None:
    assert streaks(of(0, 1, 2, 5, 6), LAST, live=False)[0] == Streak(3, LAST)
    assert streaks(of(1, 2), LAST, live=False)[0].days == 0
    assert streaks(of(1, 2), LAST, live=True)[0].days == 2
    assert streaks(of(2, 3), LAST, live=True)[0].days == 0


def test_the_longest_streak_is_remembered() -> None:
    running, longest = streaks(of(0, 4, 5, 6), LAST, live=False)
    assert (running.days, longest) == (1, Streak(3, LAST - timedelta(days=4)))
    assert streaks({}, LAST, live=False) == (Streak(0, None), Streak(0, None))


def test_a_sum_has_a_cost_as_soon_as_one_part_has() -> None:
    assert total([Spent(cost=None), Spent(cost=None)]).cost is None
    assert total([Spent(cost=None), Spent(cost=0)]).cost == 0
    assert total([Spent(cost=2), Spent(cost=None)]).cost == 2


def test_models_keep_their_slot_by_all_time_cost_and_other_is_last() -> None:
    day = Day(
        1,
        1,
        1,
        {
            "other": Spent(cost=9),
            "claude-b": Spent(cost=5),
            "claude-a": Spent(cost=5),
            "claude-c": Spent(cost=7),
            "claude-d": Spent(),
        },
        Spent(),
    )
    assert model_slots({LAST: day}) == ["claude-c", "claude-a", "claude-b", "claude-d", "other"]


def test_of_equal_days_the_first_is_the_record() -> None:
    history = of(3, 9)
    assert records(history, Streak(1, LAST))[0].day == LAST - timedelta(days=9)
    assert records({}, Streak(0, None)) == []


def test_weekdays_are_means_over_ninety_days_with_the_empty_ones() -> None:
    sunday = of(0)
    assert weekday_means(sunday, LAST) == [0, 0, 0, 0, 0, 0, 60 // 13]
