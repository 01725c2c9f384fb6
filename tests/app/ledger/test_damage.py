"""A damaged ledger: set aside with everything in it, and replaced by what transcripts hold."""

import os
import sqlite3
import stat
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Thread

import pytest

from claudeusage_app.collect import Collector
from claudeusage_app.identity import kept_machine
from claudeusage_app.ledger.damage import is_damaged, opened, set_aside, untold
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.errors import LedgerDamaged
from claudeusage_app.ledger.states import States
from claudeusage_resources.price_table import shipped_prices
from tests.transcript_lines import append, usage_line, write_transcript

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAME = "ledger-1.sqlite3.damaged-20261122T120000Z"
PAGE = 4096


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a ledger of many pages."""
    path = tmp_path / "data" / "ledger-1.sqlite3"
    lines = (usage_line(number, "2026-11-20T10:00:00Z") for number in range(2_000))
    write_transcript(tmp_path / "projects", *lines)
    with Database(path) as database:
        kept_machine(database)
        database.set_fact("zone", "Asia/Tokyo")
        Collector(database, shipped_prices()).collect((tmp_path / "projects",))
    return path


def break_pages(path: Path, *pages: int) -> None:
    with path.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * PAGE)
            file.write(os.urandom(PAGE))


def root_page(path: Path, table: str) -> int:
    connection = sqlite3.connect(path)
    row = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
    page = int(row.fetchone()[0])
    connection.close()
    return page


def count(path: Path) -> int:
    with opened(path, lambda: NOW) as database:
        return len(list(States(database).responses()))


def read(path: Path, projects: Path) -> int:
    with opened(path, lambda: NOW) as database:
        Collector(database, shipped_prices()).collect((projects,))
        return len(list(States(database).responses()))


def test_a_file_that_is_no_database_is_set_aside_whole(path: Path) -> None:
    content = b"somebody's file\n" * 1000
    path.write_bytes(content)
    assert count(path) == 0
    assert path.with_name(NAME).read_bytes() == content


def test_a_cut_file_is_set_aside(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)
    assert count(path) == 0
    assert path.with_name(NAME).exists()


def test_a_file_that_was_set_aside_in_the_same_second_is_not_lost(path: Path) -> None:
    for content in (b"one" * 1000, b"two" * 1000):
        path.write_bytes(content)
        set_aside(path, NOW)
    assert path.with_name(NAME).read_bytes() == b"one" * 1000
    assert path.with_name(f"{NAME}-2").read_bytes() == b"two" * 1000


def test_damage_that_shows_late_is_told_with_the_new_name(path: Path) -> None:
    break_pages(path, root_page(path, "responses"))
    with opened(path, lambda: NOW) as database:
        assert database.fact("zone") == "Asia/Tokyo"
    with pytest.raises(LedgerDamaged, match=NAME):
        count(path)
    assert count(path) == 0


def overwrite(path: Path, found: bytes, put: bytes) -> None:
    """Write other bytes wherever a ledger's file holds those."""
    content = path.read_bytes()
    assert found in content
    path.write_bytes(content.replace(found, put))


@pytest.mark.parametrize(
    ("found", "put"),
    [
        (b"CREATE TABLE held", b"CREATE T\xff\xfeLE held"),
        (b"cache_read INTEGER", b"cache_reed INTEGER"),
        (b"claude-opus-5-5", b"claude-op\xff-5-5"),
    ],
    ids=["the message is no text", "a column is gone", "a name is no text"],
)
def test_a_schema_or_a_name_that_is_torn_is_damage(path: Path, found: bytes, put: bytes) -> None:
    overwrite(path, found, put)
    with suppress(LedgerDamaged):
        count(path)
    assert count(path) == 0
    assert path.with_name(NAME).exists()


def test_an_index_that_lacks_a_row_is_damage(path: Path) -> None:
    with Database(path) as database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'IS NOT NULL', 'IS NULL')"
            " WHERE name = 'responses_by_time'"
        )
    with Database(path) as database:
        database.execute("UPDATE responses SET time_ms = time_ms - 1 WHERE id > 0")
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'IS NULL', 'IS NOT NULL')"
            " WHERE name = 'responses_by_time'"
        )
    assert set_aside(path, NOW) == NAME


def test_a_row_that_makes_no_sense_is_damage(path: Path) -> None:
    with Database(path) as database:
        database.execute("UPDATE responses SET output = -5")
    assert set_aside(path, NOW) == NAME


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sessions SET token = 'text' WHERE id = 1",
        "UPDATE responses SET more = '[['",
        "UPDATE responses SET output = -5",
        "UPDATE facts SET value = 'text' WHERE name = 'salt'",
        "UPDATE facts SET value = zeroblob(99) WHERE name = 'salt'",
        "UPDATE tails SET read_to = 'there'",
    ],
)
def test_rows_that_make_a_command_fail_are_damage(path: Path, tmp_path: Path, change: str) -> None:
    projects = tmp_path / "projects"
    with Database(path) as database:
        database.execute(change)
    (transcript,) = projects.rglob("*.jsonl")
    append(transcript, usage_line(2_000, "2026-11-20T10:00:00Z"))
    with pytest.raises(LedgerDamaged, match=NAME):
        read(path, projects)
    assert read(path, projects) == 2_001


def test_what_fails_beside_a_whole_ledger_leaves_it(path: Path) -> None:
    with pytest.raises(ValueError, match="of another kind"), opened(path, lambda: NOW):
        raise ValueError("of another kind")
    assert count(path) == 2_000


def test_what_the_transcripts_hold_is_read_again(path: Path, tmp_path: Path) -> None:
    break_pages(path, 1)
    with opened(path, lambda: NOW) as database:
        Collector(database, shipped_prices()).collect((tmp_path / "projects",))
    assert count(path) == 2_000


def test_small_facts_outlive_the_damage_where_they_can_be_read(path: Path) -> None:
    with Database(path) as database:
        before = {name: database.fact(name) for name in ("salt", "zone", "machine")}
    break_pages(path, root_page(path, "responses"))
    set_aside(path, NOW)
    with Database(path) as database:
        assert {name: database.fact(name) for name in before} == before


def test_the_name_is_told_once(path: Path) -> None:
    break_pages(path, 1)
    with opened(path, lambda: NOW) as database:
        assert untold(database) == NAME
        assert untold(database) is None


def test_a_whole_ledger_stays_where_it_is(path: Path) -> None:
    assert not is_damaged(path)
    assert set_aside(path, NOW) is None
    assert count(path) == 2_000
    assert not is_damaged(path.with_name("nowhere"))


def test_the_log_of_a_damaged_ledger_never_meets_the_new_one(path: Path) -> None:
    with Database(path) as database:
        database.set_fact("only", "in the log")
        log = path.with_name(f"{path.name}-wal").read_bytes()
    path.with_name(f"{path.name}-wal").write_bytes(log)
    break_pages(path, 1)
    break_pages(path.with_name(f"{path.name}-wal"), 1)
    with opened(path, lambda: NOW) as database:
        assert database.fact("only") is None


def test_the_new_ledger_and_the_old_one_are_for_their_owner_only(path: Path) -> None:
    break_pages(path, 1)
    with opened(path, lambda: NOW):
        modes = {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes == {0o600}


def test_of_many_that_find_the_damage_one_sets_it_aside(path: Path) -> None:
    break_pages(path, 1)
    begin = Barrier(6)
    found: list[str | None] = []

    def find() -> None:
        begin.wait()
        found.append(set_aside(path, NOW))

    threads = [Thread(target=find) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=str) == [None] * 5 + [NAME]
    assert not is_damaged(path)
