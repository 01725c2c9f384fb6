"""The groups of rows: what is read, by whom, and how often."""

import sys
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.bench import corpora
from tests.bench.corpora import Corpus, Recipe
from tests.bench.expected import Expected, expected
from tests.bench.measuring import Entrant, Row, in_turns
from tests.bench.ours import NAME, TODAY, Ours
from tests.bench.peers import Peers
from tests.bench.table import MEGABYTE, Table, peaks, timings

MEDIUM = 100 * MEGABYTE
SMALL_FILES = 5_000
PEER = "ccusage"
BARE = "python"
FIRST = {"ccusage", "tokscale", "first"}
"""Those that read everything and keep something of it."""


class Section(NamedTuple):
    """A table, and the rows that it shows."""

    table: Table
    rows: Sequence[Row]


@dataclass(frozen=True)
class Bench:
    """What is to be measured, and where there is room for it."""

    peers: Peers
    store: Path
    size: int
    """Of the large corpus, in bytes."""
    oddities: float = 0.0
    rounds: int | None = None
    only: tuple[str, ...] = ()

    def sections(self) -> Iterator[Section]:
        """Measure one group of rows after the other."""
        large = Recipe(size=self.size, oddities=self.oddities)
        medium = Recipe(size=MEDIUM, oddities=self.oddities)
        small = Recipe(files=SMALL_FILES)
        if self._wanted("large"):
            yield self._reading("large", large, 5)
        if self._wanted("medium"):
            yield self._reading("medium", medium, 7)
        if self._wanted("files"):
            yield self._reading("files", small, 7)
        if self._wanted("start"):
            yield self._start(15)
        if self._wanted("memory"):
            yield self._memory((medium, large))

    def _reading(self, section: str, recipe: Recipe, rounds: int) -> Section:
        with self._read_by(recipe) as (corpus, true, entrants):
            chosen = self._chosen(section, entrants)
            times = self.rounds or rounds
            rows = in_turns(chosen, times)
        title = (
            f"reading {_size(corpus)} ({corpus.files:,} files, {true.usage_lines:,} usage lines,"
            f" {true.responses:,} responses), median of {times}"
        )
        return Section(timings(title, rows, PEER), rows)

    def _start(self, rounds: int) -> Section:
        environ = corpora.empty(self.store).environ
        with tempfile.TemporaryDirectory() as config:
            environ["CLAUDEUSAGE_CONFIG_DIR"] = config
            python = sys.executable
            entrants = (
                Entrant(BARE, "bare Python", (python, "-c", "pass"), environ),
                Entrant("today", f"{NAME} today", TODAY, environ),
                Entrant("clone", "python3 -m app today", (python, "-m", "app", "today"), environ),
            )
            times = self.rounds or rounds
            in_turns(entrants, 1)
            rows = in_turns(self._chosen("start", entrants), times)
        return Section(timings(f"no transcripts, median of {times}", rows, BARE), rows)

    def _memory(self, recipes: Sequence[Recipe]) -> Section:
        """Measure apart, because whoever looks on all the time takes time."""
        found: list[tuple[str, Row]] = []
        for recipe in recipes:
            with self._read_by(recipe) as (corpus, _, entrants):
                chosen = self._chosen("memory", [each for each in entrants if each.key in FIRST])
                found += ((_size(corpus), row) for row in in_turns(chosen, 1, sampled=True))
        return Section(peaks("peak memory", found), [row for _, row in found])

    @contextmanager
    def _read_by(self, recipe: Recipe) -> Generator[tuple[Corpus, Expected, list[Entrant]]]:
        """Give a corpus with all that can read it, those of the system first."""
        corpus = corpora.prepared(recipe, self.store)
        true = expected(corpus)
        with tempfile.TemporaryDirectory(dir=self.store) as folder:
            ours = Ours(corpus, true, Path(folder))
            entrants = [
                *_of_the_system(corpus),
                *self.peers.on(corpus, true.before),
                ours.first(),
                ours.unchanged(),
                ours.appended(),
            ]
            yield corpus, true, entrants

    def _wanted(self, section: str) -> bool:
        return not self.only or any(each.partition("/")[0] == section for each in self.only)

    def _chosen(self, section: str, entrants: Sequence[Entrant]) -> list[Entrant]:
        if not self.only or section in self.only:
            return list(entrants)
        return [each for each in entrants if f"{section}/{each.key}" in self.only]


def _of_the_system(corpus: Corpus) -> tuple[Entrant, ...]:
    every = 'find "$0" -type f -name "*.jsonl" -exec cat {} + > /dev/null'
    projects = str(corpus.projects)
    return (
        Entrant("cat", "cat of the tree", ("sh", "-c", every, projects), corpus.environ),
        Entrant(
            "grep",
            "grep -cF '\"usage\"'",
            ("grep", "-rcF", '"usage"', projects),
            corpus.environ,
        ),
    )


def _size(corpus: Corpus) -> str:
    megabytes = corpus.bytes / MEGABYTE
    return f"{megabytes / 1000:.1f} GB" if megabytes >= 1000 else f"{megabytes:.0f} MB"
