"""The ledger as a file that can be carried to another computer, and taken in there."""

import os
import sqlite3
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from claudeusage_app.errors import FileExists, FileNotWritten
from claudeusage_app.ledger.checking import faults
from claudeusage_app.ledger.damage import ASIDE, TOLD
from claudeusage_app.ledger.database import Database, read_only
from claudeusage_app.ledger.errors import (
    LedgerDamaged,
    LedgerFileInvalid,
    LedgerNotComparable,
    LedgerUnavailable,
)
from claudeusage_app.ledger.folders import Folders
from claudeusage_app.ledger.history import take_uploads
from claudeusage_app.ledger.rows import Kept
from claudeusage_app.ledger.states import States
from claudeusage_app.ledger.tails import Tails

_OWN_FACTS = (ASIDE, TOLD)
_LEFT_BEHIND = ("tails", "skips")
"""How far the transcripts of the other computer were read says nothing of those of this one."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an import."""

    responses: int
    """Billable responses that were not here before."""
    aside: Path | None = None
    """Where the ledger went whose place was taken."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What a check of a ledger file found."""

    size: int
    """Bytes of the file."""
    version: int | None
    """The number of its schema, None where it cannot be read."""
    responses: int
    faults: tuple[str, ...]


def examine(path: Path, folder: Path) -> Examined:
    """Check a ledger file without changing it; a copy of it is made in *folder* meanwhile.

    Raise `LedgerFileInvalid` where there is none.
    """
    if not path.is_file():
        raise LedgerFileInvalid(f"There is no ledger {path}.")
    size, version = path.stat().st_size, None
    try:
        with read_only(path) as connection:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        with _copy(path, folder) as copy, _checked(copy, path) as other:
            return Examined(size, version, _count(other), ())
    except (LedgerFileInvalid, sqlite3.Error, UnicodeDecodeError) as error:
        fault = error.title if isinstance(error, LedgerFileInvalid) else str(error)
        return Examined(size, version, 0, (fault.rstrip("."),))


def export(database: Database, target: Path, *, overwrite: bool) -> None:
    """Write the whole ledger to one file that only its owner can read, whole or not at all.

    Raise `FileExists` where there is one that may not be overwritten, or `FileNotWritten`.
    """
    if not overwrite and os.path.lexists(target):
        raise FileExists(f"{target} is there already.")
    if target.exists() and target.samefile(database.path):  # others may have it open
        raise FileNotWritten(f"{target} is the ledger itself.", "Give another name.")
    try:
        with snapshot(database, target.parent) as made:
            made.replace(target)
    except OSError as error:
        raise FileNotWritten(f"{target} could not be written: {error.strerror}.") from error


@contextmanager
def snapshot(database: Database, folder: Path) -> Generator[Path]:
    """Give a copy of the ledger as it is at one moment, in a file that goes away again.

    Raise `OSError` or `FileNotWritten`.
    """
    descriptor, name = tempfile.mkstemp(prefix=".claudeusage-", suffix=".new", dir=folder)
    os.close(descriptor)
    made = Path(name)
    try:
        try:
            database.execute("VACUUM INTO ?", name)
        except LedgerDamaged:
            raise
        except LedgerUnavailable as error:
            raise FileNotWritten(error.title) from error
        _flush_to_disk(made)
        yield made
    finally:
        made.unlink(missing_ok=True)


def take_in(database: Database, source: Path, now: datetime, *, instead: bool) -> Taken:
    """Take in the ledger file *source*, whole or not at all.

    An empty ledger becomes what the file holds; one with the same salt is merged with it. Any
    other raises `LedgerNotComparable`, unless the file is wanted *instead* of it: then the ledger
    as it was is kept beside it. Raise `LedgerFileInvalid` where the file is no whole ledger.
    """
    with _copy(source, database.path.parent) as copy, _checked(copy, source) as other:
        if _schema(other) != _schema(database):
            raise LedgerFileInvalid(f"{source} has other tables than a ledger.")
        if other.salt == database.salt:
            return _merge(database, other)
        if not _count(database):
            return Taken(_replace(database, copy))
        if not instead:
            raise LedgerNotComparable
        stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        aside = database.path.with_name(f"{database.path.name}.replaced-{stamp}")
        export(database, aside, overwrite=False)
        return Taken(_replace(database, copy), aside)


@contextmanager
def _copy(source: Path, folder: Path) -> Generator[Path]:
    """Give a copy that may be migrated, of a file that is only read."""
    invalid = f"{source} is no ledger that can be taken in"
    with tempfile.TemporaryDirectory(prefix=".claudeusage-", dir=folder) as place:
        copy = Path(place) / "incoming"
        try:
            with read_only(source) as connection:
                connection.execute("SELECT value FROM facts WHERE name = 'salt'").fetchone()[0]
                connection.execute("VACUUM INTO ?", (str(copy),))
        except (sqlite3.Error, UnicodeDecodeError, TypeError) as error:
            reason = "it has no salt" if isinstance(error, TypeError) else str(error)
            raise LedgerFileInvalid(f"{invalid}: {reason}.") from error
        yield copy


@contextmanager
def _checked(copy: Path, source: Path) -> Generator[Database]:
    try:
        other = Database(copy)
    except LedgerUnavailable as error:
        raise LedgerFileInvalid(f"{source} could not be read: {error.title}") from error
    with other:
        if found := faults(other):
            raise LedgerFileInvalid(f"{source} is damaged: {found[0]}.")
        yield other


def _schema(database: Database) -> set[tuple[str, str, str]]:
    return set(database.rows("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


def _merge(database: Database, other: Database) -> Taken:
    before = _count(database)
    with database.writing():
        bits = _bits(database, other)
        States(database).take(_with_bits(States(other).everything(), bits))
        for table in ("sent", "accepted"):
            for row in other.rows(f"SELECT * FROM {table}"):  # noqa: S608 -- names written above
                marks = ", ".join("?" * len(row))
                database.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", *row)  # noqa: S608 -- as above
        take_uploads(database, other)
        if other.fact("prices") != database.fact("prices"):
            database.set_fact("prices", "")  # an older table hid models that are known here
    return Taken(_count(database) - before)


def _bits(database: Database, other: Database) -> dict[int, int]:
    """Return the bit that each folder of the *other* ledger has here."""
    numbers = Folders(database).numbers_of(Folders(other).known())
    return {1 << number: 1 << numbers[key] for key, number in Folders(other).known().items()}


def _with_bits(kept: Iterable[Kept], bits: dict[int, int]) -> Iterator[Kept]:
    for each in kept:
        held_in = sum(here for there, here in bits.items() if each.held_in & there)
        yield each._replace(held_in=held_in)


def _replace(database: Database, copy: Path) -> int:
    tables = [
        row[0]
        for row in database.rows(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
    ]
    database.execute("ATTACH ? AS incoming", str(copy))
    try:
        with database.writing():
            database.execute("PRAGMA defer_foreign_keys = ON")
            own = [(name, database.fact(name)) for name in _OWN_FACTS]
            for table in tables:
                database.execute(f"DELETE FROM main.{table}")  # noqa: S608 -- our own tables
                if table not in _LEFT_BEHIND:
                    columns = ", ".join(
                        row[0]
                        for row in database.rows("SELECT name FROM pragma_table_info(?)", table)
                    )
                    database.execute(
                        f"INSERT INTO main.{table} ({columns}) SELECT {columns}"  # noqa: S608 -- as above
                        f" FROM incoming.{table}"
                    )
            for name, value in own:
                database.execute("DELETE FROM facts WHERE name = ?", name)
                if value is not None:
                    database.set_fact(name, value)
            Tails(database).forget()
    finally:
        database.execute("DETACH incoming")
    return _count(database)


def _count(database: Database) -> int:
    row = database.row("SELECT count(*) FROM responses WHERE time_ms IS NOT NULL")
    return int(row[0]) if row else 0


def _flush_to_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
