"""Timestamps read to the millisecond."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_core.moments import milliseconds, moment
from claudeusage_core.timestamps import read_timestamp

HOUR_MS = 3_600_000
FIRST, LAST = (milliseconds(datetime(year, 1, 1, tzinfo=UTC)) for year in (2024, 2028))


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-20T10:00:00.123Z",
        "2026-02-20T10:00:00.123999Z",
        "2026-02-20T10:00:00.123",
        "2026-02-20 10:00:00.123Z",
        "2026-02-20T11:00:00.123+01:00",
        "2026-02-20T04:30:00.123-05:30",
        "2026-02-20T10:00:00.123456789Z",
        "2026-02-20T10:00:00.123+00:00",
        "2026-02-20T11:00:00.123+01",
        "2026-02-20T11:00:00.123+0100",
        "2026-02-20T10:00:01.123+00:00:01",
        "2026-02-20t10:00:00.123z",
        "2026-02-20T10:00:00,123Z",
        "20260220T100000.123Z",
    ],
)
def test_a_timestamp_is_cut_to_milliseconds_and_without_a_zone_is_utc(text: str) -> None:
    expected = datetime(2026, 2, 20, 10, 0, 0, 123_000, tzinfo=UTC)
    assert read_timestamp(text) == milliseconds(expected)


@pytest.mark.parametrize(
    "value",
    [None, 1_771_581_600_000, "", "2026-02-20", "10:00:00", "2026-02-30T10:00:00Z", "now", [], "T"],
)
def test_without_a_date_and_a_time_it_is_no_timestamp(value: object) -> None:
    assert read_timestamp(value) is None


@pytest.mark.parametrize("time", ["10", "10:00", "10:00:00", "10:00:00.0", "10:00:00.0009"])
def test_what_a_time_leaves_out_is_nought(time: str) -> None:
    expected = datetime(2026, 2, 20, 10, tzinfo=UTC)
    for zone in ("", "Z", "+00:00", "-0000"):
        assert read_timestamp(f"2026-02-20T{time}{zone}") == milliseconds(expected)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-20T24:00:00Z",  # which Python reads since 3.13
        "2026-02-20T23:59:60Z",
        "2026-02-20T10:60:00Z",
        "2026-02-20T10:00:00+24:00",
        "2026-02-20T10:00:00+05:60",
        "2026-02-20T10:0000Z",
        "2026-0220T10:00:00Z",
        "2026-02-20_10:00:00Z",
        "2026-02-20T10:00:00.Z",
        "2026-02-20T10:00:00 Z",
        "2026-02-20T10:00:00Z ",
        "2026-02-20T10:00:00Z\n",
        " 2026-02-20T10:00:00Z",
        "2026-02-20T",
        "2026-W08-5T10:00:00Z",
        "0000-01-01T00:00:00Z",
        "02026-02-20T10:00:00Z",
        "\uff12\uff10\uff12\uff16-02-20T10:00:00Z",
    ],
)
def test_what_some_pythons_read_and_some_do_not_is_no_timestamp(text: str) -> None:
    assert read_timestamp(text) is None


def test_the_first_and_the_last_year_are_read_whatever_their_zone() -> None:
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert read_timestamp("0001-01-01T00:00:00+05:00") == milliseconds(first) - 5 * HOUR_MS
    assert read_timestamp("9999-12-31T23:59:59-05:00") == milliseconds(last) + 5 * HOUR_MS


def test_moments_before_1970_are_cut_down_too() -> None:
    assert read_timestamp("1969-12-31T23:59:59.9999Z") == -1


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_and_its_milliseconds_are_the_same(when: datetime) -> None:
    cut = when.replace(microsecond=when.microsecond // 1000 * 1000)
    assert moment(milliseconds(when)) == cut
    assert read_timestamp(when.isoformat()) == milliseconds(when)


@given(st.text(max_size=30))
def test_no_text_is_fatal(text: str) -> None:
    assert isinstance(read_timestamp(text), int | None)
