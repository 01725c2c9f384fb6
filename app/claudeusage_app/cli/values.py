"""What can stand behind an option: a number within its bounds, or a day."""

import argparse
import re
from datetime import date

MAX_PERIOD_DAYS = 100_000
MAX_PORT = 65_535
MAX_UPLOAD = 2**63 - 1
"""The highest number that a row of a ledger can have."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def days(text: str) -> int:
    """Read a number of days."""
    return _number(text, 1, MAX_PERIOD_DAYS, "a number of days")


def port(text: str) -> int:
    """Read a port; 0 is any free one."""
    return _number(text, 0, MAX_PORT, "a port")


def upload(text: str) -> int:
    """Read the number of an upload, whether or not there is one."""
    return _number(text, 0, MAX_UPLOAD, "the number of an upload")


def from_stdin(text: str) -> str:
    """Read the dash that stands for stdin."""
    if text != "-":
        message = (
            "others on this computer can read what a program is called with, so a token is never"
            " given there; give it on stdin, with `--token -`, and remove this one on the"
            " server's dashboard"
        )
        raise argparse.ArgumentTypeError(message)
    return text


def day(text: str) -> date:
    """Read a day in the one form of ISO 8601 that people write."""
    message = f"{text!r} is not a date like 2026-11-22"
    if not _DATE.fullmatch(text):
        raise argparse.ArgumentTypeError(message)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(message) from None


def _number(text: str, least: int, most: int, what: str) -> int:
    written = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not written or not least <= int(text) <= most:
        message = f"{text!r} is not {what}"
        raise argparse.ArgumentTypeError(message)
    return int(text)
