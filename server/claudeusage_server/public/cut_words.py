"""What a page says of the cuts: up to which day its numbers are, and when the next ones come."""

from datetime import date, datetime

from claudeusage_core import figures
from claudeusage_server.cuts import next_cut


def numbers_up_to(last: date, today: date) -> str:
    """Name the last day; its year is said where it is not that of *today*."""
    return f"Numbers up to {figures.day_long(last, today)}."


def next_numbers(now: datetime, today: date) -> str:
    """Name the next cut, with its year as in `numbers_up_to`."""
    return f"Next cut: {figures.day_long(next_cut(now).date(), today)}, 12:00 UTC."
