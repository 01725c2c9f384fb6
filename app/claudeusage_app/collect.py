"""The scan: what is new in the transcripts goes into the ledger, whole or not at all."""

import gc
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from claudeusage_app.errors import LedgerChanged
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.folders import Folders
from claudeusage_app.ledger.states import States
from claudeusage_app.ledger.tails import Move, Tail, Tails
from claudeusage_app.transcripts import Buffer, Reading, TranscriptFile, find
from claudeusage_core.gathering import Gathering
from claudeusage_core.models import ModelNames
from claudeusage_core.pricing import PriceTable
from claudeusage_core.transcript import SkipReason

_RESPONSES_AT_ONCE = 2_500


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scan is."""

    files_done: int
    files: int
    bytes_done: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Collected:
    """What one scan found."""

    changed: bool
    """Whether any transcript held something new."""
    transcripts: int
    unreadable: int
    """Files and folders that could not be read."""
    folders: tuple[Path, ...]
    """The folders that were looked at, whether or not they exist."""


@dataclass(frozen=True, slots=True)
class _Stale:
    """A transcript that is not as it was when it was last read."""

    key: bytes
    file: TranscriptFile
    before: Tail | None
    held_in: int


class Collector:
    """Reads the transcripts below some folders into one ledger."""

    def __init__(self, database: Database, prices: PriceTable) -> None:
        """Take the ledger's *database* and the table that knows the models' names."""
        self._database = database
        self._tails = Tails(database)
        self._states = States(database)
        self._folders = Folders(database)
        self._folders_known: dict[bytes, int] = {}
        self._salt = database.salt
        self._names = ModelNames(prices.names, self._salt)
        self._prices = prices
        self._gathered = Gathering(self._names.key)
        self._moves: list[Move] = []
        self._buffer = Buffer()
        self._changed = False

    def collect(
        self,
        folders: tuple[Path, ...],
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Collected:
        """Read every new line below *folders*. Reading twice changes nothing.

        Raise `LedgerChanged` where another process takes a folder out of the ledger meanwhile, or
        prices it by another table.
        """
        self._price_again()
        walk = find(folders)
        self._states.know(file.session for file in walk.files)
        bits = [1 << number for number in self._folders.numbers(folders)]
        self._folders_known = self._folders.known()
        tails = self._tails.all()
        stale: list[_Stale] = []
        for file in walk.files:
            key = self._tails.file_key(file.real_path)
            holders = walk.holders[file.real_path]
            held_in = sum(bit for place, bit in enumerate(bits) if holders >> place & 1)
            tail = tails.get(key)
            if tail is None or held_in & ~tail.held_in or not file.is_as(tail):
                stale.append(_Stale(key, file, tail, held_in))
        unreadable = walk.unreadable + self._read_all(stale, on_progress)
        return Collected(self._changed, len(walk.files), unreadable, folders)

    def _read_all(self, stale: list[_Stale], on_progress: Callable[[Progress], None] | None) -> int:
        unreadable = done = 0
        total = sum(each.file.size for each in stale)
        collecting = gc.isenabled()
        gc.disable()  # a scan makes millions of small values and no cycles
        try:
            for number, each in enumerate(stale, 1):
                try:
                    self._read(each)
                except OSError:
                    unreadable += 1
                done += each.file.size
                if on_progress is not None:
                    on_progress(Progress(number, len(stale), done, total))
            if stale:
                self._flush()
        finally:
            if collecting:
                gc.enable()
        return unreadable

    def _read(self, stale: _Stale) -> None:
        reading = Reading(stale.file, stale.before, self._tails.keyed, stale.held_in, self._buffer)
        before, flushed, skipped = stale.before, False, Counter[SkipReason]()
        gathered = self._gathered
        read = gathered.reader(stale.file.session, stale.held_in, skipped)
        for _ in reading.give_out(read):
            if len(gathered) >= _RESPONSES_AT_ONCE:
                before = self._move(stale.key, reading, before, flushed=flushed, skipped=skipped)
                self._flush()
                flushed = True
                skipped.clear()
        self._move(stale.key, reading, before, flushed=flushed, skipped=skipped)

    def _move(
        self,
        key: bytes,
        reading: Reading,
        before: Tail | None,
        *,
        flushed: bool,
        skipped: Counter[SkipReason],
    ) -> Tail:
        """Note that *reading* has come further than *before*."""
        after = reading.tail
        restarted = reading.restarted and not flushed
        self._moves.append(Move(key, before, after, restarted, skipped.copy()))
        return after

    def _flush(self) -> None:
        with self._database.writing():
            if self._folders.known() != self._folders_known or self._database.salt != self._salt:
                raise LedgerChanged
            if self._database.fact("prices") != self._prices.generated:
                raise LedgerChanged
            self._changed |= self._states.add(self._gathered, self._names)
            self._tails.move(self._moves)
        self._gathered.clear()
        self._moves.clear()

    def _price_again(self) -> None:
        before = self._database.fact("prices")
        if before == self._prices.generated:
            return
        self._changed = before is not None
        with self._database.writing():
            self._states.price_again(self._names)
            self._database.set_fact("prices", self._prices.generated)
