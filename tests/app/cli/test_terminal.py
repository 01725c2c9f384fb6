"""The report on a real terminal: readable at any width, and the same figures as piped."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from claudeusage_app.cli.terminal import fitted
from claudeusage_resources.sample import sample_transcripts
from tests.processes import PATIENCE_SECONDS, claudeusage
from tests.terminals import on_terminal, unstyled
from tests.transcript_lines import usage_line, write_transcript

WAYS = ("day", "week", "month", "model", "session")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TREES = Path(__file__).parents[4] / "shared" / "transcripts"
THEN_NAME_WHAT_IS_LOADED = """
import sys
from claudeusage_app.cli import main
code = main(["report"])
print(*(name for name in sys.modules if name.partition(".")[0] == "rich"), file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    for file in sample_transcripts(NOW):
        path = tmp_path / "claude" / "projects" / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
    return {
        "HOME": str(tmp_path),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
        "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "program"),
    }


def words(table: str) -> list[str]:
    """Return every row's words: its name and its figures, without the line above the total."""
    return [" ".join(line.split()) for line in table.splitlines()[1:] if "──" not in line]


def figures(text: str) -> list[list[str]]:
    """Return the rows of a table below its head, whose words may stand on two lines."""
    lines = [line.split(" ") for line in words(text)]
    return [line for line in lines if any(any(map(str.isdigit, word)) for word in line[1:])]


@pytest.mark.parametrize("by", WAYS)
@pytest.mark.parametrize("columns", [80, 200])
def test_a_terminal_shows_the_same_figures_as_a_pipe(
    environ: dict[str, str], by: str, columns: int
) -> None:
    piped = claudeusage("report", "--by", by, environ=environ)
    shown = on_terminal(columns, "report", "--by", by, environ=environ)
    lines = unstyled(shown.out).splitlines()
    assert (shown.code, shown.err) == (0, piped.err)
    assert figures("\n".join(lines)) == figures(piped.out.decode())
    assert len(figures("\n".join(lines))) > 2
    assert max(map(len, lines)) <= columns
    assert set(lines[-2]) == {"─"}
    assert lines[-1].startswith("Total ")


@pytest.mark.parametrize("by", ["day", "model", "session"])
def test_real_transcripts_show_the_same_figures_as_a_pipe(environ: dict[str, str], by: str) -> None:
    if not TREES.is_dir():
        pytest.skip("the real transcripts are not there")
    here = environ | {"CLAUDE_CONFIG_DIR": ",".join(map(str, sorted(TREES.glob("tree*"))))}
    piped = claudeusage("report", "--by", by, environ=here)
    shown = on_terminal(80, "report", "--by", by, environ=here)
    assert figures(unstyled(shown.out)) == figures(piped.out.decode())


def test_a_narrow_terminal_goes_on_in_further_tables(environ: dict[str, str]) -> None:
    piped = figures(claudeusage("report", "--days", "9999", environ=environ).out.decode())
    shown = unstyled(on_terminal(40, "report", environ=environ).out)
    tables = [figures(table) for table in shown.split("\n\n")]
    assert max(map(len, shown.splitlines())) <= 40
    assert len(tables) > 1
    for number, row in enumerate(piped):
        name = 1 if row[0] == "Total" else 2
        again = [table[number] for table in tables]
        assert all(each[:name] == row[:name] for each in again)
        assert [word for each in again for word in each[name:]] == row[name:]


def test_numbers_end_in_one_column(environ: dict[str, str]) -> None:
    shown = unstyled(on_terminal(200, "report", "--by", "model", environ=environ).out)
    head, *rows = (line for line in shown.splitlines() if "──" not in line)
    assert {len(line) for line in (head, *rows)} == {len(head)}
    end = head.index("Cost") + len("Cost")
    assert all(row[end - 1] != " " and row[end] == " " for row in rows)


def test_figures_too_long_for_one_line_are_never_cut() -> None:
    rows = [("Day", "Cost", "Cache read"), ("Thu 2026-11-19", "$1,234,567.89", "123M")]
    for width in range(29, 60):
        tables = list(fitted([*rows, rows[1]], width))
        cells = [cell for table, _ in tables for cell in table[1]]
        assert {"$1,234,567.89", "123M"} <= set(cells)
        for table, gap in tables:
            widths = [max(map(len, column)) for column in zip(*table[1:], strict=True)]
            assert sum(widths) + gap * (len(widths) - 1) <= width


def test_a_terminal_without_colours_gets_no_escape_sequence(environ: dict[str, str]) -> None:
    styled = on_terminal(80, "report", environ=environ)
    plain = on_terminal(80, "report", environ=environ | {"NO_COLOR": "1"})
    assert b"\x1b[" in styled.out
    assert b"\x1b" not in plain.out
    assert plain.out.decode() == unstyled(styled.out)
    assert on_terminal(80, "report", environ=environ | {"NO_COLOR": ""}).out == styled.out


@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_what_machines_read_is_the_same_on_a_terminal(environ: dict[str, str], form: str) -> None:
    piped = claudeusage("report", form, environ=environ)
    assert on_terminal(80, "report", form, environ=environ).out == piped.out


def test_a_pipe_gets_plain_text_and_loads_no_rich(environ: dict[str, str]) -> None:
    command = f"\"{sys.executable}\" -P -c '{THEN_NAME_WHAT_IS_LOADED}' | cat"
    done = subprocess.run(
        ("sh", "-c", command),
        env=environ | {"PATH": "/usr/bin:/bin"},
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == b""
    assert b"\x1b" not in done.stdout
    assert done.stdout == claudeusage("report", environ=environ).out


def test_the_plain_table_is_laid_out_in_columns(environ: dict[str, str], tmp_path: Path) -> None:
    alone = environ | {
        "CLAUDE_CONFIG_DIR": str(tmp_path / "one"),
        "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "other"),
    }
    write_transcript(tmp_path / "one" / "projects", usage_line(1, "2026-11-20T10:00:00Z"))
    piped = claudeusage("report", "--by", "model", environ=alone).out.decode()
    assert piped.splitlines() == [
        "Model             Cost  Messages  Input  Output  Cache write  Cache read",
        "claude-opus-5-5  $0.02         1     10     100        2.00k       30.0k",
        "Total            $0.02         1     10     100        2.00k       30.0k",
    ]


def test_a_period_without_usage_is_a_sentence_on_a_terminal_too(environ: dict[str, str]) -> None:
    shown = on_terminal(80, "report", "--until", "2020-01-01", environ=environ)
    assert shown.out == b"No usage in this period.\n"
