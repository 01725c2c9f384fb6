"""An owner's own today, which no upload tells, and how long ago something was, in words.

Days are the owner's calendar days, and the server knows no zone. The day of the latest row is today
where it is not before UTC's. It is today too where it is UTC's yesterday, may still be running
somewhere, and an upload came since UTC's midnight and brought nothing later: then its owner lives
behind UTC. Otherwise today is UTC's.
"""

from datetime import UTC, date, datetime, time, timedelta

from claudeusage_core.figures import plural

_MINUTE = 60
_HOUR = 3_600
_DAY = 86_400
_ENDED_EVERYWHERE = time(12)
"""UTC; from then on the day before is over in every zone."""


def own_today(latest: date | None, uploaded: datetime | None, now: datetime) -> date:
    """Say which day it is for an owner, from the *latest* row's and the last upload's moment."""
    today = now.date()
    if latest is None:
        return today
    behind = (
        latest == today - timedelta(days=1)
        and uploaded is not None
        and uploaded.date() == today
        and now.time() < _ENDED_EVERYWHERE
    )
    return latest if behind else max(latest, today)


def moment(seconds: int) -> datetime:
    """Return a stored time as a moment in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def ago(seconds: int) -> str:
    """Write how long ago something was."""
    if seconds < _MINUTE:
        return "just now"
    if seconds < _HOUR:
        return f"{plural(seconds // _MINUTE, 'minute')} ago"
    if seconds < _DAY:
        return f"{plural(seconds // _HOUR, 'hour')} ago"
    return days_ago(seconds // _DAY)


def days_ago(days: int) -> str:
    """Write on which day something was, where only that is known."""
    match days:
        case 0:
            return "today"
        case 1:
            return "yesterday"
        case _:
            return f"{plural(days, 'day')} ago"
