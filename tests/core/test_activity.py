"""How long somebody was at work."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_core.activity import active_seconds
from claudeusage_core.moments import Calendar, milliseconds
from tests import reference

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


@pytest.mark.parametrize(
    ("zone", "before", "midnight", "after"),
    [
        ("America/Havana", date(2026, 3, 7), "2026-03-08T05:00:00Z", date(2026, 3, 8)),
        ("America/Havana", date(2026, 10, 31), "2026-11-01T04:00:00Z", date(2026, 11, 1)),
        ("Asia/Beirut", date(2026, 3, 28), "2026-03-28T22:00:00Z", date(2026, 3, 29)),
        ("Asia/Beirut", date(2026, 10, 24), "2026-10-24T22:00:00Z", date(2026, 10, 25)),
        ("Atlantic/Azores", date(2026, 3, 28), "2026-03-29T01:00:00Z", date(2026, 3, 29)),
        ("Atlantic/Azores", date(2026, 10, 24), "2026-10-25T00:00:00Z", date(2026, 10, 25)),
        ("Pacific/Apia", date(2026, 11, 20), "2026-11-20T11:00:00Z", date(2026, 11, 21)),
    ],
)
def test_a_gap_is_split_where_the_day_begins_though_the_clocks_change_there(
    zone: str, before: date, midnight: str, after: date
) -> None:
    start = milliseconds(datetime.fromisoformat(midnight))
    times = (start - 61_500, start + 120_500)
    assert active(*times, zone=ZoneInfo(zone)) == {before: 61, after: 120}


CHANGES = (
    ("Europe/Berlin", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-10-25T01:00:00Z"),
    ("America/Havana", "2026-03-08T05:00:00Z"),
    ("America/Havana", "2026-11-01T05:00:00Z"),
    ("Asia/Beirut", "2026-03-28T22:00:00Z"),
    ("Asia/Beirut", "2026-10-24T21:00:00Z"),
    ("Atlantic/Azores", "2026-10-25T01:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
    ("America/Nuuk", "2026-10-25T01:00:00Z"),
    ("Pacific/Apia", "2026-11-20T11:00:00Z"),
)


@given(st.sampled_from(CHANGES), st.lists(st.integers(-9000, 9000), max_size=30))
def test_time_around_a_clock_change_is_split_as_the_rules_say(
    change: tuple[str, str], seconds: list[int]
) -> None:
    zone, at = ZoneInfo(change[0]), milliseconds(datetime.fromisoformat(change[1]))
    times = [at + second * 1000 + second % 7 for second in seconds]
    by_day = reference.active_ms(times, zone)
    expected = {day: time_ms // 1000 for day, time_ms in by_day.items() if time_ms >= 1000}
    assert active(*times, zone=zone) == expected


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
