"""What a long-lived thread keeps at hand between two looks, so that a new line costs little.

That is the open ledger, the price table and today's sums: opening, reading and adding up anew
would cost a hundred times what one line does.
"""

import os
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TypeAlias

from claudeusage_app.ledger.damage import opened
from claudeusage_app.ledger.database import Database
from claudeusage_app.prices import prices_in_force
from claudeusage_core.pricing import PriceTable
from claudeusage_core.running_day import RunningDay

_Mark: TypeAlias = tuple[int, int, int, int] | None
"""What tells that a file is as it was: device, inode, size and time; None for no file."""


class _Running(NamedTuple):
    """A day's sums, and all that they rest on."""

    day: RunningDay
    database: Database
    version: int
    """Changes when another connection writes."""


class AtHand:
    """Belongs to one thread."""

    def __init__(self) -> None:
        """Have nothing yet."""
        self._opened = ExitStack()
        self._database: Database | None = None
        self._file: tuple[Path, int, int] | None = None
        self._prices: tuple[Path, _Mark, PriceTable] | None = None
        self._running: _Running | None = None
        self._written: set[int] | None = set()

    @contextmanager
    def ledger(self, path: Path, clock: Callable[[], datetime]) -> Generator[Database]:
        """Give the ledger at *path*, opened anew if it is another file than before.

        After an error it is closed, and taken for damaged where it is: see `damage.opened`.
        """
        if self._database is not None and not self._is_still(path, self._database):
            self.close()
        if self._database is None:
            self._database = self._opened.enter_context(opened(path, clock))
            self._file = _file(path)
        try:
            yield self._database
        except BaseException:
            self._database = None
            with self._opened:
                raise

    def close(self) -> None:
        """Close the ledger, on the thread that uses it."""
        self._database = None
        self._opened.close()

    def prices(self, imported: Path) -> PriceTable:
        """Return the price table in force, read anew where the *imported* one has changed."""
        mark = _mark(imported)
        if self._prices is None or self._prices[:2] != (imported, mark):
            self._prices = (imported, mark, prices_in_force(imported).table)
        return self._prices[2]

    def wrote(self, numbers: frozenset[int] | None) -> None:
        """Note which responses this thread has written, None for too many to tell."""
        if numbers is None or self._written is None:
            self._written = None
        else:
            self._written |= numbers

    def take(
        self, database: Database, version: int, like: RunningDay
    ) -> tuple[RunningDay, set[int]] | None:
        """Return the sums of a day *like* this one, and which responses are to be counted anew.

        None where they rest on anything that has changed. They are at hand again after `keep`.
        """
        known, self._running = self._running, None
        written, self._written = self._written, set()
        if (
            known is None
            or written is None
            or known.database is not database
            or known.version != version
            or (known.day.day, known.day.zone) != (like.day, like.zone)
            or known.day.prices != like.prices
        ):
            return None
        return known.day, written

    def keep(self, database: Database, version: int, day: RunningDay) -> None:
        """Keep a day's sums, made of a ledger that was read after it had this version."""
        self._running = _Running(day, database, version)

    def _is_still(self, path: Path, database: Database) -> bool:
        return self._file is not None and self._file == _file(path) and database.is_current


def _file(path: Path) -> tuple[Path, int, int] | None:
    mark = _mark(path)
    return mark and (path, mark[0], mark[1])


def _mark(path: Path) -> _Mark:
    try:
        status = os.stat(path)  # noqa: PTH116 -- half the time of a Path's
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
