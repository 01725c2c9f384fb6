"""The periods that a profile can be read for, and the bars that each is drawn in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


class Period(StrEnum):
    """What stands behind ``?period=``."""

    WEEK = "7"
    MONTH = "30"
    QUARTER = "90"
    YEAR = "year"
    ALL = "all"


DEFAULT = Period.MONTH
LABELS = {
    Period.WEEK: "7 days",
    Period.MONTH: "30 days",
    Period.QUARTER: "90 days",
    Period.YEAR: "Year",
    Period.ALL: "All",
}
_LENGTHS = {Period.WEEK: 7, Period.MONTH: 30, Period.QUARTER: 90, Period.YEAR: 365}


@dataclass(frozen=True, slots=True)
class Span:
    """Days from *first* to *last*, both inclusive."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """The number of days."""
        return (self.last - self.first).days + 1

    def before(self) -> "Span":
        """Return the span of equal length that ends on the day before."""
        return Span(self.first - self.length * DAY, self.first - DAY)

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    def days(self) -> Iterator[date]:
        return (self.first + number * DAY for number in range(self.length))


def read_period(text: str) -> Period:
    """Read the query's value; whatever it does not know is the default."""
    return Period(text) if text in set(Period) else DEFAULT


def span_of(period: Period, last: date, first_day: date | None) -> Span:
    """Return the days of a period that ends on *last*; all begins with the first day there is."""
    if period is Period.ALL:
        return Span(min(first_day or last, last), last)
    return Span(last - (_LENGTHS[period] - 1) * DAY, last)


def bars(period: Period, span: Span) -> list[Span]:
    """Cut a span into bars: days, weeks for a year, months for all; the ends may be shorter."""
    match period:
        case Period.YEAR:
            starts = [span.first]
            while (start := _monday(starts[-1]) + WEEK) <= span.last:
                starts.append(start)
        case Period.ALL:
            starts = [span.first]
            while (start := next_month(starts[-1])) <= span.last:
                starts.append(start)
        case _:
            starts = list(span.days())
    ends = [start - DAY for start in starts[1:]] + [span.last]
    return [Span(start, end) for start, end in zip(starts, ends, strict=True)]


def next_month(day: date) -> date:
    """Return the first day of the month after."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _monday(day: date) -> date:
    return day - day.weekday() * DAY
