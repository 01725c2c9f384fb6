"""Periods and the bars that they are cut into."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_server.drawn.periods import DEFAULT, Period, Span, bars, read_period, span_of

DATES = st.dates(date(2024, 1, 1), date(2032, 1, 1))


@pytest.mark.parametrize(
    ("text", "period"),
    [("7", Period.WEEK), ("all", Period.ALL), ("", DEFAULT), ("1e9", DEFAULT), ("YEAR", DEFAULT)],
)
def test_what_the_query_does_not_know_is_the_default(text: str, period: Period) -> None:
    assert read_period(text) is period


@given(st.sampled_from(list(Period)), DATES, st.integers(0, 4_000))
def test_bars_cover_the_period_without_gap_or_overlap(period: Period, last: date, age: int) -> None:
    span = span_of(period, last, last - timedelta(days=age))
    cut = bars(period, span)
    assert [day for bar in cut for day in bar.days()] == list(span.days())


@pytest.mark.parametrize(
    ("period", "length", "count"),
    [(Period.WEEK, 7, 7), (Period.MONTH, 30, 30), (Period.QUARTER, 90, 90), (Period.YEAR, 365, 52)],
)
def test_a_period_ends_on_its_last_day(period: Period, length: int, count: int) -> None:
    span = span_of(period, date(2026, 11, 22), None)
    assert (span.last, span.length) == (date(2026, 11, 22), length)
    assert len(bars(period, span)) in {count, count + 1}


def test_the_span_before_is_as_long() -> None:
    span = Span(date(2026, 11, 16), date(2026, 11, 22))
    assert span.before() == Span(date(2026, 11, 9), date(2026, 11, 15))
