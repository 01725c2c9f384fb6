"""Moments, and the local days of one zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_core.moments import (
    Calendar,
    local_day,
    milliseconds,
    start_of,
)

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_MS = 3_600_000
FIRST, LAST = (milliseconds(datetime(year, 1, 1, tzinfo=UTC)) for year in (2024, 2028))
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",  # its clocks change at midnight
    "Asia/Beirut",  # and these too
    "America/Asuncion",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Atlantic/Azores",
    "Africa/Cairo",
    "America/St_Johns",
    "America/Nuuk",
)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 28), 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25)],
)
def test_the_days_of_a_clock_change_have_23_or_25_hours(day: date, hours: int) -> None:
    assert start_of(day + timedelta(1), BERLIN) - start_of(day, BERLIN) == hours * HOUR_MS


@given(st.sampled_from(ZONES), st.lists(st.integers(FIRST, LAST), min_size=1, max_size=5))
def test_the_calendar_knows_the_day_of_every_moment(name: str, times_ms: list[int]) -> None:
    zone = ZoneInfo(name)
    calendar = Calendar(times_ms, zone)
    for time_ms in times_ms:
        day = local_day(time_ms, zone)
        assert calendar.day(time_ms) == day
        following = calendar.next_start(time_ms)
        if following is not None:
            assert local_day(following - 1, zone) == day
            assert local_day(following, zone) == day + timedelta(1)


@given(st.sampled_from(ZONES), st.dates(date(2024, 1, 1), date(2028, 1, 1)))
def test_a_day_begins_where_the_one_before_ends(name: str, day: date) -> None:
    start = start_of(day, ZoneInfo(name))
    assert local_day(start, ZoneInfo(name)) == day
    assert local_day(start - 1, ZoneInfo(name)) == day - timedelta(1)


def test_an_empty_calendar_has_no_days() -> None:
    assert Calendar([], UTC).days == []
