"""Export: every column about a person is in it, or is left out for a reason."""

import csv
import io
import json
import sqlite3
from contextlib import closing
from typing import cast

import pytest
from pydantic import BaseModel, ConfigDict

from claudeusage_core import wire
from claudeusage_server.private.export import (
    ACCOUNT,
    CSV_HEADER,
    LEFT_OUT,
    TABLES,
    export_csv,
    export_json,
)
from tests.server.original_bodies import bucket, ingest
from tests.server.owners import choose, named
from tests.server.world import JSON, Link, World, authorised, day, model


class Exported(BaseModel):
    """The export as a program reads it."""

    model_config = ConfigDict(extra="allow")

    format: int
    account: dict[str, object]

    def tables(self) -> dict[str, list[dict[str, object]]]:
        """Return everything but the account's own row."""
        return cast("dict[str, list[dict[str, object]]]", self.model_extra)


@pytest.fixture
def ada(public_world: World) -> Link:
    link = named(public_world, "ada", "gb")
    choose(public_world, link.account, name="countess", display_name="Ada Lovelace")
    days = [day("2026-11-21"), day("2026-11-20", model(3), model(cost=None, model="other"))]
    public_world.upload(link.token, *days)
    original = public_world.link_as(link.account).token
    sent = wire.canonical(ingest(bucket(), machineId="cd" * 32))
    answer = public_world.request("POST", "/api/ingest", sent, JSON | authorised(original))
    assert answer.status_code == 200
    device = public_world.post("/api/cli/auth/start", {}).json()
    assert public_world.decide(device["userCode"], "approve") == 200
    return link


def exported(world: World, account: str) -> Exported:
    with world.app.context.store.read() as connection:
        return Exported(**json.loads(export_json(connection, account)))


def lines(world: World, account: str) -> list[dict[str, str]]:
    with world.app.context.store.read() as connection:
        written = export_csv(connection, account).decode()
    assert written.endswith("\r\n")
    assert written.count("\n") == written.count("\r\n")
    return list(csv.DictReader(io.StringIO(written, newline="")))


def test_every_column_about_a_person_is_exported_or_left_out_for_a_reason(
    public_world: World,
) -> None:
    known = {"accounts": ACCOUNT, **TABLES}
    listed = {f"{table}.{column}" for table, columns in known.items() for column in columns}
    found: set[str] = set()
    with closing(sqlite3.connect(public_world.data / "private.sqlite3")) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            if "account" in columns:
                found |= {f"{table}.{column}" for column in columns}
    stands_once = {name for name in found if name.endswith(".account")} - {"accounts.account"}
    assert len(stands_once) > 12
    assert found - stands_once == listed | set(LEFT_OUT)
    assert not listed & set(LEFT_OUT)


def test_every_table_has_its_rows(public_world: World, ada: Link) -> None:
    assert exported(public_world, ada.account).format == 1
    found = exported(public_world, ada.account).tables()
    assert set(found) == set(TABLES)
    assert all(found[table] for table in TABLES)
    with public_world.app.context.store.read() as connection:
        for table in TABLES:
            stored = connection.exec_driver_sql(
                f"SELECT COUNT(*) FROM {table} WHERE account = ?",  # noqa: S608 -- a table of our own
                (ada.account,),
            )
            assert stored.scalar() == len(found[table]), table


def test_flags_are_words_and_moments_are_in_utc(public_world: World, ada: Link) -> None:
    account = exported(public_world, ada.account).account
    found = exported(public_world, ada.account).tables()
    assert (account["name"], account["display_name"]) == ("countess", "Ada Lovelace")
    assert (account["anonymous"], account["visible"], account["country"]) == (False, True, "gb")
    assert found["receipts"][0]["received_at"] == "2026-11-22T12:00:00Z"
    assert found["former_names"] == [{"name": "ada", "until": "2027-02-20T12:00:00Z"}]
    assert found["v1_frontiers"][0]["end_ms"] == "2026-11-20T09:30:00.000Z"
    assert found["identities"] == [{"provider": "google", "subject": "ada"}]


def test_no_secret_and_nobody_else_is_in_it(public_world: World, ada: Link) -> None:
    other = named(public_world, "bob")
    public_world.upload(other.token, day("2026-11-01", model(77)), machine="ef" * 32)
    mine = exported(public_world, ada.account).model_dump_json()
    assert "2026-11-01" not in mine
    assert "bob" not in mine
    with public_world.app.context.store.read() as connection:
        for column in ("token", "session", "device"):
            table = {"device": "device_requests"}.get(column, column + "s")
            stored = connection.exec_driver_sql(f"SELECT {column} FROM {table}").scalars().all()  # noqa: S608 -- a table of our own
            assert stored
            assert not any(each in mine for each in stored)


def test_a_line_is_a_day_of_a_computer_and_a_model(public_world: World, ada: Link) -> None:
    found = lines(public_world, ada.account)
    assert tuple(found[0]) == CSV_HEADER
    assert [(line["date"], line["computer"], line["model"]) for line in found] == [
        ("2026-11-20", "1", "claude-opus-5-5"),
        ("2026-11-20", "1", "other"),
        ("2026-11-20", "2", "claude-opus-5-5"),
        ("2026-11-21", "1", "claude-opus-5-5"),
    ]
    assert (found[0]["messages"], found[0]["cost_microusd"]) == ("3", "1000000")
    assert (found[1]["cost_microusd"], found[1]["day_active_seconds"]) == ("", "3600")


@pytest.mark.parametrize("label", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_label_is_never_a_formula(public_world: World, ada: Link, label: str) -> None:
    with public_world.app.context.store.write() as connection:
        connection.exec_driver_sql("UPDATE machines SET label = ?", (label,))
    assert {line["label"] for line in lines(public_world, ada.account)} == {"'" + label}


def test_a_label_may_have_commas_quotes_and_any_script(public_world: World, ada: Link) -> None:
    label = 'Ada\'s "old", \u5b89\u5fb7'
    with public_world.app.context.store.write() as connection:
        connection.exec_driver_sql("UPDATE machines SET label = ?", (label,))
    assert {line["label"] for line in lines(public_world, ada.account)} == {label}
    assert exported(public_world, ada.account).tables()["machines"][0]["label"] == label


def test_who_never_uploaded_gets_an_export_too(public_world: World) -> None:
    account = public_world.sign_in_as("eve")
    assert lines(public_world, account) == []
    assert exported(public_world, account).tables()["days"] == []
