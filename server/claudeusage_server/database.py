"""A store: one SQLite file with numbered migrations, many readers and one writer."""

import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, RootTransaction, create_engine, event, text
from sqlalchemy.exc import DatabaseError, OperationalError

from claudeusage_server.errors import StoreBusy, StoreFull
from claudeusage_server.start_errors import (
    DatabaseTooNew,
    DatabaseTooOld,
    DatabaseUnreadable,
)

Kind = Literal["private", "public"]

_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_MS = 10_000
_PATIENCE_MS = 250
"""How long readers are waited for before a log stays as it is."""
_HAS_VERSION = text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'")
_VERSION = text("SELECT version_num FROM alembic_version")


class Store:
    """One database file, opened."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = _engine(path)
        self._writing = threading.Lock()

    @contextmanager
    def read(self) -> Generator[Connection]:
        """Give a connection that sees one state of the store from beginning to end."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Generator[Connection]:
        """Give the one connection that may write; commit at the end, roll back on an error.

        Raises `StoreBusy` where another process, or others of this one, write for too long, and
        `StoreFull` where the disk has no room.
        """
        with self._turn(), _told_where_full(), self._engine.connect() as plain:
            connection = plain.execution_options(opening="BEGIN IMMEDIATE")
            with _begun(connection):
                yield connection

    @contextmanager
    def _turn(self) -> Generator[None]:
        """Wait for those who asked before, and not for ever: who waits takes up a thread."""
        if not self._writing.acquire(timeout=_BUSY_MS / 1000):
            raise StoreBusy
        try:
            yield
        finally:
            self._writing.release()

    def watcher(self) -> Connection:
        """Open a connection for single reads, each of which sees the latest state."""
        return self._engine.connect().execution_options(opening="")

    def truncate(self) -> bool:
        """Fold the write-ahead log into the file, and empty it.

        False where somebody who reads, or another process, was in the way for too long.
        """
        with self._writing, self.watcher() as connection:
            connection.detach()  # its patience is its own, so it is not used again
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
            try:
                row = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            except OperationalError:  # rows of a request that failed may be open still
                return False
        return not row[0]

    def rebuild(self) -> bool:
        """Write the file anew, with nothing in it that was ever deleted.

        False where it could not be done now. It takes a second for each hundred megabytes, and as
        much room on the disk as the file has; who reads is not held up, who writes is.
        """
        try:
            with self._writing, self.watcher() as connection:
                connection.exec_driver_sql("VACUUM")
        except OperationalError:  # another process is in the way, or the disk is full
            return False
        return self.truncate()

    def close(self) -> None:
        """Close every connection, and fold the write-ahead log into the file."""
        with self._engine.connect().execution_options(opening="") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self._engine.dispose()


def open_store(path: Path, kind: Kind) -> Store:
    """Open the file and bring its tables to this version's."""
    store = Store(path)
    try:
        _migrate(store, kind)
    except DatabaseError as error:
        raise DatabaseUnreadable(path) from error
    return store


def open_current_store(path: Path, kind: Kind) -> Store:
    """Open a file that another process may use, so only where its tables are this version's.

    Raises `DatabaseTooOld` and `DatabaseTooNew` where they are not.
    """
    store = Store(path)
    known = _known(kind)
    try:
        with store.read() as connection:
            current = _current(connection)
    except DatabaseError as error:
        raise DatabaseUnreadable(path) from error
    if current == known[-1]:
        return store
    store.close()
    raise DatabaseTooOld(path) if current is None or current in known else DatabaseTooNew(path)


def _engine(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        hide_parameters=True,
        connect_args={"timeout": _BUSY_MS / 1000, "check_same_thread": False},
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin`, not by the driver
    for pragma in (
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        "secure_delete = ON",
        f"busy_timeout = {_BUSY_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def _told_where_full() -> Generator[None]:
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise StoreFull from error
        raise


def _begun(connection: Connection) -> RootTransaction:
    try:
        return connection.begin()
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise StoreBusy from error
        raise


def _begin(connection: Connection) -> None:
    opening: str = connection.get_execution_options().get("opening", "BEGIN")
    if opening:
        connection.exec_driver_sql(opening)


def _migrate(store: Store, kind: Kind) -> None:
    known = _known(kind)
    with store.write() as connection:
        current = _current(connection)
        if current is not None and current not in known:
            raise DatabaseTooNew(store.path)
        if current != known[-1]:
            _upgrade(connection, kind)


def _known(kind: Kind) -> list[str]:
    return sorted(path.name[1:5] for path in (_MIGRATIONS / kind / "versions").glob("m*.py"))


def _current(connection: Connection) -> str | None:
    if connection.execute(_HAS_VERSION).one_or_none() is None:
        return None
    found: str | None = connection.execute(_VERSION).scalar_one_or_none()
    return found


def _upgrade(connection: Connection, kind: Kind) -> None:
    # Alembic costs a tenth of a second, so it is imported only where there is something to do.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS / kind).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
