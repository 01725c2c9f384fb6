"""The folders of transcripts that are read: written once, read once to be in the page cache."""

import hashlib
import json
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests import corpus, transcript_corpus
from tests.transcript_lines import usage_line

APPENDED = usage_line(10**20, "2026-11-17T12:00:00.000Z").encode() + b"\n"
"""The line that is appended to the last transcript."""
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Recipe:
    """What to write: so many *files*, all of them small, or else so many bytes."""

    size: int = 0
    files: int = 0
    seed: int = 0
    oddities: float = 0.0

    @property
    def name(self) -> str:
        """Return a name that says it all, and the text of the generators."""
        words = json.dumps(asdict(self)).encode()
        for module in (transcript_corpus, corpus):
            words += Path(module.__file__ or "").read_bytes()
        return hashlib.sha256(words).hexdigest()[:12]


@dataclass(frozen=True)
class Corpus:
    """Transcripts below the home folder of somebody who never was."""

    home: Path
    files: int
    bytes: int

    @property
    def claude(self) -> Path:
        return self.home / ".claude"

    @property
    def projects(self) -> Path:
        return self.claude / "projects"

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a process that reads these transcripts, and no others."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.home),
            "CLAUDE_CONFIG_DIR": str(self.claude),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }

    @property
    def last(self) -> Path:
        """The transcript that grows."""
        return max(self.projects.rglob("*.jsonl"))

    @contextmanager
    def away(self) -> Generator[None]:
        """Take the transcripts out of sight, until the block ends."""
        aside = self.home / "aside"
        self.projects.rename(aside)
        try:
            yield
        finally:
            aside.rename(self.projects)


def prepared(recipe: Recipe, store: Path) -> Corpus:
    """Return the transcripts of a recipe, written below *store* unless they are there."""
    home = store / recipe.name
    if not home.is_dir():
        unfinished = home.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        _write(recipe, unfinished / ".claude" / "projects")
        unfinished.rename(home)
    made = Corpus(home, 0, 0)
    Growing(made.last).shrink()
    sizes = [_read(path) for path in home.rglob("*.jsonl")]
    return Corpus(home, len(sizes), sum(sizes))


def empty(store: Path) -> Corpus:
    """Return a home folder without transcripts."""
    made = Corpus(store / "empty", 0, 0)
    made.projects.mkdir(parents=True, exist_ok=True)
    return made


def _write(recipe: Recipe, projects: Path) -> None:
    if recipe.files:
        transcript_corpus.write_small_files(projects, recipe.files, recipe.seed)
    else:
        transcript_corpus.write(projects, recipe.size, recipe.seed, oddities=recipe.oddities)


def _read(path: Path) -> int:
    with path.open("rb", buffering=0) as file:
        return sum(map(len, iter(lambda: file.read(_CHUNK), b"")))


class Growing:
    """A transcript that grows by a line and is cut again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def grow(self) -> None:
        with self._path.open("ab") as file:
            file.write(APPENDED)

    def shrink(self) -> None:
        """Take the line away again, if it is there."""
        with self._path.open("rb+") as file:
            whole = file.seek(0, os.SEEK_END) - len(APPENDED)
            if file.seek(max(whole, 0)) == whole and file.read() == APPENDED:
                file.truncate(whole)
