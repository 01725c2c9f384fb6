"""How far each transcript has been read, and what was passed over in it.

Files are known by a keyed hash of their real path only.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass

from claudeusage_app.ledger.database import Database

_COLUMNS = "size, mtime_ns, inode, read_to, ending, held_in"
_STORE = f"""
    INSERT INTO tails (file, {_COLUMNS}, lines) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (file) DO UPDATE SET
        size = excluded.size, mtime_ns = excluded.mtime_ns, inode = excluded.inode,
        read_to = excluded.read_to, ending = excluded.ending, held_in = excluded.held_in,
        lines = excluded.lines + CASE WHEN ?9 THEN 0 ELSE lines END
"""  # noqa: S608 -- constants


@dataclass(frozen=True, slots=True)
class Tail:
    """How a file was when it was last read, and up to which byte its lines are counted."""

    size: int
    mtime_ns: int
    inode: int
    read_to: int
    ending: bytes
    """A keyed hash of the bytes before *read_to*: tells a longer file from another one."""
    held_in: int = 0
    """The folders that are noted as holding its responses: bit n for the one with number n."""


@dataclass(frozen=True, slots=True)
class Move:
    """That a file, known up to *before*, is now read up to *after*."""

    file: bytes
    before: Tail | None
    after: Tail
    restarted: bool
    """Whether it was read from its first byte again."""
    lines: int
    """How many lines were read since *before*."""
    skipped: Counter[str]
    """How many of them were passed over, by reason."""


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
        rows = self._database.rows(f"SELECT file, {_COLUMNS} FROM tails")  # noqa: S608 -- constants
        return {row[0]: Tail(*row[1:]) for row in rows}

    def move(self, move: Move) -> None:
        """Keep how far a file was read, and what was passed over.

        Where another process has moved the tail meanwhile, its word stands: the lines are merged
        either way, and read again at worst. Call it inside a write transaction.
        """
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM tails WHERE file = ?",  # noqa: S608 -- constants
            move.file,
        )
        if (None if row is None else Tail(*row)) != move.before:
            return
        if move.restarted:
            self._database.execute("DELETE FROM skips WHERE file = ?", move.file)
        self._database.execute(
            _STORE,
            move.file,
            move.after.size,
            move.after.mtime_ns,
            move.after.inode,
            move.after.read_to,
            move.after.ending,
            move.after.held_in,
            move.lines,
            move.restarted,
        )
        for reason, lines in move.skipped.items():
            self._database.execute(
                "INSERT INTO skips (file, reason, lines) VALUES (?, ?, ?)"
                " ON CONFLICT (file, reason) DO UPDATE SET lines = lines + excluded.lines",
                move.file,
                reason,
                lines,
            )

    def forget(self) -> None:
        """Forget how far anything was read, so that all of it is read again."""
        self._database.execute("DELETE FROM tails")
        self._database.execute("DELETE FROM skips")

    def lines(self) -> int:
        """Return how many lines of transcripts were read."""
        row = self._database.row("SELECT coalesce(sum(lines), 0) FROM tails")
        return int(row[0]) if row else 0

    def skipped(self) -> dict[str, int]:
        """Return how many lines were passed over, by reason."""
        rows = self._database.rows(
            "SELECT reason, SUM(lines) FROM skips GROUP BY reason ORDER BY 1"
        )
        return {row[0]: row[1] for row in rows}
