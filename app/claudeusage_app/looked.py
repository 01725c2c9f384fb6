"""What a look at the transcripts found to be read, and what came of reading it."""

from pathlib import Path
from typing import NamedTuple

from claudeusage_app.ledger.tails import Tail
from claudeusage_app.walk import TranscriptFile, Walk

_LARGE_BYTES = 20_000_000


class Collected(NamedTuple):
    """What one scan found."""

    changed: bool
    """Whether any transcript held something new."""
    transcripts: int
    """Those that were looked at: all, unless it was a look at hinted ones only."""
    unreadable: int
    """Files and folders that could not be read."""
    folders: tuple[Path, ...]
    """The folders that were looked at, whether or not they exist."""
    linked: frozenset[str] = frozenset()
    """The real paths that links below these folders lead to."""
    written: frozenset[int] | None = None
    """The numbers of the responses that were written, None where they are too many to tell."""


class Stale(NamedTuple):
    """A transcript that is not as it was when it was last read."""

    key: bytes
    file: TranscriptFile
    before: Tail | None
    held_in: int

    @property
    def new_bytes(self) -> int:
        """How much of it is to be read, as far as that can be told before."""
        size, known = self.file.size, self.before.read_to if self.before else 0
        return size - known if size > known else size


class Looked(NamedTuple):
    """What a look at the transcripts found to be read."""

    folders: tuple[Path, ...]
    walk: Walk
    stale: list[Stale]
    folders_known: dict[bytes, int]
    """The folders of the ledger: no other process may change them meanwhile."""
    priced_again: bool

    @property
    def is_large(self) -> bool:
        """Whether it may be worth more processes than one."""
        return sum(each.new_bytes for each in self.stale) >= _LARGE_BYTES
