"""Ledgers of earlier versions: brought forward, with every row that they hold."""

import json
import sqlite3
from importlib import resources
from pathlib import Path

import pytest

from claudeusage_app.collect import Collector
from claudeusage_app.ledger.checking import faults
from claudeusage_app.ledger.database import VERSION, Database
from claudeusage_app.ledger.errors import LedgerUnavailable
from claudeusage_app.ledger.folders import Folders
from claudeusage_app.ledger.history import made_uploads
from claudeusage_app.ledger.rows import Kept
from claudeusage_app.ledger.states import States
from claudeusage_core.responses import Era, response_of
from claudeusage_core.wire import receipt
from claudeusage_resources.price_table import shipped_prices
from tests import corpus

SCRIPTS = sorted(
    each.name
    for each in (resources.files("claudeusage_app.ledger") / "migrations").iterdir()
    if each.name.endswith(".sql")
)
LATER_COLUMNS = {"held_in", "since_ms", "days", "model_rows", "bytes"}
CLEARED = {"tails", "skips"}
"""What the second step forgets, so that everything is read once more."""


FIRST_COLUMNS = 25

UPLOAD = b'{"days":[{"models":[{},{}]},{"models":[]}],"sequence":7}'
"""A body as far as its counts are concerned: two days, two model rows."""


def ledger_of(path: Path, projects: Path) -> None:
    """Make a ledger as the first version made it, with a row or more in every table."""
    now = path.with_name("now")
    with Database(now) as database:
        Collector(database, shipped_prices()).collect((projects,))
        responses = [first_row(each, database) for each in States(database).everything()]
    connection = sqlite3.connect(path)
    with connection:
        text = resources.files("claudeusage_app.ledger") / "migrations" / SCRIPTS[0]
        connection.executescript(text.read_text("utf-8"))
        connection.execute("PRAGMA user_version = 1")
        connection.execute("ATTACH ? AS now", (str(now),))
        connection.execute("INSERT INTO facts SELECT * FROM now.facts")
        connection.execute("INSERT INTO models SELECT * FROM now.models")
        connection.execute("INSERT INTO sessions SELECT id, token FROM now.sessions")
        connection.execute(
            "INSERT INTO tails SELECT file, size, mtime_ns, inode, read_to, ending FROM now.tails"
        )
        marks = ", ".join("?" * FIRST_COLUMNS)
        connection.executemany(f"INSERT INTO responses VALUES ({marks})", responses)  # noqa: S608 -- question marks
        connection.execute("INSERT INTO skips VALUES (x'00', 'no_model', 3)")
        connection.execute("INSERT INTO pending VALUES (1, 'o', 'a', 7, x'7b7d')")
        connection.execute(
            "INSERT INTO uploads VALUES (1, '2025-11-20T10:00:00Z', 'o', 'a', 6, NULL, x'', 'r')"
        )
        connection.execute(
            "INSERT INTO uploads VALUES (2, '2026-11-20T10:00:00+00:00', 'o', 'a', 7, ?, x'', ?)",
            (UPLOAD, receipt(UPLOAD)),
        )
        connection.execute("INSERT INTO sent VALUES ('o', 'a', '2026-11-20', 'd')")
        connection.execute("INSERT INTO acknowledged VALUES ('o', 'a', '2026-11-20', 'd', x'7b')")
        connection.execute("INSERT INTO held VALUES ('o', 'a', '2026-11-20', 'd', 'e')")
        connection.execute("INSERT INTO accepted VALUES ('o', 'a', 'f', 't')")
    connection.close()


def first_row(kept: Kept, database: Database) -> tuple[object, ...]:
    """Return a state as the first version wrote it."""
    rows = database.rows("SELECT name, id FROM models")
    models: dict[str, int] = dict(rows)
    sessions = {token.hex(): n for token, n in database.rows("SELECT token, id FROM sessions")}
    best, response = kept.state.best, response_of(kept.state)
    owners = [
        column
        for owner in kept.state.owners
        for column in (
            (None, None, None)
            if owner is None
            else (owner.time_ms, int(owner.elsewhere), sessions[owner.session])
        )
    ]
    columns: tuple[object, ...] = (None,) * 13
    if best is not None:
        usage = best.usage
        extras = [[each.model, *each.tokens] for each in usage.extras]
        flags = usage.fast + 2 * usage.us_inference + 4 * usage.batch + 8 * usage.stopped
        columns = (
            int(best.copy_class),
            best.time_ms,
            models[usage.model],
            *usage.tokens,
            usage.web_searches,
            usage.deciding_prompt,
            flags,
            usage.cost_usd,
            json.dumps(extras) if extras else None,
        )
    time_ms = None if response is None else response.time_ms
    return (kept.number, int(kept.era), time_ms, *columns, *owners)


def states(path: Path) -> list[Kept]:
    with Database(path) as database:
        return [each._replace(held_in=0) for each in States(database).everything()]


def _rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of every table but the responses, without what later versions added."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for (table,) in _rows(path, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"):
        columns = [str(each[1]) for each in _rows(path, f"PRAGMA table_info({table})")]
        kept = ", ".join(each for each in columns if each not in LATER_COLUMNS)
        found[str(table)] = _rows(path, f"SELECT {kept} FROM {table} ORDER BY 1")  # noqa: S608 -- names of our own tables
    found.pop("responses")
    return found


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    folder = tmp_path / "claude/projects"
    corpus.write(folder, size=400_000, seed=11)
    return folder


def test_no_row_of_an_earlier_version_is_lost(tmp_path: Path, projects: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    ledger_of(path, projects)
    before = contents(path)
    assert all(before[table] for table in before)
    kept = states(tmp_path / "now")
    assert {each.era for each in kept} == set(Era)
    assert states(path) == kept
    after = contents(path)
    for table, rows in before.items():
        assert after[table] == ([] if table in CLEARED else rows), table
    assert _rows(path, "PRAGMA user_version") == [(len(SCRIPTS),)]
    with Database(path) as database:
        assert faults(database) == ()


def test_an_upload_of_an_earlier_version_is_counted_by_its_body(
    tmp_path: Path, projects: Path
) -> None:
    path = tmp_path / "ledger.sqlite3"
    ledger_of(path, projects)
    with Database(path) as database:
        counts = [(each.days, each.model_rows, each.size) for each in made_uploads(database)]
    assert counts == [(2, 2, len(UPLOAD)), (0, 0, 0)]


def test_what_was_counted_before_folders_were_noted_is_found_in_them_and_counts_once(
    tmp_path: Path, projects: Path
) -> None:
    path = tmp_path / "ledger.sqlite3"
    ledger_of(path, projects)
    with Database(path) as database:
        counted = len(list(States(database).responses()))
        assert Folders(database).held([projects])[0].responses == 0
        assert not Collector(database, shipped_prices()).collect((projects,)).changed
        assert Folders(database).held([projects])[0].alone == counted
        assert len(list(States(database).responses())) == counted


def test_a_step_that_is_cut_short_leaves_the_earlier_version(
    tmp_path: Path, projects: Path
) -> None:
    path = tmp_path / "ledger.sqlite3"
    ledger_of(path, projects)
    before = contents(path)
    size = path.stat().st_size // 4096

    class Full(Database):
        """A ledger on a disk without room for a page more."""

        def _log_ahead(self) -> None:
            super()._log_ahead()
            self.execute(f"PRAGMA max_page_count = {size}")

    with pytest.raises(LedgerUnavailable, match="full"):
        Full(path)
    assert contents(path) == before
    assert _rows(path, "PRAGMA user_version") == [(1,)]
    Database(path).close()
    assert _rows(path, "PRAGMA user_version") == [(len(SCRIPTS),)]


def test_the_number_of_the_last_migration_is_known_without_looking() -> None:
    assert len(SCRIPTS) == VERSION
