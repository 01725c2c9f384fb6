"""A long list in pieces, so that the page stays small however much there is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

_NUMBER = re.compile("[1-9][0-9]{0,5}")

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Piece(Generic[Item]):
    """Some of a list: *before* and *after* are numbers of the pieces around it, 0 for none."""

    rows: Sequence[Item]
    caption: str
    before: int
    after: int


def piece(
    everything: Sequence[Item], name: str, query: Mapping[str, str], size: int
) -> Piece[Item]:
    """Cut out the piece that the query's member *name* numbers, from 1; else the first."""
    pieces = -(-len(everything) // size) or 1
    asked = query.get(name, "")
    number = min(int(asked), pieces) if _NUMBER.fullmatch(asked) else 1
    start = (number - 1) * size
    rows = everything[start : start + size]
    return Piece(
        rows,
        f"{start + 1} – {start + len(rows)} of {len(everything)}" if pieces > 1 else "",
        number - 1,
        number + 1 if number < pieces else 0,
    )
