"""What a sync token opens: its six endpoints, for its own computer, and nothing else anywhere."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from claudeusage_core import wire
from tests.server.everywhere import everywhere
from tests.server.original_bodies import bucket, ingest
from tests.server.world import (
    JSON,
    MACHINE,
    Link,
    Plain,
    World,
    authorised,
    body,
    dates,
    day,
    public_settings,
)

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OTHER = "cd" * 32
DEAD = "cu_live_" + "0" * 48
OPENED = {
    ("PUT", wire.DAYS_PATH),
    ("GET", wire.DAYS_PATH),
    ("GET", wire.ME_PATH),
    ("DELETE", wire.TOKEN_PATH),
    ("GET", "/api/coverage"),
    ("POST", "/api/ingest"),
}
DIFFERENT_EACH_TIME = {("POST", wire.AUTH_START_PATH), ("POST", "/api/local/proof")}


@pytest.fixture(params=["local", "public"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[World]:
    data = tmp_path / "data"
    made = World(data, settings=public_settings(data) if request.param == "public" else None)
    yield made
    made.close()


def linked(world: World, subject: str) -> Link:
    """Make a token for somebody, and leave nobody signed in."""
    link = world.link_as(world.sign_in_as(subject))
    world.cookies.clear()
    return link


def told(answer: httpx.Response, token: str) -> tuple[int, bytes, str, bool]:
    """Return all of an answer that could give something away, beside the *token* that was sent."""
    return (
        answer.status_code,
        answer.content.replace(token.encode(), b"TOKEN"),
        answer.headers.get("location", "").replace(token, "TOKEN"),
        "set-cookie" in answer.headers,
    )


def carried(world: World, token: str) -> dict[str, tuple[Mapping[str, str], str]]:
    """Return each way in which a request could carry a token: headers, and a query."""
    return {
        "bearer": (authorised(token), ""),
        "bare": ({"Authorization": token}, ""),
        "basic": ({"Authorization": f"Basic {token}"}, ""),
        "header": ({"X-Token": token, "X-Api-Key": token}, ""),
        "cookie": ({"Cookie": f"{world.settings.cookie}={token}; token={token}"}, ""),
        "query": ({}, f"?token={token}&access_token={token}&code={token}"),
    }


@pytest.mark.parametrize("way", ["bearer", "bare", "basic", "header", "cookie", "query"])
@pytest.mark.parametrize("sent", [FORM, JSON], ids=["form", "json"])
def test_a_token_changes_no_answer_but_those_of_its_endpoints(
    either: World, way: str, sent: Mapping[str, str]
) -> None:
    link = linked(either, "owner")
    either.upload(link.token, day())
    compared = 0
    for method, path in everywhere(either, link.path.removeprefix("/u/")):
        if (method, path) in DIFFERENT_EACH_TIME or (way == "bearer" and (method, path) in OPENED):
            continue
        content = b"{}" if sent is JSON else b""
        answers: set[tuple[int, bytes, str, bool]] = set()
        for token in (DEAD, link.token):
            headers, query = carried(either, token)[way]
            heads = {**sent, "Origin": either.origin, **headers}
            answers.add(told(either.request(method, path + query, content, heads), token))
            assert not either.cookies
        assert len(answers) == 1, (method, path)
        compared += 1
    assert compared > 100
    assert either.get(wire.ME_PATH, link.token).status_code == 200


@dataclass(frozen=True)
class Asked:
    """The endpoints that name a computer, asked about one of them."""

    world: World
    machine: str

    def put(self, token: str) -> httpx.Response:
        return self.world.put(token, body(day("2026-11-19"), machine=self.machine, sequence=9))

    def nothing(self, token: str) -> httpx.Response:
        none: list[Plain] = []
        return self.world.put(token, body(*none, machine=self.machine, sequence=10))

    def twin(self, token: str) -> httpx.Response:
        days = [day(when) for when in dates("2026-11-20", 4)]
        return self.world.put(token, body(*days, machine=self.machine, sequence=11, twin="merge"))

    def ingest(self, token: str) -> httpx.Response:
        sent = wire.canonical(ingest(bucket(), machineId=self.machine))
        return self.world.request("POST", "/api/ingest", sent, JSON | authorised(token))

    def coverage(self, token: str) -> httpx.Response:
        return self.world.get(f"/api/coverage?machineId={self.machine}", token)


ASKING = ("put", "nothing", "twin", "ingest", "coverage")


@pytest.mark.parametrize("how", ASKING)
@pytest.mark.parametrize("known", [True, False], ids=["another's", "nobody's"])
def test_a_bound_token_is_refused_for_another_computer(
    either: World, how: str, known: bool
) -> None:
    link = linked(either, "owner")
    either.upload(link.token, *(day(when) for when in dates("2026-11-20", 4)))
    other = either.link_as(link.account).token
    if known:
        either.upload(other, day("2026-11-18"), machine=OTHER)
    before = either.stored(link.token), either.stored(other), either.totals(link)
    asked: Callable[[str], httpx.Response] = getattr(Asked(either, OTHER), how)
    answer = asked(link.token)
    assert answer.status_code in {403, 409}
    assert "other_machine" in answer.text
    assert "2026" not in answer.text
    assert (either.stored(link.token), either.stored(other), either.totals(link)) == before


@pytest.mark.parametrize("how", ASKING)
def test_another_accounts_computer_is_nobodys_here(either: World, how: str) -> None:
    owner, stranger = linked(either, "owner"), linked(either, "stranger")
    either.upload(owner.token, *(day(when) for when in dates("2026-11-20", 4)))
    before = either.stored(owner.token), either.totals(owner)
    asked: Callable[[str], httpx.Response] = getattr(Asked(either, MACHINE), how)
    answer = asked(stranger.token)
    assert answer.status_code == 200
    assert owner.account not in answer.text
    if how == "coverage":
        assert answer.json() == {
            "accountWindowEnd": None,
            "hasData": False,
            "machineWindowEnd": None,
        }
    assert (either.stored(owner.token), either.totals(owner)) == before
    assert set(either.stored(stranger.token)) <= {*dates("2026-11-20", 4)}


def test_a_token_that_is_not_bound_yet_is_told_of_no_computer(either: World) -> None:
    link = linked(either, "owner")
    either.upload(link.token, day())
    fresh = either.link_as(link.account).token
    expected = b'{"days":{},"sequence":0,"shared":false}'
    assert either.get(wire.DAYS_PATH, fresh).content == expected
    assert either.get(wire.ME_PATH, fresh).json()["machine"] is None


def test_a_token_ends_itself_and_no_other(either: World) -> None:
    link = linked(either, "owner")
    other = either.link_as(link.account).token
    ended = either.request("DELETE", wire.TOKEN_PATH, headers=authorised(link.token))
    assert ended.status_code == 204
    for method, path in OPENED:
        headers = JSON | authorised(link.token)
        assert either.request(method, path, b"{}", headers).status_code == 401
    assert either.get(wire.ME_PATH, other).status_code == 200
