"""What days come to in each ranking, and the buckets that values are sorted into."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from claudeusage_server.drawn.days import Day, History, Spent, total
from claudeusage_server.drawn.periods import Period, Span
from claudeusage_server.drawn.summary import summarise, sums
from claudeusage_server.public.rankings import (
    BINS,
    HIGHEST,
    RANKINGS,
    STREAK,
    Measure,
    Ranking,
    Reach,
    Reaches,
    Tally,
    bin_of,
    bucket_of,
    bucket_start,
)

LAST = date(2026, 11, 22)
SPENT = st.builds(Spent, *[st.integers(0, 9)] * 5, st.none() | st.integers(0, 9), st.just(0))
MODELS = st.dictionaries(st.sampled_from(["other", "claude-a", "claude-b"]), SPENT, min_size=1)
HISTORIES = st.dictionaries(st.integers(0, 9) | st.integers(0, 800), MODELS, max_size=30)


def history_of(ages: dict[int, dict[str, Spent]]) -> History:
    return {
        LAST - timedelta(days=age): Day(age % 7, 2, 1, ages[age], total([*ages[age].values()]))
        for age in sorted(ages, reverse=True)
    }


def tallied(history: History) -> dict[Ranking, int]:
    tally = Tally(Reaches(LAST))
    for when, day in history.items():
        tally.add_active(when.isoformat(), day.active_seconds)
        for spent in day.models.values():
            tally.add_model(when.isoformat(), spent.messages, spent.tokens, spent.cost)
    return dict(tally.values())


@given(HISTORIES)
def test_the_board_ranks_by_the_numbers_of_the_profile(ages: dict[int, dict[str, Spent]]) -> None:
    history = history_of(ages)
    expected: dict[Ranking, int] = {}
    for reach in Reach:
        if reach is Reach.DAY:
            found = sums(history, Span(LAST, LAST))
        else:
            found = summarise(history, Period(reach.value), LAST, live=False).sums
        expected[Ranking(Measure.COST, reach)] = found.spent.cost or 0
        expected[Ranking(Measure.TOKENS, reach)] = found.spent.tokens
        expected[Ranking(Measure.ACTIVE, reach)] = found.active_seconds
    expected[STREAK] = summarise(history, Period.ALL, LAST, live=False).running.days
    assert tallied(history) == {ranking: value for ranking, value in expected.items() if value}


def test_there_is_a_ranking_for_each_measure_and_reach_and_one_of_streaks() -> None:
    assert len({ranking.key for ranking in RANKINGS}) == len(RANKINGS) == 3 * len(Reach) + 1


@given(st.integers(0, HIGHEST), st.integers(0, HIGHEST))
def test_a_larger_value_is_never_in_a_smaller_bucket(one: int, other: int) -> None:
    smaller, larger = sorted((one, other))
    assert bucket_of(smaller) <= bucket_of(larger)


@given(st.integers(0, HIGHEST))
def test_a_bucket_begins_where_the_one_before_ends(value: int) -> None:
    bucket = bucket_of(value)
    assert bucket_start(bucket) <= value < bucket_start(bucket + 1)
    assert bucket_start(bucket + 1) - bucket_start(bucket) <= max(1, value // 32)


def test_the_rank_strip_reaches_from_ten_cents_to_ten_thousand_dollars() -> None:
    assert [bin_of(cost) for cost in (1, 100_000, 10**10, HIGHEST)] == [0, 0, BINS - 1, BINS - 1]
    for dollars, expected in ((1, 8), (10, 16), (100, 24), (1_000, 32)):
        assert bin_of(dollars * 1_000_000 * 33 // 32) == expected
        assert bin_of(dollars * 1_000_000 * 31 // 32) == expected - 1
