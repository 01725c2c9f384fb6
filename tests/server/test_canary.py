"""No value of a request is ever found again in a log, an answer to others, or a public file."""

from collections.abc import Generator

import pytest

from claudeusage_core import wire
from claudeusage_server.database import Store
from claudeusage_server.private import api
from tests.server.world import (
    JSON,
    MACHINE,
    Link,
    Logs,
    World,
    authorised,
    body,
    day,
    logged,
    model,
)

CANARY = "canary7f3a"


@pytest.fixture
def logs() -> Generator[Logs]:
    with logged() as kept:
        yield kept


def test_no_value_of_a_request_is_logged_or_echoed(world: World, link: Link, logs: Logs) -> None:
    world.upload(link.token, day())
    headers = {"User-Agent": CANARY, "X-Forwarded-For": CANARY, "Referer": CANARY}
    answers = [
        world.request("GET", f"/u/{CANARY}?period={CANARY}", headers=headers),
        world.request("GET", f"/{CANARY}", headers=headers),
        world.request("GET", f"/api/v1/profile/{CANARY}", headers=headers),
        world.request("GET", f"/device?code={CANARY}", headers=headers),
        world.request(CANARY.upper(), "/", headers=headers),
        world.put(link.token, {**body(day()), CANARY: CANARY}),
        world.put(link.token, body({**day(), "date": CANARY})),
        world.put(link.token, body(day(), machine=CANARY)),
        world.put_bytes(link.token, CANARY.encode()),
        world.post("/api/local/proof", {"nonce": CANARY}),
        world.post("/api/cli/auth/poll", {"deviceCode": CANARY}),
        world.request("GET", "/", headers={"Host": CANARY}),
        world.get(wire.ME_PATH, "cu_live_" + CANARY),
    ]
    written = logs.text
    assert written.count("\n") >= len(answers)
    for secret in (CANARY, CANARY.upper(), "127.0.0.1", link.token, link.account):
        assert secret not in written
    for answer in answers:
        assert CANARY not in answer.text.lower()


def test_an_error_inside_is_logged_without_its_own_words(
    world: World,
    link: Link,
    logs: Logs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(api, "ingest", broken)
    answer = world.put(link.token, body(day()))
    assert (answer.status_code, answer.json()["code"]) == (500, "failed")
    assert CANARY not in logs.text
    assert CANARY not in answer.text
    assert "RuntimeError" in logs.text
    reference = answer.json()["detail"].split()[-1].rstrip(".")
    assert reference in logs.text


def test_what_could_not_be_published_is_logged_without_values(
    world: World, link: Link, logs: Logs
) -> None:
    with world.public_store_broken():
        world.upload(link.token, day("2026-11-20", model(messages=7_654_321)))
    what = 'event="an account could not be published and is tried again" error=OperationalError'
    assert what in logs.text
    for secret in ("7654321", "2026-11-20", link.account, link.path.removeprefix("/u/")):
        assert secret not in logs.text


def test_a_page_that_breaks_says_what_to_do(
    world: World, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_store: Store) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(Store, "read", broken)
    answer = world.get(link.path)
    assert answer.status_code == 500
    assert "The numbers cannot be read right now." in answer.text


def test_the_stores_hold_no_secret_in_clear(world: World, link: Link) -> None:
    world.sign_in()
    device = world.post("/api/cli/auth/start", {}).json()
    world.upload(link.token, day())
    session = next(iter(world.cookies.values()))
    secrets = [
        link.token,
        MACHINE,
        session,
        device["deviceCode"],
        device["userCode"].replace("-", ""),
        (world.data / "local-secret").read_text().strip(),
    ]
    files = [path for path in world.data.iterdir() if "sqlite3" in path.name]
    held = b"".join(path.read_bytes() for path in files)
    for secret in secrets:
        assert secret.encode() not in held


def test_the_public_store_knows_neither_account_nor_computer_nor_token(
    world: World, link: Link
) -> None:
    world.upload(link.token, day())
    me = world.get(wire.ME_PATH, link.token).json()
    with world.app.context.store.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT account, public_id, token, hint, receipt FROM accounts"
            " JOIN tokens USING (account) JOIN receipts USING (account)"
        ).one()
    world.close()
    held = b"".join(
        path.read_bytes() for path in world.data.iterdir() if path.name.startswith("public.")
    )
    assert found.public_id.encode() in held
    for secret in (link.account, me["machine"], MACHINE, link.token, found.token, found.receipt):
        assert secret.encode() not in held
    assert world.data.joinpath("private.sqlite3").read_bytes().count(me["machine"].encode())


def test_a_body_is_not_stored(world: World, link: Link) -> None:
    sent = wire.canonical(body(day()))
    assert world.request("PUT", wire.DAYS_PATH, sent, JSON | authorised(link.token)).is_success
    world.close()
    for path in world.data.iterdir():
        assert b'"active_seconds"' not in path.read_bytes()
