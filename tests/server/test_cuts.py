"""The daily cut as arithmetic."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_server.cuts import last_cut, next_cut, public_through

MOMENTS = st.timedeltas(timedelta(), timedelta(days=2_000)).map(
    lambda passed: datetime(2024, 1, 1, tzinfo=UTC) + passed
)


@pytest.mark.parametrize(
    ("now", "through"),
    [
        ("2026-11-22T11:59:59+00:00", "2026-11-20"),
        ("2026-11-22T12:00:00+00:00", "2026-11-21"),
        ("2026-11-23T02:00:00+14:00", "2026-11-21"),
    ],
)
def test_a_cut_at_noon_shows_dates_up_to_yesterday(now: str, through: str) -> None:
    assert public_through(datetime.fromisoformat(now)) == date.fromisoformat(through)


@given(MOMENTS)
def test_now_lies_between_the_last_cut_and_the_next(now: datetime) -> None:
    assert last_cut(now) <= now < next_cut(now)
    assert next_cut(now) - last_cut(now) == timedelta(days=1)


@given(MOMENTS)
def test_a_published_date_has_ended_everywhere(now: datetime) -> None:
    after = datetime.combine(public_through(now) + timedelta(days=1), datetime.min.time(), UTC)
    assert after + timedelta(hours=12) <= now
