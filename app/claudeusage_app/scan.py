"""The reading of transcripts that have changed, in as few write transactions as there can be."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.errors import LedgerChanged
from claudeusage_app.ledger.folders import Folders
from claudeusage_app.ledger.states import States
from claudeusage_app.ledger.tails import Move, Tail, Tails
from claudeusage_app.looked import Stale
from claudeusage_app.progress import Meter, Progress
from claudeusage_app.transcripts import Buffer, Reading
from claudeusage_core.gathering import Gathering
from claudeusage_core.models import ModelNames
from claudeusage_core.pricing import PriceTable
from claudeusage_core.transcript import SkipReason

_RESPONSES_AT_ONCE = 6_000


class Scan:
    """One scan of stale transcripts."""

    def __init__(
        self,
        database: Database,
        prices: PriceTable,
        tails: Tails,
        folders_known: Mapping[bytes, int],
    ) -> None:
        """Take the ledger, and what of it was looked at: no other process may change that."""
        self._database = database
        self._tails = tails
        self._states = States(database)
        self._folders = Folders(database)
        self._folders_known = folders_known
        self._names = ModelNames(prices.names, tails.salt)
        self._prices = prices
        self._gathered = Gathering(self._names.key)
        self._moves: list[Move] = []
        self._buffer = Buffer()
        self.changed = False
        """Whether any transcript held something new."""

    @property
    def written(self) -> frozenset[int] | None:
        """The numbers of the responses that were written, None where they are too many to tell."""
        return self._states.written

    def know(self, sessions: Iterable[str]) -> None:
        """Take the ids of *sessions* that transcripts on disk belong to, to tell their order."""
        self._states.know(sessions)

    def read(self, stale: list[Stale], on_progress: Callable[[Progress], None] | None) -> int:
        """Read what is new in some transcripts, and return how many could not be read.

        Raise `LedgerChanged` where another process changed what the ledger is made of meanwhile.
        """
        unreadable = 0
        meter = Meter(len(stale), sum(each.new_bytes for each in stale), on_progress)
        for each in stale:
            try:
                self._read(each, meter)
            except OSError:
                unreadable += 1
            meter.file_done(each.new_bytes)
        self._flush()
        return unreadable

    def _read(self, stale: Stale, meter: Meter) -> None:
        reading = Reading(stale.file, stale.before, self._tails.keyed, stale.held_in, self._buffer)
        before, flushed, skipped = stale.before, False, Counter[SkipReason]()
        gathered = self._gathered
        read = gathered.reader(stale.file.session, stale.held_in, skipped)
        for new in reading.give_out(read):
            meter.within(new, stale.new_bytes)
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
            if (
                self._folders.known() != self._folders_known
                or self._database.salt != self._tails.salt
            ):
                raise LedgerChanged
            if self._database.fact("prices") != self._prices.generated:
                raise LedgerChanged
            self.changed |= self._states.add(self._gathered, self._names)
            self._tails.move(self._moves)
        self._gathered.clear()
        self._moves.clear()
