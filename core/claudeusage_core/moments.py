"""Moments and local days: milliseconds since 1970, and the days of one time zone."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def milliseconds(moment: datetime) -> int:
    """Return the milliseconds since 1970 of an aware *moment*, cut down."""
    return (moment - EPOCH) // MILLISECOND


def moment(time_ms: int) -> datetime:
    """Return the moment, in UTC, of milliseconds since 1970."""
    return EPOCH + time_ms * MILLISECOND


def local_day(time_ms: int, zone: tzinfo) -> date:
    """Return the local calendar day of a moment."""
    return moment(time_ms).astimezone(zone).date()


def start_of(day: date, zone: tzinfo) -> int:
    """Return the first millisecond of a local day, which may have 23 or 25 hours."""
    return milliseconds(datetime.combine(day, time.min, zone))


class Calendar:
    """The local days between two moments, for looking up many moments fast."""

    def __init__(self, times_ms: Iterable[int], zone: tzinfo) -> None:
        """Lay out every local day from the earliest to the latest of *times_ms*."""
        moments = list(times_ms)
        self.days: list[date] = []
        if moments:
            first, last = local_day(min(moments), zone), local_day(max(moments), zone)
            self.days = [first + timedelta(n) for n in range((last - first).days + 1)]
        self.starts = [start_of(day, zone) for day in self.days]

    def day(self, time_ms: int) -> date:
        """Return the day of one of the moments."""
        return self.days[bisect_right(self.starts, time_ms) - 1]

    def next_start(self, time_ms: int) -> int | None:
        """Return the first midnight after a moment, None past the last day laid out."""
        index = bisect_right(self.starts, time_ms)
        return self.starts[index] if index < len(self.starts) else None
