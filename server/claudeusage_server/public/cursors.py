"""Cursors: which page of a list comes next, as text that an address carries."""

import base64
import binascii
from dataclasses import dataclass
from typing import NamedTuple

from claudeusage_server.public.rankings import HIGHEST


class Place(NamedTuple):
    """A place in a list that is ordered by value downwards, then by name."""

    value: int
    name: str


TOP = Place(HIGHEST + 1, "")
"""Before everybody."""

_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Cursor:
    """The page after a place, or before it."""

    place: Place
    backwards: bool = False

    def __str__(self) -> str:
        """Write it for an address; what is in it is nobody's business."""
        way = "-" if self.backwards else "+"
        text = f"{way}{self.place.value} {self.place.name}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """Read what an address carries; whatever was not written by a page is the first page."""
    try:
        padded = text[:_LONGEST] + "=" * (-len(text[:_LONGEST]) % 4)
        way, written = "", base64.b64decode(padded, b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return Cursor(TOP)
    way, (value, _, name) = written[:1], written[1:].partition(" ")
    if way not in {"+", "-"} or not (value.isascii() and value.isdecimal()):
        return Cursor(TOP)
    return Cursor(Place(min(int(value), TOP.value), name), backwards=way == "-")
