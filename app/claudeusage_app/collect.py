"""The scan: what is new in the transcripts goes into the ledger, whole or not at all."""

import gc
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from claudeusage_app.hinted import Hinted, look
from claudeusage_app.ledger import by_time
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.folders import Folders
from claudeusage_app.ledger.tails import Tails
from claudeusage_app.looked import Collected, Looked, Stale
from claudeusage_app.walk import TranscriptFile, Walk, find
from claudeusage_core.pricing import PriceTable

if TYPE_CHECKING:
    from claudeusage_app.progress import Progress

_FEW = 100
"""So many tails are sooner found one by one than among all, and need no seal."""


class Collector:
    """Reads the transcripts below some folders into one ledger."""

    def __init__(self, database: Database, prices: PriceTable) -> None:
        """Take the ledger's *database* and the table that knows the models' names."""
        self._database = database
        self._tails = Tails(database)
        self._folders = Folders(database)
        self._prices = prices

    def collect(
        self,
        folders: tuple[Path, ...],
        on_progress: "Callable[[Progress], None] | None" = None,
        hinted: Hinted | None = None,
    ) -> Collected:
        """Read every new line below *folders*, or of the *hinted* transcripts where that will do.

        Reading twice changes nothing.

        Raise `LedgerChanged` where another process takes a folder out of the ledger meanwhile, or
        prices it by another table.
        """
        return self.read(self.look(folders, hinted), on_progress)

    def look(self, folders: tuple[Path, ...], hinted: Hinted | None = None) -> Looked:
        """Find out which transcripts below *folders* have to be read, or of the *hinted* ones."""
        by_time.keep(self._database)
        priced_again = self._price_again()
        with without_garbage():
            walk = (look(folders, hinted) if hinted else None) or find(folders)
            bits = [1 << number for number in self._folders.numbers(folders)]
            known = self._folders.known()
            return Looked(folders, walk, self._stale(walk, bits), known, priced_again)

    def read(self, looked: Looked, on_progress: "Callable[[Progress], None] | None") -> Collected:
        """Read what has to be read. Raise `LedgerChanged` as `collect` does."""
        unreadable, changed = looked.walk.unreadable, looked.priced_again
        written: frozenset[int] | None = None if changed else frozenset()
        if looked.stale:
            from claudeusage_app.scan import Scan

            scan = Scan(self._database, self._prices, self._tails, looked.folders_known)
            scan.know(file.session for file in looked.walk.files)
            with without_garbage(), self._database.scanning():
                unreadable += scan.read(looked.stale, on_progress)
            written = None if changed else scan.written
            changed |= scan.changed
        walk = looked.walk
        return Collected(changed, len(walk.files), unreadable, looked.folders, walk.linked, written)

    def _stale(self, walk: Walk, bits: list[int]) -> list[Stale]:
        """Return what has to be read: nothing where all is as it was when nothing had to be."""
        held_in = {
            holders: sum(bit for place, bit in enumerate(bits) if holders >> place & 1)
            for holders in set(walk.holders.values())
        }
        files = [(file, held_in[walk.holders[file.real_path]]) for file in walk.files]
        if len(files) <= _FEW:
            return self._differing(files)
        seal = self._tails.keyed(_described(files))
        if self._tails.sealed(seal):
            return []
        version = self._database.version_of_others
        stale = self._differing(files)
        if not stale:
            self._tails.seal(seal, version)
        return stale

    def _differing(self, files: list[tuple[TranscriptFile, int]]) -> list[Stale]:
        keys = [self._tails.file_key(file.real_path) for file, _ in files]
        tails = self._tails.all() if len(keys) > _FEW else self._tails.of(keys)
        stale: list[Stale] = []
        for key, (file, held_in) in zip(keys, files, strict=True):
            tail = tails.get(key)
            if tail is None or held_in & ~tail.held_in or not file.is_as(tail):
                stale.append(Stale(key, file, tail, held_in))
        return stale

    def _price_again(self) -> bool:
        """Know the models by the table in force, and say whether that was another one before."""
        before = self._database.fact("prices")
        if before == self._prices.generated:
            return False
        from claudeusage_app.ledger.states import States
        from claudeusage_core.models import ModelNames

        names = ModelNames(self._prices.names, self._tails.salt)
        with self._database.writing():
            States(self._database).price_again(names)
            self._database.set_fact("prices", self._prices.generated)
        return before is not None


def _described(files: list[tuple[TranscriptFile, int]]) -> bytes:
    """Say of every file all that could make it stale."""
    told = [
        f"{file.real_path}\0{file.size} {file.mtime_ns} {file.inode} {held_in}"
        for file, held_in in files
    ]
    return "\n".join(told).encode("utf-8", "surrogateescape")


@contextmanager
def without_garbage() -> Generator[None]:
    """Collect no garbage: a scan makes millions of small values and no cycles."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
