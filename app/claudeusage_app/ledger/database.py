"""The ledger's file: opened, migrated, locked, and read or written in whole transactions."""

import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self, TypeAlias, cast

from claudeusage_app.ledger.errors import LedgerDamaged, LedgerTooNew, LedgerUnavailable

BUSY_SECONDS = 30
_PAUSE_SECONDS = 0.01
_PRIMARY_CODE = 0xFF
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
"""The last is what SQLite says of SQL that does not fit the schema, and ours fits a whole one."""
SALT_BYTES = 32
VERSION = 3
"""The number of the last migration."""

Value: TypeAlias = str | int | float | bytes | None
Row: TypeAlias = tuple[Any, ...]
"""What SQLite gives back; each query's caller names the types."""


class Database:
    """One connection to a ledger file. Not shared between threads."""

    def __init__(self, path: Path) -> None:
        """Open the ledger at *path*, making or migrating it; raise `LedgerUnavailable`."""
        self.path = path
        with converted(path):
            _make_private(path)
            self._connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
            try:
                self._prepare()
                self._opened_as = self._version()
            except BaseException:
                self._connection.close()
                raise

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Give the open database."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    @property
    def salt(self) -> bytes:
        """The key of every hash in this file."""
        value = self.fact("salt")
        if not isinstance(value, bytes):
            raise LedgerDamaged
        return value

    @property
    def version(self) -> int:
        """A number that changes when anybody else writes to the file."""
        with converted(self.path):
            return self._number("data_version")

    @property
    def is_current(self) -> bool:
        """Whether no newer version of the program has migrated the file since it was opened."""
        with converted(self.path):
            return self._version() == self._opened_as

    def fact(self, name: str) -> Value:
        """Return a named fact, None where there is none."""
        row = self.row("SELECT value FROM facts WHERE name = ?", name)
        return None if row is None else cast("Value", row[0])

    @property
    def version_of_others(self) -> int:
        """A number that is another one once another connection has written."""
        row = self.row("PRAGMA data_version")
        return int(row[0]) if row else 0

    def set_fact(self, name: str, value: Value) -> None:
        """Keep a named fact."""
        self.execute(
            "INSERT INTO facts (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name,
            value,
        )

    def row(self, sql: str, *values: Value) -> Row | None:
        """Return the first row of a query, None where it has none."""
        with converted(self.path):
            return cast("Row | None", self._connection.execute(sql, values).fetchone())

    def rows(self, sql: str, *values: Value) -> list[Row]:
        """Return all rows of a query."""
        with converted(self.path):
            return self._connection.execute(sql, values).fetchall()

    def execute(self, sql: str, *values: Value) -> None:
        """Run a statement."""
        with converted(self.path):
            self._connection.execute(sql, values)

    def execute_many(self, sql: str, rows: list[tuple[Value, ...]]) -> None:
        """Run a statement for each of *rows*."""
        with converted(self.path):
            self._connection.executemany(sql, rows)

    @contextmanager
    def writing(self) -> Generator[None]:
        """Hold the one write transaction; what it does happens whole, or not at all."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            self._connection.rollback()
            raise

    @contextmanager
    def scanning(self) -> Generator[None]:
        """Look up no row that another refers to: a scan has written them all, or read them."""
        self.execute("PRAGMA foreign_keys = OFF")
        try:
            yield
        finally:
            self.execute("PRAGMA foreign_keys = ON")

    def _prepare(self) -> None:
        self._log_ahead()
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA cache_size = -1000")  # KiB, half of what is usual
        self._connection.execute("PRAGMA foreign_keys = ON")
        version = self._version()
        if version > VERSION:
            raise LedgerTooNew
        if version < VERSION:
            self._migrate()

    def _migrate(self) -> None:
        migrations = _migrations()
        with self.writing():
            for number, script in enumerate(migrations[self._version() :], self._version() + 1):
                for statement in script.split(";\n"):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {number}")
            if self.fact("salt") is None:
                salt = _salt_beside(self.path) or os.urandom(SALT_BYTES)
                self.set_fact("salt", salt)

    def _log_ahead(self) -> None:
        """Switch to write-ahead logging, and wait for others there: SQLite itself does not."""
        last = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorcode & _PRIMARY_CODE == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() > last:
                    raise
                time.sleep(_PAUSE_SECONDS)
            else:
                return

    def _version(self) -> int:
        return self._number("user_version")

    def _number(self, pragma: str) -> int:
        return int(self._connection.execute(f"PRAGMA {pragma}").fetchone()[0])


@contextmanager
def converted(path: Path) -> Generator[None]:
    """Turn what SQLite and the file system say into `LedgerUnavailable` or `LedgerDamaged`."""
    try:
        yield
    except UnicodeDecodeError as error:  # of SQLite's own message, which quotes the file
        raise LedgerDamaged(f"The ledger {path} could not be used: it holds torn text.") from error
    except (sqlite3.Error, OSError) as error:
        reason = str(error) or type(error).__name__
        kind = LedgerDamaged if _tells_of_damage(error) else LedgerUnavailable
        raise kind(f"The ledger {path} could not be used: {reason}.") from error


def _tells_of_damage(error: sqlite3.Error | OSError) -> bool:
    if isinstance(error, sqlite3.OperationalError) and not hasattr(error, "sqlite_errorcode"):
        return True  # Python's own: text of the file is not UTF-8
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE in _DAMAGED


@contextmanager
def read_only(path: Path) -> Generator[sqlite3.Connection]:
    """Open a file that should be a ledger for reading, and change nothing of it."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS)) as connection:
        yield connection


def _make_private(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Only a new file is opened here: closing a second descriptor of a database would drop the
    # locks that SQLite holds in another thread of this process.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _salt_beside(path: Path) -> bytes | None:
    """Return the key of another ledger of this installation: what one counted, all can compare."""
    for other in sorted(path.parent.glob("ledger-*.sqlite3")):
        if other.name == path.name:
            continue
        with suppress(sqlite3.Error, UnicodeDecodeError), read_only(other) as connection:
            row = connection.execute("SELECT value FROM facts WHERE name = 'salt'").fetchone()
            if row and isinstance(row[0], bytes) and len(row[0]) == SALT_BYTES:
                return row[0]
    return None


def _migrations() -> list[str]:
    files = sorted(Path(__file__).with_name("migrations").glob("*.sql"))
    return [each.read_text("utf-8") for each in files]
