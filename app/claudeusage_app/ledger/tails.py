"""How far each transcript has been read, and what was passed over in it.

Files are known by a keyed hash of their real path only.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass

from claudeusage_app.ledger.database import Database


@dataclass(frozen=True, slots=True)
class Tail:
    """How a file was when it was last read, and up to which byte its lines are counted."""

    size: int
    mtime_ns: int
    inode: int
    read_to: int
    ending: bytes
    """A keyed hash of the bytes before *read_to*: tells a longer file from another one."""


@dataclass(frozen=True, slots=True)
class Move:
    """That a file, known up to *before*, is now read up to *after*."""

    file: bytes
    before: Tail | None
    after: Tail
    restarted: bool
    """Whether it was read from its first byte again."""
    skipped: Counter[str]
    """How many lines were passed over since *before*, by reason."""


class Tails:
    """The tails of one ledger."""

    def __init__(self, database: Database) -> None:
        """Take the ledger's *database*."""
        self._database = database
        self._salt = database.salt

    def file_key(self, real_path: str) -> bytes:
        """Return what a file is known by."""
        return self.keyed(real_path.encode("utf-8", "surrogateescape"))

    def keyed(self, value: bytes) -> bytes:
        """Hash *value* with this ledger's key."""
        return hashlib.blake2b(value, key=self._salt, digest_size=16).digest()

    def all(self) -> dict[bytes, Tail]:
        """Return every known tail by file key."""
        rows = self._database.rows("SELECT file, size, mtime_ns, inode, read_to, ending FROM tails")
        return {row[0]: Tail(*row[1:]) for row in rows}

    def move(self, move: Move) -> None:
        """Keep how far a file was read, and what was passed over.

        Where another process has moved the tail meanwhile, its word stands: the lines are merged
        either way, and read again at worst. Call it inside a write transaction.
        """
        row = self._database.row(
            "SELECT size, mtime_ns, inode, read_to, ending FROM tails WHERE file = ?",
            move.file,
        )
        if (None if row is None else Tail(*row)) != move.before:
            return
        if move.restarted:
            self._database.execute("DELETE FROM skips WHERE file = ?", move.file)
        self._database.execute(
            "INSERT OR REPLACE INTO tails (file, size, mtime_ns, inode, read_to, ending)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            move.file,
            move.after.size,
            move.after.mtime_ns,
            move.after.inode,
            move.after.read_to,
            move.after.ending,
        )
        for reason, lines in move.skipped.items():
            self._database.execute(
                "INSERT INTO skips (file, reason, lines) VALUES (?, ?, ?)"
                " ON CONFLICT (file, reason) DO UPDATE SET lines = lines + excluded.lines",
                move.file,
                reason,
                lines,
            )

    def skipped(self) -> dict[str, int]:
        """Return how many lines were passed over, by reason."""
        rows = self._database.rows(
            "SELECT reason, SUM(lines) FROM skips GROUP BY reason ORDER BY 1"
        )
        return {row[0]: row[1] for row in rows}
