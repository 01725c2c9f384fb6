"""Ledgers of earlier versions: brought forward, with every row that they hold."""

import sqlite3
from importlib import resources
from pathlib import Path

import pytest

from claudeusage_app.collect import Collector
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.folders import Folders
from claudeusage_app.ledger.states import States
from claudeusage_app.ledger.tails import Tails
from claudeusage_app.prices import shipped_prices
from tests.transcript_lines import usage_line, write_transcript

AT = "2026-11-20T10:00:00.000Z"
SCRIPTS = sorted(
    each.name
    for each in (resources.files("claudeusage_app.ledger") / "migrations").iterdir()
    if each.name.endswith(".sql")
)
LATER_COLUMNS = {"held_in", "lines"}
CLEARED = {"tails", "skips"}
"""What the second step forgets, so that everything is read once more."""


def ledger_of(version: int, path: Path, projects: Path) -> None:
    """Make a ledger as *version* made it, with a row or more in every table."""
    with Database(path.with_name("now")) as database:
        Collector(database, shipped_prices()).collect((projects,))
        now = database.rows("SELECT * FROM facts")
    tables = [row[0] for row in _rows(path.with_name("now"), "SELECT name FROM sqlite_master")]
    with sqlite3.connect(path) as connection:
        for name in SCRIPTS[:version]:
            text = resources.files("claudeusage_app.ledger") / "migrations" / name
            connection.executescript(text.read_text("utf-8"))
        connection.execute(f"PRAGMA user_version = {version}")
        connection.executemany("INSERT INTO facts VALUES (?, ?)", now)
        connection.execute("ATTACH ? AS now", (str(path.with_name("now")),))
        for table in {"models", "sessions", "responses", "tails"} & set(tables):
            columns = [each[1] for each in connection.execute(f"PRAGMA table_info({table})")]
            listed = ", ".join(columns)
            connection.execute(f"INSERT INTO {table} SELECT {listed} FROM now.{table}")  # noqa: S608 -- names of our own tables
        connection.execute("INSERT INTO skips VALUES (x'00', 'no_model', 3)")
        connection.execute("INSERT INTO pending VALUES (1, 'o', 'a', 7, x'7b7d')")
        connection.execute("INSERT INTO uploads VALUES (1, 't', 'o', 'a', 6, NULL, x'', 'r')")
        connection.execute("INSERT INTO sent VALUES ('o', 'a', '2026-11-20', 'd')")
        connection.execute("INSERT INTO acknowledged VALUES ('o', 'a', '2026-11-20', 'd', x'7b')")
        connection.execute("INSERT INTO held VALUES ('o', 'a', '2026-11-20', 'd', 'e')")
        connection.execute("INSERT INTO accepted VALUES ('o', 'a', 'f', 't')")
    connection.close()


def _rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of every table, without what later versions added."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for (table,) in _rows(path, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"):
        columns = [str(each[1]) for each in _rows(path, f"PRAGMA table_info({table})")]
        kept = ", ".join(each for each in columns if each not in LATER_COLUMNS)
        found[str(table)] = _rows(path, f"SELECT {kept} FROM {table} ORDER BY 1")  # noqa: S608 -- as above
    return found


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    folder = tmp_path / "claude/projects"
    write_transcript(folder, usage_line(1, AT), usage_line(2, AT, model="nobody-knows-1"))
    return folder


@pytest.mark.parametrize("version", range(1, len(SCRIPTS)))
def test_no_row_of_an_earlier_version_is_lost(tmp_path: Path, projects: Path, version: int) -> None:
    path = tmp_path / "ledger.sqlite3"
    ledger_of(version, path, projects)
    before = contents(path)
    assert all(before[table] for table in before)
    Database(path).close()
    after = contents(path)
    for table, rows in before.items():
        assert after[table] == ([] if table in CLEARED else rows), table
    assert _rows(path, "PRAGMA user_version") == [(len(SCRIPTS),)]


@pytest.mark.parametrize("version", range(1, len(SCRIPTS)))
def test_what_was_counted_before_folders_were_noted_is_found_in_them_and_counts_once(
    tmp_path: Path, projects: Path, version: int
) -> None:
    path = tmp_path / "ledger.sqlite3"
    ledger_of(version, path, projects)
    with Database(path) as database:
        assert Folders(database).held([projects])[0].responses == 0
        assert not Collector(database, shipped_prices()).collect((projects,)).changed
        assert Folders(database).held([projects])[0].alone == 2
        assert len(list(States(database).responses())) == 2
        assert Tails(database).lines() == 2


def test_a_step_that_is_cut_short_leaves_the_earlier_version(
    tmp_path: Path, projects: Path
) -> None:
    path = tmp_path / "ledger.sqlite3"
    ledger_of(1, path, projects)
    before = contents(path)
    size = path.stat().st_size // 4096

    class Full(Database):
        """A ledger on a disk without room for a page more."""

        def _log_ahead(self) -> None:
            super()._log_ahead()
            self.execute(f"PRAGMA max_page_count = {size}")

    with pytest.raises(Exception, match="full"):
        Full(path)
    assert contents(path) == before
    assert _rows(path, "PRAGMA user_version") == [(1,)]
    Database(path).close()
    assert _rows(path, "PRAGMA user_version") == [(len(SCRIPTS),)]
