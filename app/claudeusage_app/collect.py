"""The scan: what is new in the transcripts goes into the ledger, whole or not at all."""

import gc
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from claudeusage_app.ledger.database import Database
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
    moves: list[Move] = field(default_factory=list[Move])
    records: int = 0

    def add(self, record: UsageRecord, state: State) -> None:
        include(self.states, key_of(record), state)
        self.records += 1


class Collector:
    """Reads the transcripts below some folders into one ledger."""

    def __init__(self, database: Database, prices: PriceTable) -> None:
        """Take the ledger's *database* and the table that knows the models' names."""
        self._database = database
        self._tails = Tails(database)
        self._states = States(database)
        self._names = ModelNames(prices.names, database.salt)
        self._prices = prices
        self._batch = _Batch()
        self._changed = False

    def collect(
        self,
        folders: tuple[Path, ...],
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Collected:
        """Read every new line below *folders*. Reading twice changes nothing."""
        self._price_again()
        walk = find(folders)
        tails = self._tails.all()
        keyed = ((self._tails.file_key(each.real_path), each) for each in walk.files)
        stale = [
            (key, each, tails.get(key))
            for key, each in keyed
            if key not in tails or not each.is_as(tails[key])
        ]
        unreadable = walk.unreadable + self._read_all(stale, on_progress)
        return Collected(self._changed, len(walk.files), unreadable, folders)

    def _read_all(
        self,
        stale: list[tuple[bytes, TranscriptFile, Tail | None]],
        on_progress: Callable[[Progress], None] | None,
    ) -> int:
        unreadable = done = 0
        total = sum(file.size for _, file, _ in stale)
        collecting = gc.isenabled()
        gc.disable()  # a scan makes millions of small values and no cycles
        try:
            for number, (key, file, tail) in enumerate(stale, 1):
                try:
                    self._read(key, file, tail)
                except OSError:
                    unreadable += 1
                done += file.size
                if on_progress is not None:
                    on_progress(Progress(number, len(stale), done, total))
            if stale:
                self._flush()
        finally:
            if collecting:
                gc.enable()
        return unreadable

    def _read(self, key: bytes, file: TranscriptFile, before: Tail | None) -> None:
        reading = Reading(file, before, self._tails.keyed)
        restarted = True
        skipped = Counter[str]()
        for line in reading:
            if may_report_usage(line):
                for result in read_line(line, file.session, self._names.key):
                    if isinstance(result, Skipped):
                        skipped[result.reason] += 1
                    else:
                        self._batch.add(result, self._states.hidden(state_of(result)))
            if self._batch.records >= _RECORDS_AT_ONCE:
                after = reading.tail
                first = restarted and reading.restarted
                self._batch.moves.append(Move(key, before, after, first, skipped))
                self._flush()
                before, restarted, skipped = after, False, Counter[str]()
        first = restarted and reading.restarted
        self._batch.moves.append(Move(key, before, reading.tail, first, skipped))

    def _flush(self) -> None:
        batch, self._batch = self._batch, _Batch()
        with self._database.writing():
            self._changed |= self._states.add(batch.states)
            for move in batch.moves:
                self._tails.move(move)

    def _price_again(self) -> None:
        if self._database.fact("prices") == self._prices.generated:
            return
        with self._database.writing():
            self._states.price_again(self._names)
            self._database.set_fact("prices", self._prices.generated)
