"""A damaged ledger: it is set aside under a name of its own, and a new one takes its place."""

import os
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import cast

from claudeusage_app.ledger.database import SALT_BYTES, Database, Value, converted, read_only
from claudeusage_app.ledger.errors import LedgerDamaged

ASIDE = "set_aside"
"""The fact that holds the name of the file that a ledger replaces."""
TOLD = "set_aside_told"
"""The fact that holds the last such name that a person was told."""
_LOCK_SECONDS = 30
_NONSENSE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What rows that make no sense end in wherever they are used; a check tells if it was them."""
_SALVAGED = {"machine": str, "machine_names": str, "salt": bytes, "sequence": int, "zone": str}
"""Small facts that are taken over where they can still be read. Counts are not: they may be wrong.

With the same salt, an earlier export can be imported again.
"""


@contextmanager
def opened(path: Path, clock: Callable[[], datetime]) -> Generator[Database]:
    """Open the ledger at *path*, or a new one where it turns out to be damaged.

    Where the damage shows only later, the ledger is set aside and `LedgerDamaged` names it.
    """
    try:
        database = Database(path)
    except LedgerDamaged:
        set_aside(path, clock())
        database = Database(path)
    try:
        with database:
            yield database
    except (LedgerDamaged, *_NONSENSE) as error:
        name = set_aside(path, clock())
        if name is None:
            raise
        title = f"The ledger was damaged, and is set aside as {path.with_name(name)}."
        remedy = "Run this again: what the transcripts still hold is read into a new one."
        raise LedgerDamaged(title, remedy) from error


def set_aside(path: Path, now: datetime) -> str | None:
    """Put a new ledger in the place of a damaged one, and return the old one's new name.

    Return None where it is not damaged (any more): another process was faster.
    """
    from filelock import FileLock

    lock = FileLock(path.with_suffix(".damage.lock"), timeout=_LOCK_SECONDS, mode=0o600)
    with converted(path), lock:
        if not is_damaged(path):
            return None
        facts = _salvaged(path)
        name = _free_name(path, f"{path.name}.damaged-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
        with suppress(FileNotFoundError):  # the log first: it must never meet the new ledger
            path.with_name(f"{path.name}-wal").rename(path.with_name(f"{name}-wal"))
        path.rename(path.with_name(name))
        with Database(path) as database:
            for fact, value in {**facts, ASIDE: name}.items():
                database.set_fact(fact, value)
    return name


def is_damaged(path: Path) -> bool:
    """Find out whether a ledger is damaged, anywhere in it: what was noticed once has to go."""
    if not os.path.lexists(path):
        return False
    from claudeusage_app.ledger.checking import faults

    try:
        with Database(path) as database:
            return bool(faults(database))
    except LedgerDamaged:
        return True


def untold(database: Database) -> str | None:
    """Return, once, the name of the damaged file that this ledger replaces."""
    name = database.fact(ASIDE)
    if not isinstance(name, str) or name == database.fact(TOLD):
        return None
    database.set_fact(TOLD, name)
    return name


def _free_name(path: Path, name: str) -> str:
    names = chain((name,), (f"{name}-{number}" for number in count(2)))
    return next(each for each in names if not os.path.lexists(path.with_name(each)))


def _salvaged(path: Path) -> dict[str, Value]:
    found: dict[str, Value] = {}
    with suppress(sqlite3.Error, UnicodeDecodeError), read_only(path) as connection:
        for name, kind in _SALVAGED.items():
            row = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
            broken = name == "salt" and row and len(row[0]) != SALT_BYTES
            if row and isinstance(row[0], kind) and not broken:
                found[name] = cast("Value", row[0])
    return found
