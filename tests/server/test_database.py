"""Stores: migrations from nothing, and files that are not for this version."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from claudeusage_server import database
from claudeusage_server.database import Kind, open_current_store, open_store
from claudeusage_server.errors import StoreBusy
from claudeusage_server.start_errors import (
    CannotStart,
    DatabaseTooNew,
    DatabaseTooOld,
    DatabaseUnreadable,
)
from tests.processes import PATIENCE_SECONDS
from tests.server.world import Link, World, body, dates, day


@pytest.mark.parametrize("kind", ["private", "public"])
def test_a_store_is_made_and_opened_again(tmp_path: Path, kind: Kind) -> None:
    for _ in range(2):
        store = open_store(tmp_path / "store.sqlite3", kind)
        with store.read() as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
            assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
        store.close()
    assert not (tmp_path / "store.sqlite3-wal").exists()


def test_every_private_table_about_a_person_begins_its_key_with_the_account(
    tmp_path: Path,
) -> None:
    open_store(tmp_path / "store.sqlite3", "private").close()
    keys = {"keys", "sign_in_codes", "device_requests", "leases", "erasures", "alembic_version"}
    with sqlite3.connect(tmp_path / "store.sqlite3") as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (name,) in names.fetchall():
            columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
            first = next(column[1] for column in columns if column[5] == 1)
            assert name in keys or first == "account"
    connection.close()


def test_a_database_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    store = open_store(path, "public")
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(DatabaseTooNew, match="newer version"):
        open_store(path, "public")


@pytest.mark.parametrize(("version", "error"), [("9999", DatabaseTooNew), ("", DatabaseTooOld)])
def test_a_store_that_another_version_may_be_using_is_not_changed(
    tmp_path: Path, version: str, error: type[CannotStart]
) -> None:
    path = tmp_path / "store.sqlite3"
    open_store(path, "private").close()
    open_current_store(path, "private").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
        if not version:
            connection.execute("DELETE FROM alembic_version")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(error):
        open_current_store(path, "private")
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    path.write_bytes(b"not a database, and longer than a header of a hundred bytes" * 20)
    with pytest.raises(DatabaseUnreadable, match=r"store\.sqlite3"):
        open_store(path, "private")


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.sqlite3", "private")
    twice = text("INSERT INTO keys VALUES ('a', 'b'), ('a', 'c')")
    with pytest.raises(IntegrityError), store.write() as connection:
        connection.execute(twice)
    with store.read() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM keys")).scalar() == 0
    store.close()


def test_a_store_that_another_process_writes_to_is_busy(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.sqlite3", "private")
    with store.read() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(store.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="another program"), store.write():
            pass
    with store.write() as connection:
        connection.execute(text("INSERT INTO keys VALUES ('a', 'b')"))
    store.close()


def test_a_disk_without_room_is_told_and_leaves_nothing_half_done(world: World, link: Link) -> None:
    store = world.app.context.store
    device = world.post("/api/cli/auth/start", {}).json()
    with store.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    years = [day(when) for when in dates("2026-11-20", 900)]
    refused = world.put(link.token, body(*years))
    assert (refused.status_code, refused.json()["code"]) == (507, "store_full")
    assert world.stored(link.token) == {}
    assert world.post("/api/cli/auth/poll", {"deviceCode": device["deviceCode"]}).status_code == 200
    with store.read() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert len(world.upload(link.token, *years).applied) == 900


def test_a_write_does_not_wait_for_ever_for_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path / "store.sqlite3", "private")
    monkeypatch.setattr(database, "_BUSY_MS", 1)

    def write() -> None:
        with store.write():
            pass

    with ThreadPoolExecutor(1) as beside:
        with store.write():
            waiting = beside.submit(write)
            with pytest.raises(StoreBusy):
                waiting.result(PATIENCE_SECONDS)
        beside.submit(write).result(PATIENCE_SECONDS)
    store.close()


def test_a_file_that_was_rebuilt_holds_nothing_that_was_deleted(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.sqlite3", "private")
    add = text("INSERT INTO keys VALUES (:name, :value)")
    with store.write() as connection:
        connection.execute(add, [{"name": f"key {n}", "value": "v" * n} for n in range(300)])
    with store.write() as connection:
        connection.execute(text("DELETE FROM keys WHERE name <> 'key 7'"))
    assert store.rebuild()
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert held.count(b"key ") == 2  # a row, and its index
    store.close()


def test_a_log_stays_while_rows_of_a_request_that_failed_are_open(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.sqlite3", "private")
    with store.write() as connection:
        connection.execute(text("INSERT INTO keys VALUES ('a', 'b'), ('c', 'd')"))
    with store.read() as connection:
        rows = connection.execute(text("SELECT name FROM keys"))
        assert next(rows)
    assert not store.truncate()
    del rows
    assert store.truncate()
    store.close()


def test_a_file_is_not_rebuilt_while_another_process_writes(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.sqlite3", "private")
    with store.read() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(store.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert not store.rebuild()
        assert not store.truncate()
    assert store.rebuild()
    store.close()
