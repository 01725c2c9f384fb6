"""Every row of claudeusage carries totals, and they are those of a plain reading."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.bench.corpora import Recipe, prepared
from tests.bench.expected import Expected, expected, read
from tests.bench.measuring import in_turns
from tests.bench.ours import Ours
from tests.bench.peers import Peers
from tests.bench.sections import Bench
from tests.bench.totals import Totals

NO_PEERS = Peers(None)
ODD = Recipe(size=300_000, oddities=0.3)


def bench(store: Path, *only: str) -> Bench:
    store.mkdir(exist_ok=True)
    return Bench(NO_PEERS, store, ODD.size, oddities=ODD.oddities, rounds=2, only=only)


def test_a_process_of_its_own_reads_what_the_slow_reader_reads(tmp_path: Path) -> None:
    corpus = prepared(ODD, tmp_path)
    here, there = read(corpus, datetime.now(UTC)), expected(corpus)
    assert (there.before, there.after) == (here.before, here.after)
    assert there.responses > 0


def test_the_appended_line_is_one_more_response(tmp_path: Path) -> None:
    true = read(prepared(ODD, tmp_path), datetime.now(UTC))
    assert (true.after.messages or 0) - (true.before.messages or 0) == 1
    assert true.after.hash != true.before.hash


def test_first_unchanged_and_appended_are_held_to_the_slow_reader(tmp_path: Path) -> None:
    rows = "large/first", "large/unchanged", "large/appended"
    (section,) = bench(tmp_path / "store", *rows).sections()
    assert [row.entrant.key for row in section.rows] == ["first", "unchanged", "appended"]
    assert all(len(row.totals) == 2 for row in section.rows)
    assert not any(row.differs for row in section.rows)
    assert all("equal, " in cells[-1] for cells in section.table.rows)


def test_a_reading_that_counts_something_else_differs(tmp_path: Path) -> None:
    corpus = prepared(ODD, tmp_path)
    nothing = Totals(hash="", messages=0, input=0, output=0, cache_write=0, cache_read=0)
    wrong = Expected(0, 0, before=nothing, after=nothing, seconds=0)
    ours = Ours(corpus, wrong, tmp_path)
    rows = in_turns([ours.first(), ours.unchanged(), ours.appended()], 1)
    assert all(row.differs for row in rows)


def test_the_start_is_held_against_bare_python(tmp_path: Path) -> None:
    (section,) = bench(tmp_path / "store", "start/python", "start/today").sections()
    assert [cells[0] for cells in section.table.rows] == ["bare Python", "claudeusage today"]
    assert section.table.head[2] == "of python"


@pytest.mark.parametrize("rows", [("large/cat", "large/grep"), ("large/grep",)])
def test_only_the_rows_that_were_asked_for_are_measured(
    tmp_path: Path, rows: tuple[str, ...]
) -> None:
    (section,) = bench(tmp_path / "store", *rows).sections()
    assert tuple(f"large/{row.entrant.key}" for row in section.rows) == rows
