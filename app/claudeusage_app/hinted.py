"""A walk over only those transcripts of which an event said that they have changed.

It gives what the walk over everything would give of them, or nothing where it cannot be sure.
"""

import os
import stat
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import NamedTuple

from claudeusage_app.walk import TranscriptFile, Walk, transcript_file


class Hinted(NamedTuple):
    """What may have changed since the last walk over everything."""

    paths: frozenset[str]
    linked: frozenset[str]
    """What links led to at that walk: whatever is there may lie below more folders than one."""


def look(roots: Iterable[Path], hinted: Hinted) -> Walk | None:
    """Return the hinted transcripts, or None where only a walk over everything tells.

    That is where a path is no plain file below a root, or is reached through a link.
    """
    places = sorted(
        (os.path.realpath(root), str(root), 1 << number) for number, root in enumerate(roots)
    )
    files: dict[str, TranscriptFile] = {}
    holders: defaultdict[str, int] = defaultdict(int)
    for path in sorted(hinted.paths):
        if os.path.realpath(path) != path or any(_holds(each, path) for each in hinted.linked):
            return None
        for real_root, root, bit in places:
            if not _holds(real_root, path) or path == real_root:
                continue
            holders[path] |= bit
            if path not in files:
                found = _file(path, root, real_root)
                if found is None:
                    return None
                files[path] = found
        if path not in files:
            return None
    return Walk(tuple(files.values()), holders, 0, hinted.linked)


def _file(path: str, root: str, real_root: str) -> TranscriptFile | None:
    parts = PurePath(path).parts[len(PurePath(real_root).parts) :]
    try:
        info = os.lstat(path)
    except OSError:
        return None
    if not path.endswith(".jsonl") or not stat.S_ISREG(info.st_mode):
        return None
    return transcript_file(os.path.join(root, *parts), path, parts, info)  # noqa: PTH118 -- as the walk spells it


def _holds(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
