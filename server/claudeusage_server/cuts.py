"""The daily cut: which days may be public at a moment, and when that next changes.

A date has ended everywhere on earth at 12:00 UTC of the day after it, so that polling a profile
tells neither working hours nor a zone.
"""

from datetime import UTC, date, datetime, time, timedelta

CUT_AT = time(12, tzinfo=UTC)
_DAY = timedelta(days=1)


def last_cut(now: datetime) -> datetime:
    """Return the last moment of a cut, *now* included."""
    today = datetime.combine(now.astimezone(UTC).date(), CUT_AT)
    return today if today <= now else today - _DAY


def next_cut(now: datetime) -> datetime:
    """Return the first moment of a cut after *now*."""
    return last_cut(now) + _DAY


def public_through(now: datetime) -> date:
    """Return the latest date that the last cut made public: the day before it, in UTC."""
    return last_cut(now).date() - _DAY
