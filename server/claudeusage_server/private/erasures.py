"""Erasures: which files are to be written anew, because something was deleted that they may hold.

SQLite overwrites what it deletes, but not the copies of a row that stayed behind when it was moved
from one page to another.
"""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import Connection, text

_ASK = text(
    "INSERT INTO erasures (name, asked) VALUES (:name, 1)"
    " ON CONFLICT (name) DO UPDATE SET asked = erasures.asked + 1"
)
_ASKED = text("SELECT name, asked FROM erasures")
_ERASED = text("DELETE FROM erasures WHERE name = :name AND asked = :asked")


class Erasure(StrEnum):
    """What is to be written anew."""

    PUBLIC_FILE = "public"
    """After a name that somebody chose was taken away."""
    BOTH_FILES = "files"
    """After an account was deleted."""


def ask_erasure(connection: Connection, erasure: Erasure) -> None:
    """Ask for an erasure, in the transaction that deletes."""
    connection.execute(_ASK, {"name": erasure})


def erasures_asked(connection: Connection) -> Mapping[Erasure, int]:
    """Return the erasures that are still to be made, each with the number of its asking."""
    return {Erasure(row.name): row.asked for row in connection.execute(_ASKED)}


def forget_erasures(connection: Connection, made: Mapping[Erasure, int]) -> None:
    """Forget the erasures that were *made*, but those that were asked for again since."""
    for name, asked in made.items():
        connection.execute(_ERASED, {"name": name, "asked": asked})
