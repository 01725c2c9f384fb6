"""How much of a body is read, and for how long."""

import asyncio
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from starlette.types import Message

from claudeusage_core import wire
from claudeusage_server.settings import Patience
from tests.server.world import JSON, Link, World, authorised, body, day, logged

CHUNK = 65_536
SMALL = 8 * 1024
DEAD = "cu_live_" + "0" * 48


class Answered(NamedTuple):
    """An answer, and how many bytes of the body had been taken by then."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    taken: int


class Body:
    """A body as the network brings it: chunk after chunk, and then nothing, or the end."""

    def __init__(self, chunks: Iterable[bytes], *, ends: bool, hangs_up: bool = False) -> None:
        self.taken = 0
        self._chunks = iter(chunks)
        self._ends = ends
        self._hangs_up = hangs_up

    async def receive(self) -> Message:
        chunk = next(self._chunks, None)
        if chunk is not None:
            self.taken += len(chunk)
            return {"type": "http.request", "body": chunk, "more_body": True}
        if self._hangs_up:
            return {"type": "http.disconnect"}
        if self._ends:
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.Event().wait()
        raise AssertionError


def send(world: World, method: str, path: str, sent: Body, headers: Mapping[str, str]) -> Answered:
    """Send one request by the bare interface of ASGI."""
    host = world.origin.removeprefix("http://")
    named = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "headers": [(b"host", host.encode()), *named],
    }
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    asyncio.run(world.app(scope, sent.receive, keep))
    start, *rest = messages
    told = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answered(start["status"], told, b"".join(each["body"] for each in rest), sent.taken)


def put(world: World, token: str, sent: Body, **headers: str) -> Answered:
    """Upload in chunks, unless a length is named."""
    framing = headers or {"Transfer-Encoding": "chunked"}
    more = {name.replace("_", "-"): value for name, value in framing.items()}
    return send(world, "PUT", wire.DAYS_PATH, sent, JSON | authorised(token) | more)


def endless() -> Iterable[bytes]:
    while True:
        yield b" " * CHUNK


@pytest.fixture
def hasty(tmp_path: Path) -> Generator[World]:
    made = World(tmp_path / "hasty", patience=Patience(body=0.05))
    yield made
    made.close()


def test_a_body_in_chunks_is_read_to_its_end(world: World, link: Link) -> None:
    whole = wire.canonical(body(day()))
    sent = Body([whole[:100], b"", whole[100:]], ends=True)
    answer = put(world, link.token, sent)
    assert (answer.status, answer.taken) == (200, len(whole))
    assert "connection" not in answer.headers


def test_an_endless_body_is_read_up_to_the_cap(world: World, link: Link) -> None:
    answer = put(world, link.token, Body(endless(), ends=False))
    assert (answer.status, answer.headers["connection"]) == (413, "close")
    assert b'"field":"body"' in answer.content
    assert wire.MAX_BYTES < answer.taken <= wire.MAX_BYTES + CHUNK


def test_a_body_that_is_announced_too_large_is_not_read_at_all(world: World, link: Link) -> None:
    length = str(wire.MAX_BYTES + 1)
    answer = put(world, link.token, Body(endless(), ends=False), Content_Length=length)
    assert (answer.status, answer.headers["connection"], answer.taken) == (413, "close", 0)


def test_a_body_of_exactly_the_cap_is_read(world: World, link: Link) -> None:
    whole = wire.canonical(body(day())).ljust(wire.MAX_BYTES)
    answer = put(world, link.token, Body([whole], ends=True), Content_Length=str(len(whole)))
    assert answer.status == 200


def test_other_bodies_have_a_cap_of_their_own(world: World) -> None:
    chunks = (b" " * 1_024 for _ in range(1_000))
    headers = JSON | {"Transfer-Encoding": "chunked"}
    answer = send(world, "POST", wire.AUTH_START_PATH, Body(chunks, ends=True), headers)
    assert (answer.status, answer.headers["connection"]) == (413, "close")
    assert answer.taken <= SMALL + 1_024


@pytest.mark.parametrize("chunks", [[], [b"{"], [b"{", b" ", b" "]])
def test_a_body_that_does_not_come_ends_at_the_deadline(hasty: World, chunks: list[bytes]) -> None:
    token = hasty.link().token
    answer = put(hasty, token, Body(chunks, ends=False))
    assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert answer.headers["content-type"] == "application/problem+json"
    assert b'"code":"body_slow"' in answer.content


def test_a_slow_poll_has_expired_like_any_other_that_cannot_be_read(hasty: World) -> None:
    headers = JSON | {"Content-Length": "100"}
    answer = send(hasty, "POST", wire.AUTH_POLL_PATH, Body([], ends=False), headers)
    assert (answer.status, answer.content) == (200, b'{"status":"expired"}')
    assert answer.headers["connection"] == "close"


def test_a_body_that_nobody_wants_is_let_in_and_forgotten(world: World) -> None:
    answer = put(world, DEAD, Body([b" " * CHUNK] * 3, ends=True))
    assert (answer.status, answer.taken) == (401, 3 * CHUNK)
    assert "connection" not in answer.headers


def test_no_more_of_it_is_let_in_than_of_an_upload(world: World) -> None:
    answer = put(world, DEAD, Body(endless(), ends=False))
    assert (answer.status, answer.headers["connection"]) == (401, "close")
    assert answer.taken <= wire.MAX_BYTES + CHUNK


def test_nor_for_longer(hasty: World) -> None:
    answer = put(hasty, DEAD, Body([b" "], ends=False))
    assert (answer.status, answer.headers["connection"]) == (401, "close")


@pytest.mark.parametrize("path", ["/", "/api/v2/me", "/api/nothing", "/sign-in"])
def test_a_body_where_none_belongs_ends_at_the_deadline(hasty: World, path: str) -> None:
    answer = send(hasty, "GET", path, Body([], ends=False), {"Content-Length": "5"})
    assert answer.status in {200, 401, 404}
    assert answer.headers["connection"] == "close"


def test_a_client_that_hangs_up_is_no_failure_of_the_server(world: World, link: Link) -> None:
    with logged() as logs:
        answer = put(world, link.token, Body([b"{"], ends=False, hangs_up=True))
    assert answer.status == 400
    assert b'"code":"body_incomplete"' in answer.content
    assert "method=PUT route=/api/v2/days status=400" in logs.text
    assert "Traceback" not in logs.text
    assert ".py" not in logs.text


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip", "x"])
def test_an_encoded_body_is_not_taken(world: World, link: Link, encoding: str) -> None:
    sent = Body([b"{}"], ends=True)
    answer = put(world, link.token, sent, Content_Length="2", Content_Encoding=encoding)
    assert answer.status == 415
    assert b'"field":"Content-Encoding"' in answer.content
