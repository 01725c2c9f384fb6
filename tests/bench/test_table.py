"""Measurements are shown as medians beside what they are held against."""

from datetime import date

import pytest

from tests.bench import readme
from tests.bench.measuring import Entrant, Row, Run
from tests.bench.table import Table, peaks, timings
from tests.bench.totals import Totals

MEGABYTE = 1_000_000
TABLE = Table(("what", "s"), (("one", "1.0"), ("another", "10.0")))
RIGHT = Totals(hash="0badcafe", messages=1, input=1, output=1, cache_write=1, cache_read=1)


def run(wall: float, *, code: int = 0, errors: str = "") -> Run:
    return Run(wall, wall * 2, 40 * MEGABYTE, code, (35 * MEGABYTE, 25 * MEGABYTE), b"", errors)


def row(key: str, *walls: float) -> Row:
    return Row(Entrant(key, key, ("true",), {}), [run(wall) for wall in walls])


def test_a_row_has_its_median_and_the_least_and_the_most() -> None:
    table = timings("", [row("ours", 0.03, 0.01, 1.5)], "peer")
    assert table.rows == (("ours", "0.030 (0.010–1.50)", "", "0.060", "", "40", ""),)


def test_a_row_is_a_ratio_to_the_one_it_is_held_against() -> None:
    table = timings("", [row("peer", 2.0, 2.0, 2.0), row("ours", 1.0), row("again", 0.1)], "peer")
    assert table.head[2] == "of peer"
    assert [cells[2] for cells in table.rows] == ["1.00", "0.50", "0.050"]


def test_a_peer_that_failed_has_a_row_that_says_so() -> None:
    failed = Row(Entrant("peer", "peer", ("true",), {}, peer=True))
    failed.failures.append(run(1, code=1, errors="no such thing\nand more"))
    assert timings("", [failed, row("ours", 1.0)], "peer").rows[0] == (
        *("peer", "failed", "", "", "", ""),
        "no such thing",
    )


def test_one_wrong_total_is_shown_before_right_ones() -> None:
    wrong = Totals(hash="deadbeef", messages=2, input=1, output=1, cache_write=1, cache_read=1)
    entrant = Entrant("ours", "ours", ("true",), {}, expected=RIGHT)
    told = timings("", [Row(entrant, [run(1)], [wrong, RIGHT])], "peer").rows[0][-1]
    assert told == "DIFFERS, deadbeef for 0badcafe; messages +1 (+100.0%)"


def test_each_process_is_listed_by_its_peak() -> None:
    assert peaks("", [("1 GB", row("ours", 1.0))]).rows == (("ours", "1 GB", "35 + 25"),)


def test_a_terminal_gets_columns() -> None:
    assert TABLE.aligned().splitlines() == ["what        s", "one       1.0", "another  10.0"]


def test_the_readme_gets_markdown_between_its_markers() -> None:
    text = f"before\n\n{readme.BEGIN}\n\nold\n\n{readme.END}\n\nafter\n"
    written = readme.with_tables(text, "Somewhere.", [TABLE])
    assert written == (
        f"before\n\n{readme.BEGIN}\n\nSomewhere.\n\n"
        "| what | s |\n| --- | ---: |\n| one | 1.0 |\n| another | 10.0 |\n\n"
        f"{readme.END}\n\nafter\n"
    )
    assert readme.with_tables(written, "Somewhere.", [TABLE]) == written


def test_a_text_without_markers_is_not_written() -> None:
    with pytest.raises(ValueError, match="markers"):
        readme.with_tables("text", "", [])


def test_the_readme_has_the_markers() -> None:
    text = readme.README.read_text("utf-8")
    assert text.count(readme.BEGIN) == text.count(readme.END) == 1
    assert text.index(readme.BEGIN) < text.index(readme.END)


def test_the_machine_is_named_with_the_day() -> None:
    assert readme.machine(date(2026, 11, 3)).startswith("Measured on 3 November 2026: ")
