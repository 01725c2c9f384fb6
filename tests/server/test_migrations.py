"""Databases of earlier versions: brought to the tables of this one, with everything in them."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

import claudeusage_server
from claudeusage_server.database import Store, open_current_store, open_store
from claudeusage_server.start_errors import DatabaseTooOld
from tests.server.original_client import OriginalClient, records
from tests.server.world import World, day

MIGRATIONS = Path(claudeusage_server.__file__).parent / "migrations"


def upgraded(connection: Connection, kind: str, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS / kind))
    config.attributes["connection"] = connection
    command.upgrade(config, version)


Rows = list[dict[str, object]]


def contents(store: Store) -> dict[str, Rows]:
    """Return every row of every table but the one that holds the version."""
    with store.read() as connection:
        names = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'alembic_version'"
        )
        return {name: rows_of(connection, name) for name in names.scalars().all()}


def rows_of(connection: Connection, table: str) -> Rows:
    found = connection.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608 -- a table of our own
    return [dict(row) for row in found.mappings()]


def columns_of(connection: Connection, table: str) -> list[str]:
    found = connection.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608 -- a table of our own
    return list(found.keys())


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    """Make a private store as the first version had it, with an upload in it."""
    world = World(tmp_path / "now")
    world.upload(world.link().token, day())
    held = contents(world.app.context.store)
    del held["published"]  # made anew from the rest
    world.close()
    store = Store(tmp_path / "private.sqlite3")
    with store.write() as connection:
        upgraded(connection, "private", "0001")
        # Rows come in any order of tables, so what refers to what is looked at when all are there.
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for name, rows in held.items():
            for row in rows:
                names = columns_of(connection, name)
                places = ", ".join("?" * len(names))
                connection.exec_driver_sql(
                    f"INSERT INTO {name} VALUES ({places})",  # noqa: S608 -- a table of our own
                    tuple(row[each] for each in names),
                )
    store.close()
    return store.path


def test_a_store_of_the_first_version_keeps_everything(first_version: Path) -> None:
    before = Store(first_version)
    held = contents(before)
    before.close()
    assert len(held["days"]) == len(held["receipts"]) == 1
    with pytest.raises(DatabaseTooOld):
        open_current_store(first_version, "private")
    after = open_store(first_version, "private")
    found = contents(after)
    for name, rows in held.items():
        kept = [
            {each: row[each] for each in old} for old, row in zip(rows, found[name], strict=True)
        ]
        assert kept == rows
    assert not any(rows for name, rows in found.items() if name not in held)
    after.close()
    open_current_store(first_version, "private").close()


def test_the_original_client_is_served_on_a_store_of_the_first_version(
    first_version: Path,
) -> None:
    data = first_version.parent / "data"
    data.mkdir(mode=0o700)
    first_version.rename(data / first_version.name)
    world = World(data)
    client = OriginalClient(world, records=records("2026-11-19 09:00"))
    client.sync()
    assert client.log == ["sent 1, new 1"]
    assert {"2026-11-19", "2026-11-20"} <= set(world.dates(world.link()))
    world.close()
