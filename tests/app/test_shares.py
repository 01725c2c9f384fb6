"""A scan shared among processes gives what one process gives, whatever becomes of the others."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from claudeusage_app.collect import Collector
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.states import States
from claudeusage_app.ledger.tails import Tails
from claudeusage_app.looked import Stale
from claudeusage_app.shares import divided
from claudeusage_app.walk import TranscriptFile
from claudeusage_resources.price_table import shipped_prices
from tests import corpus

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only on Linux a process divides")

SHARE = """
import os, signal, sys
from contextlib import contextmanager
from pathlib import Path
from claudeusage_app import shares
from claudeusage_app.collect import Collector
from claudeusage_app.ledger.database import Database
from claudeusage_resources.price_table import shipped_prices

ledger, folder, what = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
first, told, times = os.getpid(), [], []

@contextmanager
def opened():
    if os.getpid() != first and what == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    times.append(1)
    if os.getpid() == first and what == "stopped" and len(times) == 2:  # the others run by then
        raise KeyboardInterrupt
    with Database(ledger) as database:
        yield database

with Database(ledger) as database:
    looked = Collector(database, shipped_prices()).look((folder,))
try:
    tell = told.append if what == "told" else None
    found = shares.read(opened, shipped_prices(), looked, tell, among=3)
except KeyboardInterrupt:
    print("stopped")
else:
    print(found.changed, found.unreadable, found.transcripts)
    if told:
        files, size = len(looked.stale), sum(each.new_bytes for each in looked.stale)
        print(told[-1] == (files, files, size, size))
        print(all(a.bytes_done <= b.bytes_done for a, b in zip(told, told[1:])))
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("no process left")
"""


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    corpus.write(tmp_path / "projects", size=500_000, seed=5)
    return tmp_path / "projects"


def share(ledger: Path, projects: Path, what: str = "") -> list[str]:
    done = subprocess.run(
        (sys.executable, "-P", "-c", SHARE, str(ledger), str(projects), what),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def contents(ledger: Path) -> tuple[list[str], dict[str, int]]:
    """Return what the ledger counts and passed over, told in words that every ledger shares."""
    with Database(ledger) as database:
        counted = sorted(repr((e.time_ms, e.usage.tokens)) for e in States(database).responses())
        return counted, Tails(database).skipped()


def clean(projects: Path) -> tuple[list[str], dict[str, int]]:
    ledger = projects.with_name("clean.sqlite3")
    with Database(ledger) as database:
        Collector(database, shipped_prices()).collect((projects,))
    return contents(ledger)


def test_what_is_shared_is_what_one_process_reads(projects: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.sqlite3"
    files = len(list(projects.rglob("*.jsonl")))
    said = share(ledger, projects)
    assert said[0].startswith("True 0 ")
    assert said[-1] == "no process left"
    assert contents(ledger) == clean(projects)
    with Database(ledger) as database:
        again = Collector(database, shipped_prices()).look((projects,))
    assert again.stale == []
    assert files > 3


def test_the_progress_of_all_processes_is_told_as_one(projects: Path, tmp_path: Path) -> None:
    said = share(tmp_path / "ledger.sqlite3", projects, "told")
    assert said[1:] == ["True", "True", "no process left"]


def test_the_share_of_a_process_that_was_killed_is_read_by_another(
    projects: Path, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger.sqlite3"
    said = share(ledger, projects, "killed")
    assert said[0].startswith("True 0 ")
    assert contents(ledger) == clean(projects)


def test_no_process_is_left_when_the_first_is_stopped(projects: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.sqlite3"
    assert share(ledger, projects, "stopped") == ["stopped", "no process left"]
    share(ledger, projects)
    assert contents(ledger) == clean(projects)


def indexed(ledger: Path) -> bool:
    with Database(ledger) as database:
        return bool(database.row("SELECT 1 FROM sqlite_master WHERE name = 'responses_by_time'"))


def test_the_index_by_time_is_made_after_a_first_reading(projects: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.sqlite3"
    share(ledger, projects, "stopped")
    assert not indexed(ledger)
    share(ledger, projects)
    assert indexed(ledger)


def test_an_index_that_a_stopped_reading_left_out_is_made_by_the_next_look(
    projects: Path, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger.sqlite3"
    share(ledger, projects, "stopped")
    with Database(ledger) as database:
        Collector(database, shipped_prices()).look((projects,))
    assert indexed(ledger)


def test_a_later_reading_keeps_the_index(projects: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.sqlite3"
    with Database(ledger) as database:
        Collector(database, shipped_prices()).collect((projects,))
        database.execute("DELETE FROM tails")
    share(ledger, projects, "stopped")
    assert indexed(ledger)


def test_transcripts_that_cannot_be_read_are_counted_once(projects: Path, tmp_path: Path) -> None:
    for number in range(4):
        (projects / f"gone-{number}.jsonl").write_text("{}")
    code = SHARE.replace(
        "try:\n    tell",
        "for path in folder.glob('gone-*.jsonl'):\n    path.unlink()\ntry:\n    tell",
        1,
    )
    done = subprocess.run(
        (sys.executable, "-P", "-c", code, str(tmp_path / "ledger"), str(projects), ""),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[0].split()[1] == "4"


def sizes(shares: Sequence[Sequence[Stale]]) -> list[int]:
    return [sum(each.new_bytes for each in share) for share in shares]


def stale(size: int) -> Stale:
    return Stale(os.urandom(4), TranscriptFile("", "", (), size, 0, 0), None, 1)


def test_shares_are_of_about_as_many_bytes() -> None:
    found = [stale(size) for size in (1, 2, 3, 900, 5, 400, 500, 7)]
    shares = divided(found, 2)
    assert sorted(each for share in shares for each in share) == sorted(found)
    assert sizes(shares) == [909, 909]
    assert sizes(divided([stale(3)], 3)) == [3, 0, 0]
