"""Deletion: nothing of an account is left, whatever happens on the way, and nobody else is hurt."""

import itertools
import shutil
import sqlite3
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from claudeusage_core import wire
from claudeusage_server.errors import StoreBusy
from claudeusage_server.private.deletion import delete_account
from claudeusage_server.private.visibility import Showing
from tests.server.killed import Act, breaks_off, is_killed
from tests.server.original_bodies import OPUS, bucket, ingest, share
from tests.server.owners import choose, named
from tests.server.world import (
    JSON,
    Link,
    World,
    authorised,
    body,
    dates,
    day,
    model,
    public_settings,
)

Rows = Mapping[str, list[tuple[object, ...]]]
NEEDLES = {
    *("accounts.account", "accounts.public_id", "accounts.name", "accounts.display_name"),
    *("accounts.anonymous_name", "identities.subject", "former_names.name", "sessions.session"),
    *("tokens.token", "device_requests.device", "device_requests.user_code", "machines.machine"),
    *("machines.label", "days.digest", "receipts.receipt", "v1_frontiers.receipt"),
}


@pytest.fixture
def ada(public_world: World) -> Link:
    """Give an account with a row in every table there is, and somebody else beside it."""
    link = named(public_world, "ada-byron")
    choose(public_world, link.account, name="ada-lovelace", display_name="Ada, the countess")
    furnish(public_world, link, 3)
    other = named(public_world, "bob-babbage")
    furnish(public_world, other, 7)
    public_world.app.cut()
    return public_world.link_as(link.account)


def furnish(world: World, link: Link, number: int) -> None:
    """Upload in every way, and link another computer."""
    machine = f"{number:02x}" * 32
    for sequence in range(1, 4):
        days = [day(when, model(number + sequence)) for when in dates("2026-11-21", 40)]
        world.upload(link.token, *days, sequence=sequence, machine=machine)
    device = world.post("/api/cli/auth/start", {}).json()
    assert world.decide(device["userCode"], "approve") == 200
    approved = world.post("/api/cli/auth/poll", {"deviceCode": device["deviceCode"]}).json()
    with world.app.context.store.write() as connection:
        label = "UPDATE machines SET label = ? WHERE account = ?"
        connection.exec_driver_sql(label, (f"Label {number}", link.account))
    used = bucket(models={OPUS: share(outputTokens=number)})
    sent = wire.canonical(ingest(used, machineId=f"{number + 1:02x}" * 32))
    answer = world.request("POST", "/api/ingest", sent, JSON | authorised(approved["token"]))
    assert answer.status_code == 200


def rows_about(world: World, account: str) -> dict[str, list[dict[str, object]]]:
    """Return every private row of an account."""
    with closing(sqlite3.connect(world.data / "private.sqlite3")) as connection:
        connection.row_factory = sqlite3.Row
        found: dict[str, list[dict[str, object]]] = {}
        for table in tables(connection):
            rows = [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]  # noqa: S608 -- a table of our own
            found[table] = [row for row in rows if row.get("account") == account]
    return {table: rows for table, rows in found.items() if rows}


def tables(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return [name for (name,) in found]


def needles_of(world: World, account: str) -> dict[str, bytes]:
    """Return what a file would tell of an account, by where it stands."""
    return {
        f"{table}.{column} {value}": str(value).encode()
        for table, rows in rows_about(world, account).items()
        for row in rows
        for column, value in row.items()
        if value is not None and f"{table}.{column}" in NEEDLES
    }


def traces(data: Path, needles: Mapping[str, bytes]) -> set[str]:
    """Return which needles are in any file of a data folder."""
    held = b"".join(path.read_bytes() for path in data.iterdir())
    return {name for name, needle in needles.items() if needle in held}


def others(world: World, needles: Mapping[str, bytes]) -> Rows:
    """Return every row of both stores that is not about an account."""
    known = {needle.decode() for needle in needles.values()}
    found: dict[str, list[tuple[object, ...]]] = {}
    for store in ("private", "public"):
        with closing(sqlite3.connect(world.data / f"{store}.sqlite3")) as connection:
            for table in tables(connection):
                rows = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 -- a table of our own
                left = [row for row in rows if not known & {str(value) for value in row}]
                found[f"{store}.{table}"] = sorted(left, key=repr)
    return {name: rows for name, rows in found.items() if name != "private.erasures"}


def test_nothing_of_a_deleted_account_is_in_any_file(public_world: World, ada: Link) -> None:
    needles = needles_of(public_world, ada.account)
    assert {name.split()[0] for name in needles} == NEEDLES
    assert traces(public_world.data, needles) == set(needles)
    rest = others(public_world, needles)
    delete_account(public_world.app.context, ada.account)
    assert rows_about(public_world, ada.account) == {}
    public_world.app.make_good()
    assert traces(public_world.data, needles) == set()
    assert others(public_world, needles) == rest
    assert public_world.get(ada.path).status_code == 404
    assert public_world.get("/u/bob-babbage").status_code == 200
    public_world.close()
    assert traces(public_world.data, needles) == set()


def test_tokens_sessions_and_the_address_are_dead_at_once(public_world: World, ada: Link) -> None:
    assert public_world.sign_in_as("ada-byron") == ada.account
    with public_world.public_store_broken(), pytest.raises(StoreBusy, match="noted"):
        delete_account(public_world.app.context, ada.account)
    assert public_world.put(ada.token, body(day())).status_code == 401
    assert public_world.get("/device?code=BCDF-GHJK").status_code == 303
    assert public_world.sign_in_as("ada-byron") != ada.account
    public_world.app.make_good()
    assert rows_about(public_world, ada.account) == {}
    assert public_world.get(ada.path).status_code == 404


def test_who_is_deleted_is_not_published_again(public_world: World, ada: Link) -> None:
    with public_world.public_store_broken(), pytest.raises(StoreBusy):
        delete_account(public_world.app.context, ada.account)
    choose(public_world, ada.account, showing=Showing.ANONYMOUS, live=True)
    public_world.app.cut()
    assert rows_about(public_world, ada.account) == {}
    with public_world.app.public.read() as connection:
        names = connection.exec_driver_sql("SELECT name FROM profiles").scalars().all()
    assert names == ["bob-babbage"]


def test_a_deletion_that_cannot_begin_changes_nothing(public_world: World, ada: Link) -> None:
    needles = needles_of(public_world, ada.account)
    before = rows_about(public_world, ada.account)
    with public_world.app.context.store.read() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(public_world.data / "private.sqlite3")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy):
            delete_account(public_world.app.context, ada.account)
    assert rows_about(public_world, ada.account) == before
    assert needles_of(public_world, ada.account) == needles
    assert public_world.get(ada.path).status_code == 200
    assert public_world.get("/api/v2/me", ada.token).status_code == 200


def test_a_reader_in_the_way_only_delays_the_erasure(public_world: World, ada: Link) -> None:
    needles = needles_of(public_world, ada.account)
    with closing(sqlite3.connect(public_world.data / "private.sqlite3")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM accounts").fetchone()
        delete_account(public_world.app.context, ada.account)
        public_world.app.make_good()
        assert traces(public_world.data, needles)
    public_world.app.make_good()
    assert traces(public_world.data, needles) == set()


def test_deleting_twice_is_deleting_once(public_world: World, ada: Link) -> None:
    for _ in range(2):
        delete_account(public_world.app.context, ada.account)
    assert rows_about(public_world, ada.account) == {}


def test_uploads_beside_a_deletion_bring_nothing_back(public_world: World, ada: Link) -> None:
    start = threading.Barrier(4)
    statuses: list[int] = []

    def upload() -> None:
        start.wait()
        for sequence in range(10, 16):
            sent = body(day("2026-11-20", model(sequence)), sequence=sequence, machine="03" * 32)
            statuses.append(public_world.put(ada.token, sent).status_code)

    def delete() -> None:
        start.wait()
        delete_account(public_world.app.context, ada.account)

    threads = [threading.Thread(target=job) for job in (upload, upload, upload, delete)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 401}
    assert public_world.put(ada.token, body(day())).status_code == 401
    assert rows_about(public_world, ada.account) == {}
    assert public_world.get(ada.path).status_code == 404


def test_a_computer_that_is_approved_too_late_gets_no_token(public_world: World, ada: Link) -> None:
    public_world.sign_in_as("ada-byron")
    device = public_world.post("/api/cli/auth/start", {}).json()
    assert public_world.decide(device["userCode"], "approve") == 200
    delete_account(public_world.app.context, ada.account)
    answer = public_world.post("/api/cli/auth/poll", {"deviceCode": device["deviceCode"]})
    assert answer.json() == {"status": "expired"}


def test_a_deletion_that_breaks_off_is_finished_at_the_next_start(
    public_world: World, ada: Link, tmp_path: Path
) -> None:
    finished_later(public_world, ada, tmp_path, breaks_off, 6)


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="Windows kills no process by a signal")
def test_a_deletion_that_is_killed_is_finished_at_the_next_start(
    public_world: World, ada: Link, tmp_path: Path
) -> None:
    finished_later(public_world, ada, tmp_path, is_killed, 1)


def finished_later(
    world: World,
    link: Link,
    folder: Path,
    stops: Callable[[Path, Act, str, int], bool],
    step: int,
) -> None:
    """Let a deletion end before each statement, one in *step*, and start the server anew."""
    needles = needles_of(world, link.account)
    rest = others(world, needles)
    world.close()
    outcomes: list[bool] = []
    for statement in itertools.count(1, step):
        data = folder / f"data-{statement}"
        shutil.copytree(world.data, data)
        ended = stops(data, delete_account, link.account, statement)
        again = World(data, settings=public_settings(data))
        gone = not rows_about(again, link.account)
        outcomes.append(gone)
        assert again.get("/u/bob-babbage").status_code == 200
        assert again.get(link.path).status_code == (404 if gone else 200)
        assert again.get(wire.ME_PATH, link.token).status_code == (401 if gone else 200)
        assert traces(data, needles) == (set() if gone else set(needles))
        assert not gone or others(again, needles) == rest
        again.close()
        shutil.rmtree(data)
        if ended:
            break
    assert outcomes == sorted(outcomes)
    assert outcomes[0] is False
    assert outcomes.count(True) * step > 30
