"""How far each transcript has been read, and what was passed over in it.

Files are known by a keyed hash of their real path only.
"""

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from claudeusage_app.ledger.database import Database, Value
from claudeusage_core.hashes import blake2b

if TYPE_CHECKING:
    from claudeusage_core.transcript import SkipReason

_AT_ONCE = 500
_SEAL = "transcripts"
"""The fact that holds a keyed hash of all transcripts as they were when none had to be read."""
_COLUMNS = "size, mtime_ns, inode, read_to, ending, held_in"
_STORE = f"INSERT OR REPLACE INTO tails (file, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 -- constants


class Tail(NamedTuple):
    """How a file was when it was last read, and up to which byte its lines are counted."""

    size: int
    mtime_ns: int
    inode: int
    read_to: int
    ending: bytes
    """A keyed hash of the first bytes and those before *read_to*: is a longer file the same?"""
    held_in: int = 0
    """The folders that are noted as holding its responses: bit n for the one with number n."""


class Move(NamedTuple):
    """That a file, known up to *before*, is now read up to *after*."""

    file: bytes
    before: Tail | None
    after: Tail
    restarted: bool
    """Whether it was read from its first byte again."""
    skipped: "Counter[SkipReason]"
    """How many lines were passed over since *before*, by reason."""


class Tails:
    """The tails of one ledger."""

    def __init__(self, database: Database) -> None:
        """Take the ledger's *database*."""
        self._database = database
        self.salt = database.salt

    def file_key(self, real_path: str) -> bytes:
        """Return what a file is known by."""
        return self.keyed(real_path.encode("utf-8", "surrogateescape"))

    def keyed(self, value: bytes) -> bytes:
        """Hash *value* with this ledger's key."""
        return blake2b(value, key=self.salt, digest_size=16).digest()

    def all(self) -> dict[bytes, Tail]:
        """Return every known tail by file key."""
        rows = self._database.rows(f"SELECT file, {_COLUMNS} FROM tails")  # noqa: S608 -- constants
        return {row[0]: Tail(*row[1:]) for row in rows}

    def sealed(self, seal: bytes) -> bool:
        """Say whether the tails are those of the files that *seal* is a keyed hash of."""
        return self._database.fact(_SEAL) == seal

    def seal(self, seal: bytes, version_of_others: int) -> None:
        """Keep that the tails are those of some files, unless another process wrote meanwhile."""
        with self._database.writing():
            if self._database.version_of_others == version_of_others:
                self._database.set_fact(_SEAL, seal)

    def _unseal(self) -> None:
        self._database.execute("DELETE FROM facts WHERE name = ?", _SEAL)

    def move(self, moves: list[Move]) -> None:
        """Keep how far files were read, and what was passed over.

        Where another process has moved a tail meanwhile, its word stands: the lines are merged
        either way, and read again at worst. Call it inside a write transaction.
        """
        self._unseal()
        known = self.of([move.file for move in moves])
        tails: list[tuple[Value, ...]] = []
        for move in moves:
            if known.get(move.file) != move.before:
                continue
            known[move.file] = move.after
            tails.append((move.file, *move.after))
            if move.restarted:
                self._database.execute("DELETE FROM skips WHERE file = ?", move.file)
            for reason, lines in move.skipped.items():
                self._database.execute(
                    "INSERT INTO skips (file, reason, lines) VALUES (?, ?, ?)"
                    " ON CONFLICT (file, reason) DO UPDATE SET lines = lines + excluded.lines",
                    move.file,
                    reason,
                    lines,
                )
        self._database.execute_many(_STORE, tails)

    def of(self, files: list[bytes]) -> dict[bytes, Tail]:
        """Return the known tails of some file keys."""
        if self._database.row("SELECT 1 FROM tails LIMIT 1") is None:
            return {}
        found: dict[bytes, Tail] = {}
        for start in range(0, len(files), _AT_ONCE):
            some = files[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            query = f"SELECT file, {_COLUMNS} FROM tails WHERE file IN ({marks})"  # noqa: S608 -- constants
            found |= {row[0]: Tail(*row[1:]) for row in self._database.rows(query, *some)}
        return found

    def forget(self) -> None:
        """Forget how far anything was read, so that all of it is read again."""
        self._unseal()
        self._database.execute("DELETE FROM tails")
        self._database.execute("DELETE FROM skips")

    def skipped(self) -> dict[str, int]:
        """Return how many lines were passed over, by reason."""
        rows = self._database.rows(
            "SELECT reason, SUM(lines) FROM skips GROUP BY reason ORDER BY 1"
        )
        return {row[0]: row[1] for row in rows}
