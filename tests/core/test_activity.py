"""How long somebody was at work."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from claudeusage_core.activity import active_seconds
from claudeusage_core.moments import Calendar, milliseconds

DAY = date(2026, 11, 20)
TEN = milliseconds(datetime(2026, 11, 20, 10, tzinfo=UTC))
MINUTE = 60_000
BERLIN = ZoneInfo("Europe/Berlin")


def active(*times_ms: int, zone: ZoneInfo | None = None) -> dict[date, int]:
    by_day = active_seconds(times_ms, Calendar(times_ms, zone or UTC))
    return {day: seconds for day, seconds in by_day.items() if seconds}


def test_a_single_moment_is_no_time() -> None:
    assert active(TEN) == {}
    assert active() == {}


def test_a_gap_just_below_ten_minutes_is_active_time() -> None:
    assert active(TEN, TEN + 10 * MINUTE - 1) == {DAY: 599}


def test_a_gap_of_ten_minutes_is_not_active_time() -> None:
    assert active(TEN, TEN + 10 * MINUTE) == {}


def test_two_parallel_sessions_of_half_an_hour_are_half_an_hour() -> None:
    one = range(TEN, TEN + 30 * MINUTE + 1, 5 * MINUTE)
    other = range(TEN, TEN + 30 * MINUTE + 1, 3 * MINUTE)
    assert active(*one, *other) == {DAY: 1800}


def test_only_the_sum_of_a_day_is_cut_to_seconds() -> None:
    assert active(TEN, TEN + 400, TEN + 800, TEN + 1200) == {DAY: 1}
    assert active(TEN, TEN + 999) == {}


def test_a_gap_over_midnight_is_split() -> None:
    midnight = milliseconds(datetime(2026, 11, 20, tzinfo=BERLIN))
    times = (midnight - 61_500, midnight + 120_500)
    assert active(*times, zone=BERLIN) == {date(2026, 11, 19): 61, DAY: 120}


def test_a_moment_at_midnight_belongs_to_the_new_day() -> None:
    midnight = milliseconds(datetime(2026, 11, 20, tzinfo=BERLIN))
    assert active(midnight, midnight + 5000, zone=BERLIN) == {DAY: 5}


def test_an_hour_that_the_clock_repeats_counts_twice() -> None:
    night = milliseconds(datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN))
    times = range(night, night + 150 * MINUTE + 1, 5 * MINUTE)
    assert active(*times, zone=BERLIN) == {date(2026, 10, 25): 150 * 60}


@given(st.lists(st.integers(TEN, TEN + 3 * 86_400_000), max_size=40), st.data())
def test_neither_order_nor_repetition_matters(times: list[int], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(times))
    assert active(*times) == active(*shuffled, *times)


@given(st.lists(st.integers(TEN, TEN + 86_400_000), min_size=1, max_size=40))
def test_no_day_is_longer_than_its_moments_span(times: list[int]) -> None:
    assert sum(active(*times).values()) * 1000 <= max(times) - min(times)
