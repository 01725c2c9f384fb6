"""The ledger's file: private, migrated, and written in whole transactions."""

import sqlite3
import stat
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.errors import LedgerDamaged, LedgerTooNew, LedgerUnavailable

WRITE_AND_CLOSE = """
import sys
from pathlib import Path
from claudeusage_app.ledger.database import Database
with Database(Path(sys.argv[1])) as database:
    database.set_fact("written", "by the other")
"""

MAKE_WHEN_TOLD = """
import sys
from pathlib import Path
from claudeusage_app.ledger.database import Database
print("ready", flush=True)
sys.stdin.readline()
for number in range(40):
    with Database(Path(sys.argv[1]) / f"{number}.sqlite3") as database:
        database.set_fact("number", number)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.sqlite3"


def test_the_ledger_and_what_lies_beside_it_is_for_its_owner_only(path: Path) -> None:
    with Database(path) as database:
        database.set_fact("name", "value")
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes == dict.fromkeys(
        ("ledger.sqlite3", "ledger.sqlite3-shm", "ledger.sqlite3-wal"), 0o600
    )
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_facts_are_kept_with_their_types(path: Path) -> None:
    with Database(path) as database:
        database.set_fact("text", "é")
        database.set_fact("bytes", b"\0\xff")
        database.set_fact("number", 7)
        database.set_fact("number", 8)
    with Database(path) as database:
        names = ("text", "number", "bytes", "absent")
        assert [database.fact(name) for name in names] == ["é", 8, b"\0\xff", None]


def test_every_ledger_has_a_key_of_its_own_and_keeps_it(path: Path, tmp_path: Path) -> None:
    with Database(path) as one, Database(tmp_path / "other.sqlite3") as other:
        assert len(one.salt) == 32
        assert one.salt != other.salt
        salt = one.salt
    with Database(path) as again:
        assert again.salt == salt


def test_a_transaction_happens_whole_or_not_at_all(path: Path) -> None:
    def half(database: Database) -> None:
        with database.writing():
            database.set_fact("half", 1)
            raise KeyboardInterrupt

    with Database(path) as database:
        with pytest.raises(KeyboardInterrupt):
            half(database)
        assert database.fact("half") is None
        with database.writing():
            database.set_fact("whole", 1)
        assert database.fact("whole") == 1


def test_another_connection_sees_nothing_before_the_end(path: Path) -> None:
    with Database(path) as one, Database(path) as other:
        with one.writing():
            one.set_fact("name", 1)
            assert other.fact("name") is None
        assert other.fact("name") == 1


def test_a_ledger_of_a_newer_version_is_left_alone(path: Path) -> None:
    Database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(LedgerTooNew, match="newer version"):
        Database(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_ledger_is_named_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database, but somebody's file\n" * 100)
    with pytest.raises(LedgerUnavailable, match=r"ledger\.sqlite3 could not be used"):
        Database(path)
    assert path.read_bytes().startswith(b"not a database")


def test_a_folder_in_the_ledgers_place_is_named(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(LedgerUnavailable, match=r"ledger\.sqlite3"):
        Database(path)


def test_a_file_where_the_data_folder_should_be_is_named(path: Path) -> None:
    path.parent.touch()
    with pytest.raises(LedgerUnavailable, match="could not be used"):
        Database(path)


def test_what_sqlite_says_becomes_an_error_with_a_remedy(path: Path) -> None:
    with Database(path) as database, pytest.raises(LedgerUnavailable, match="has room"):
        database.execute("INSERT INTO facts VALUES ('salt', 'another')")


def test_sql_that_does_not_fit_the_schema_tells_of_damage(path: Path) -> None:
    with Database(path) as database, pytest.raises(LedgerDamaged, match="no such table"):
        database.execute("INSERT INTO nowhere VALUES (1)")


def test_a_ledger_can_be_made_by_many_at_once(path: Path) -> None:
    """SQLite does not wait for others while it switches to write-ahead logging."""
    with ExitStack() as running:
        makers = [
            running.enter_context(
                subprocess.Popen(
                    (sys.executable, "-c", MAKE_WHEN_TOLD, str(path.parent)),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(4)
        ]
        for maker in makers:
            assert maker.stdout is not None
            assert maker.stdout.readline() == "ready\n"
        for maker in makers:
            assert maker.stdin is not None
            maker.stdin.write("\n")
            maker.stdin.flush()
        assert [maker.wait(60) for maker in makers] == [0] * len(makers)


def test_opening_a_ledger_twice_does_not_take_its_lock_from_the_first(path: Path) -> None:
    """A closed descriptor drops every POSIX lock of its process on that file.

    The other process would then take itself for the last one, and delete the log of the first.
    """
    with Database(path) as first:
        first.set_fact("written", "by the first")
        Database(path).close()
        log = path.with_name(f"{path.name}-wal")
        inode = log.stat().st_ino
        subprocess.run((sys.executable, "-c", WRITE_AND_CLOSE, str(path)), check=True, timeout=30)
        assert log.stat().st_ino == inode
        first.set_fact("again", "by the first")
        assert first.fact("written") == "by the other"
    with Database(path) as later:
        assert later.fact("again") == "by the first"
