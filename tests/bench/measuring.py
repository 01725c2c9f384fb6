"""Whole processes measured in turns: the time, the CPU and the memory of all that they start."""

import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.bench.totals import Totals

LAUNCHER = Path(__file__).with_name("launcher.py")
ROOT = Path(__file__).resolve().parents[2]


class Run(NamedTuple):
    """What one run of a command took: seconds, and bytes at the peak."""

    wall: float
    cpu: float
    peak: int
    """Of the largest process."""
    code: int
    peaks: tuple[int, ...]
    """Of each process, where that was asked for."""
    output: bytes
    errors: str


class Spread(NamedTuple):
    """A median with the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        found = list(values)
        return cls(statistics.median(found), min(found), max(found))


def _nothing() -> None:
    pass


def _no_totals(_: Run) -> Totals | None:
    return None


@dataclass(frozen=True)
class Entrant:
    """A command that is measured, and what stands around each of its runs."""

    key: str
    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    before: Callable[[], None] = _nothing
    totals: Callable[[Run], Totals | None] = _no_totals
    """Return what a run counted."""
    expected: Totals | None = None
    """What is there to count."""
    peer: bool = False
    """Whether it may fail, and count something else; that is only told."""


@dataclass(frozen=True)
class Row:
    """An entrant with its runs."""

    entrant: Entrant
    runs: list[Run] = field(default_factory=list[Run])
    totals: list[Totals] = field(default_factory=list[Totals])
    failures: list[Run] = field(default_factory=list[Run])
    """Runs of a peer that did not end well."""

    def add(self, run: Run) -> None:
        """Add a run that ended well."""
        self.runs.append(run)
        found = self.entrant.totals(run)
        if found is not None:
            self.totals.append(found)

    @property
    def wall(self) -> Spread:
        return Spread.of(run.wall for run in self.runs)

    @property
    def cpu(self) -> Spread:
        return Spread.of(run.cpu for run in self.runs)

    @property
    def peak(self) -> Spread:
        return Spread.of(run.peak for run in self.runs)

    @property
    def differs(self) -> bool:
        """Whether a run did not count what it has to."""
        expected = self.entrant.expected
        return not self.entrant.peer and any(each != expected for each in self.totals)


class CommandFailed(Exception):
    """A measured command ended with another exit code than 0."""

    def __init__(self, entrant: Entrant, run: Run) -> None:
        super().__init__(f"{entrant.name} ended with {run.code}: {run.errors.strip()[-500:]}")


def in_turns(entrants: Sequence[Entrant], rounds: int, *, sampled: bool = False) -> list[Row]:
    """Run all entrants one after the other, so many times, and return their rows.

    Each of them feels alike what else the machine does.
    """
    rows = [Row(entrant) for entrant in entrants]
    for _ in range(rounds):
        for row in rows:
            row.entrant.before()
            run = measured(row.entrant.command, row.entrant.environ, sampled=sampled)
            if not run.code:
                row.add(run)
            elif row.entrant.peer:
                row.failures.append(run)
            else:
                raise CommandFailed(row.entrant, run)
    return rows


def measured(command: Sequence[str], environ: Mapping[str, str], *, sampled: bool = False) -> Run:
    """Run a command to its end in the root of the clone, with nothing on its stdin."""
    how = "sampled" if sampled else "plain"
    with TemporaryDirectory() as folder:
        result, output, errors = (Path(folder, name) for name in ("result", "output", "errors"))
        launch = (sys.executable, "-I", "-S", str(LAUNCHER), str(result), how, *command)
        with output.open("wb") as out, errors.open("wb") as err:
            subprocess.run(
                launch,
                env=environ,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                check=True,
            )
        wall, cpu, peak, code, *peaks = map(float, result.read_text("utf-8").split())
        return Run(
            wall=wall,
            cpu=cpu,
            peak=int(peak),
            code=int(code),
            peaks=tuple(map(int, peaks)),
            output=output.read_bytes(),
            errors=errors.read_text("utf-8", "replace"),
        )
