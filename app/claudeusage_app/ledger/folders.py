"""Which folders of transcripts the ledger has read, and which of them held each response.

A folder is known by a keyed hash of its real path, and by a number: its bit in ``held_in``.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.errors import FoldersTooMany
from claudeusage_app.ledger.tails import Tails

MOST_FOLDERS = 62
"""Bits of an integer of SQLite, which has a sign."""


class Held(NamedTuple):
    """How many billable responses a folder held, and how many of them no other folder did."""

    responses: int = 0
    alone: int = 0


class Folders:
    """The folders of one ledger."""

    def __init__(self, database: Database) -> None:
        """Take the ledger's *database*."""
        self._database = database
        self._tails = Tails(database)

    def known(self) -> dict[bytes, int]:
        """Return the number of each folder that was ever read, by the hash of its path."""
        return dict(self._database.rows("SELECT path, number FROM folders"))

    def numbers(self, roots: Sequence[Path]) -> tuple[int, ...]:
        """Return the number of each of *roots*, giving new ones a number of their own.

        Raise `FoldersTooMany` where none is left.
        """
        keys = [self._key(root) for root in roots]
        known = self.known()
        if not known.keys() >= set(keys):
            with self._database.writing():
                known = self.numbers_of(keys)
        return tuple(known[key] for key in keys)

    def numbers_of(self, keys: Iterable[bytes]) -> dict[bytes, int]:
        """Return the number of every known folder and of *keys*, the hashes of their paths.

        Call it inside a write transaction. Raise `FoldersTooMany` where no number is left.
        """
        known = self.known()
        free = iter(sorted(set(range(MOST_FOLDERS)) - set(known.values())))
        for key in keys:
            if key not in known:
                known[key] = self._number(key, next(free, None))
        return known

    def held(self, roots: Iterable[Path]) -> tuple[Held, ...]:
        """Count what each of *roots* held; nothing for one that was never read."""
        known = self.known()
        return tuple(self._held(known.get(self._key(root))) for root in roots)

    def unlisted(self, roots: Iterable[Path]) -> int:
        """Count the billable responses that were held by other folders than *roots* alone."""
        listed = {self._key(root) for root in roots}
        others = sum(1 << number for key, number in self.known().items() if key not in listed)
        row = self._database.row(
            "SELECT count(*) FROM responses WHERE time_ms IS NOT NULL"
            " AND held_in <> 0 AND held_in & ~? = 0",
            others,
        )
        return int(row[0]) if row else 0

    def take_out(self, root: Path) -> int:
        """Take out every response that no other folder held, and return how many counted.

        Every transcript is read from its first byte at the next scan.
        """
        with self._database.writing():
            number = self.known().get(self._key(root))
            if number is None:
                return 0
            taken = self._held(number).alone
            bit = 1 << number
            self._database.execute("DELETE FROM responses WHERE held_in = ?", bit)
            self._database.execute(
                "UPDATE responses SET held_in = held_in & ~? WHERE held_in & ?", bit, bit
            )
            self._database.execute(
                "DELETE FROM sessions WHERE id NOT IN (SELECT session FROM responses"
                " WHERE session IS NOT NULL UNION SELECT owner.value ->> 2 FROM responses,"
                " json_each(more, '$.owners') AS owner"
                " WHERE more IS NOT NULL AND owner.type = 'array')"
            )
            self._database.execute("DELETE FROM folders WHERE number = ?", number)
            self._tails.forget()
            return taken

    def _key(self, root: Path) -> bytes:
        return self._tails.file_key(os.path.realpath(root))

    def _number(self, key: bytes, number: int | None) -> int:
        if number is None:
            raise FoldersTooMany
        self._database.execute("INSERT INTO folders (number, path) VALUES (?, ?)", number, key)
        return number

    def _held(self, number: int | None) -> Held:
        if number is None:
            return Held()
        row = self._database.row(
            "SELECT count(*), count(*) FILTER (WHERE held_in = ?1) FROM responses"
            " WHERE time_ms IS NOT NULL AND held_in & ?1",
            1 << number,
        )
        return Held(*row) if row else Held()
