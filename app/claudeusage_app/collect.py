"""The scan: what is new in the transcripts goes into the ledger, whole or not at all."""

import gc
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from claudeusage_app.errors import LedgerChanged
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.folders import Folders
from claudeusage_app.ledger.states import States
from claudeusage_app.ledger.tails import Move, Tail, Tails
from claudeusage_app.transcripts import Reading, TranscriptFile, find
from claudeusage_core.models import ModelNames
from claudeusage_core.pricing import PriceTable
from claudeusage_core.responses import ResponseKey, State, include, key_of, state_of
from claudeusage_core.transcript import Skipped, may_report_usage, read_line
from claudeusage_core.usage import UsageRecord

_RECORDS_AT_ONCE = 20_000


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


@dataclass(slots=True)
class _Batch:
    states: dict[ResponseKey, State] = field(default_factory=dict[ResponseKey, State])
    held_in: dict[ResponseKey, int] = field(default_factory=dict[ResponseKey, int])
    moves: list[Move] = field(default_factory=list[Move])
    records: int = 0

    def add(self, record: UsageRecord, held_in: int) -> None:
        key = key_of(record)
        include(self.states, key, state_of(record))
        self.held_in[key] = self.held_in.get(key, 0) | held_in
        self.records += 1


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
        self._batch = _Batch()
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
        reading = Reading(stale.file, stale.before, self._tails.keyed, stale.held_in)
        session, held_in, model_keys = stale.file.session, stale.held_in, self._names.key
        before, told, skipped = stale.before, 0, Counter[str]()
        for line in reading:
            if may_report_usage(line):
                for result in read_line(line, session, model_keys):
                    if isinstance(result, Skipped):
                        skipped[result.reason] += 1
                    else:
                        self._batch.add(result, held_in)
            if self._batch.records >= _RECORDS_AT_ONCE:
                before = self._move(stale.key, reading, before, told, skipped)
                self._flush()
                told, skipped = reading.lines, Counter[str]()
        self._move(stale.key, reading, before, told, skipped)

    def _move(
        self, key: bytes, reading: Reading, before: Tail | None, told: int, skipped: Counter[str]
    ) -> Tail:
        """Note that *reading* has come further than *before*, where *told* lines were noted."""
        after = reading.tail
        first = reading.restarted and not told
        self._batch.moves.append(Move(key, before, after, first, reading.lines - told, skipped))
        return after

    def _flush(self) -> None:
        batch, self._batch = self._batch, _Batch()
        with self._database.writing():
            if self._folders.known() != self._folders_known or self._database.salt != self._salt:
                raise LedgerChanged
            if self._database.fact("prices") != self._prices.generated:
                raise LedgerChanged
            states = {key: self._states.hidden(state) for key, state in batch.states.items()}
            self._changed |= self._states.add(states, batch.held_in)
            for move in batch.moves:
                self._tails.move(move)

    def _price_again(self) -> None:
        before = self._database.fact("prices")
        if before == self._prices.generated:
            return
        self._changed = before is not None
        with self._database.writing():
            self._states.price_again(self._names)
            self._database.set_fact("prices", self._prices.generated)
