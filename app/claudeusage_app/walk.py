"""Transcripts on disk, found at any depth.

Names of files and folders are private text: nothing here logs them or puts them into an error.
"""

import os
import stat
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

from claudeusage_app.ledger.tails import Tail

_INODE_BITS = 2**63 - 1

_Parts: TypeAlias = tuple[str, ...]
"""The names that lead from a root to a file or folder."""


_Link: TypeAlias = tuple["os.DirEntry[str]", _Parts]


class TranscriptFile(NamedTuple):
    """A transcript as the walk saw it."""

    path: str
    real_path: str
    parts: _Parts
    size: int
    mtime_ns: int
    inode: int

    @property
    def session(self) -> str:
        """The session that it belongs to, by its place."""
        from claudeusage_core.transcript import session_of_file

        return session_of_file(self.parts)

    def is_as(self, tail: Tail) -> bool:
        """Say whether the file is as it was when it was last read."""
        return self[3:] == tail[:3]


class Walk(NamedTuple):
    """All transcripts below some folders, each real file once."""

    files: tuple[TranscriptFile, ...]
    holders: Mapping[str, int]
    """The folders that hold each file, by its real path: bit n for the nth of them."""
    unreadable: int
    """Folders that could not be listed."""
    linked: frozenset[str] = frozenset()
    """The real paths that links below the folders lead to."""


def transcript_file(
    path: str, real_path: str, parts: tuple[str, ...], info: os.stat_result
) -> TranscriptFile:
    """Return a transcript of which the system gives *info*; *parts* lead to it from its root."""
    inode = info.st_ino & _INODE_BITS
    if path == real_path:
        path = real_path  # one string, of which there are many
    return TranscriptFile(path, real_path, parts, info.st_size, info.st_mtime_ns, inode)


def find(roots: Iterable[Path]) -> Walk:
    """Find every ``*.jsonl`` below *roots*; links are followed, loops end.

    The order of *roots* does not matter: a file's place, which names the session of lines without
    one, is below the outermost root that holds it, and below a link only where no root does.
    """
    found = sorted(
        (os.path.realpath(root), str(root), 1 << number) for number, root in enumerate(roots)
    )
    walks = [_RootWalk(bit, path, real) for real, path, bit in found]
    walker = _Walker()
    for walk in walks:
        walker.enter_folders(walk)
    for walk in walks:
        walker.follow_links(walk)
    files, unreadable = tuple(walker.files.values()), len(walker.unreadable)
    return Walk(files, walker.holders, unreadable, frozenset(walker.linked))


class _RootWalk:
    def __init__(self, bit: int, path: str, real_path: str) -> None:
        self.bit = bit
        self.folders: deque[tuple[str, str, _Parts]] = deque([(path, real_path, ())])
        """The paths, real paths and parts of folders that are still to be listed."""
        self.links: list[_Link] = []
        self.seen: set[str] = set()


class _Walker:
    def __init__(self) -> None:
        self.files: dict[str, TranscriptFile] = {}
        self.holders: dict[str, int] = {}
        self.unreadable: set[str] = set()
        self.linked: set[str] = set()

    def enter_folders(self, walk: _RootWalk) -> None:
        """Take what lies below the folders of a walk, and note the links for later."""
        # Thousands of files pass here at each start, so this says at length what `_visit` does.
        folders, links, seen = walk.folders, walk.links, walk.seen
        files, holders, bit = self.files, self.holders, walk.bit
        while folders:
            folder, real_folder, parts = folders.popleft()
            if real_folder in seen:
                continue
            seen.add(real_folder)
            before = real_folder + os.sep
            for entry in self._list(folder, real_folder):
                name = entry.name
                if entry.is_symlink():
                    links.append((entry, (*parts, name)))
                elif entry.is_file():
                    if name.endswith(".jsonl"):
                        real = before + name
                        if real not in files:
                            self._take(entry, real, (*parts, name))
                        holders[real] = holders.get(real, 0) | bit
                elif _is_folder(entry):
                    folders.appendleft((entry.path, before + name, (*parts, name)))

    def follow_links(self, walk: _RootWalk) -> None:
        """Take what the links of a walk lead to, and the links there."""
        while walk.links:
            links = sorted(walk.links, key=_place)  # of two to one file, the first gives its place
            walk.links.clear()
            for link, parts in links:
                try:
                    real = os.path.realpath(link.path)
                except OSError:  # what it leads to went away meanwhile
                    continue
                self.linked.add(real)
                self._visit(walk, link, real, parts)
                self.enter_folders(walk)

    def _visit(self, walk: _RootWalk, entry: os.DirEntry[str], real: str, parts: _Parts) -> None:
        if parts[-1].endswith(".jsonl"):
            if real not in self.files:
                self._take(entry, real, parts)
            self.holders[real] = self.holders.get(real, 0) | walk.bit
        if _is_folder(entry):
            walk.folders.appendleft((entry.path, real, parts))

    def _list(self, folder: str, real_folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError:
            self.unreadable.add(real_folder)
            return []

    def _take(self, entry: os.DirEntry[str], real_path: str, parts: _Parts) -> None:
        try:
            info = entry.stat()
        except OSError:
            return
        if stat.S_ISREG(info.st_mode):
            self.files[real_path] = transcript_file(entry.path, real_path, parts, info)


def _place(link: _Link) -> _Parts:
    return link[1]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
