"""A transcript's timestamps, read to the millisecond."""

import re
from datetime import UTC, datetime

from claudeusage_core.moments import milliseconds

_DATE = r"\d{4}(?:-\d\d-\d\d|\d{4})"
_HOUR = r"(?:[01]\d|2[0-3])"
_TO_SIXTY = r"[0-5]\d"
_SECONDS = rf"{_TO_SIXTY}(?:[.,]\d+)?"
_TIME = rf"{_HOUR}(?::{_TO_SIXTY}(?::{_SECONDS})?|{_TO_SIXTY}(?:{_SECONDS})?)?"
_ZONE = rf"Z|[+-]{_HOUR}(?::{_TO_SIXTY}(?::{_TO_SIXTY})?|{_TO_SIXTY}(?:{_TO_SIXTY})?)?"
_DATE_AND_TIME = re.compile(rf"{_DATE}[T ]{_TIME}(?:{_ZONE})?", re.ASCII)
"""What every Python since 3.11 reads alike; some know more forms, such as 24:00."""


def read_timestamp(text: object) -> int | None:
    """Read a transcript's timestamp as milliseconds since 1970; None where it is not one.

    It needs a date and a time; without a zone it is UTC.
    """
    if not isinstance(text, str):
        return None
    if not _DATE_AND_TIME.fullmatch(text):
        text = text.upper()  # RFC 3339 allows a small t and z
        if not _DATE_AND_TIME.fullmatch(text):
            return None
    try:
        stamp = datetime.fromisoformat(text)
        aware = stamp.replace(tzinfo=UTC) if stamp.tzinfo is None else stamp
        return milliseconds(aware)
    except (ValueError, OverflowError):
        return None
