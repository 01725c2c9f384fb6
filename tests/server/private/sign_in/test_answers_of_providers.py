"""What a provider's endpoints may answer: small, plain, soon, from where they should be."""

import gzip
import socketserver
import threading
from collections.abc import Generator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from claudeusage_server.private.sign_in.client import MOST_BYTES
from claudeusage_server.private.sign_in.google import KEPT_SECONDS
from claudeusage_server.settings import Google
from tests.loopback import Answer, closed_port
from tests.server.handmade_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    DISCOVERY,
    KEYS,
    TOKEN,
    HandmadeProvider,
    Spoil,
)
from tests.server.sign_in import begin, come_back, nothing_came_of, said, site
from tests.server.world import Logs, World

FAILED = "Google gave no answer that can be trusted; try again below."


def nobody_signs_in(world: World, provider: HandmadeProvider, path: str) -> None:
    """Begin, and come back where there is somewhere to come back from; nothing comes of it."""
    if path == DISCOVERY:
        answer = world.get("/sign-in/google")
    else:
        asked = begin(world)
        answer = come_back(world, asked, code=provider.agree(asked), iss=provider.origin)
    assert path in provider.asked_for
    nothing_came_of(world, answer)
    assert said(answer) == FAILED
    assert answer.status_code == 502


def larger(answer: Answer) -> Answer:
    """Blow an answer up, of which nothing else is wrong."""
    return answer._replace(body=answer.body + b" " * MOST_BYTES)


def zipped(answer: Answer) -> Answer:
    """Pack an answer, although nobody asked for that."""
    headers = (*answer.headers, ("Content-Encoding", "gzip"))
    return answer._replace(body=gzip.compress(answer.body), headers=headers)


def moved(answer: Answer) -> Answer:
    """Send somebody on, to what would be right."""
    return answer._replace(status=307, headers=(*answer.headers, ("Location", "/elsewhere")))


def broken(answer: Answer) -> Answer:
    """Say that something is wrong, with an answer that is not."""
    return answer._replace(status=500)


@pytest.mark.parametrize("path", [DISCOVERY, TOKEN, KEYS])
@pytest.mark.parametrize("spoil", [larger, zipped, moved, broken])
def test_an_answer_that_is_not_taken_signs_nobody_in(
    here: World, provider: HandmadeProvider, path: str, spoil: Spoil
) -> None:
    provider.spoiled[path] = spoil
    nobody_signs_in(here, provider, path)


@pytest.mark.parametrize("path", [DISCOVERY, TOKEN, KEYS])
def test_an_answer_as_large_as_is_read_is_read(
    here: World, provider: HandmadeProvider, path: str
) -> None:
    provider.spoiled[path] = lambda answer: answer._replace(body=answer.body.ljust(MOST_BYTES))
    asked = begin(here)
    answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    assert answer.status_code == 303


GARBAGE = (
    b"",
    b"\xff",
    b"null",
    b"[]",
    b'"text"',
    b"{}",
    b'{"issuer": 7, "keys": 7, "access_token": 7, "id_token": 7}',
    b'{"keys": [{"kty": "RSA", "n": 1, "e": []}]}',
    b'{"keys": [{"kty": "RSA", "n": "!", "e": "AQAB"}]}',
    b'{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}',
    b'{"keys": [{"kty": "oct", "k": "AQAB"}, {}]}',
    b'{"access_token": "a", "id_token": "a.b.c", "expires_in": 1e999}',
    b'{"access_token": "a", "id_token": "a.b.c", "expires_in": [1]}',
    b"[" * 100_000,
    b"<html>",
)


@pytest.mark.parametrize("path", [DISCOVERY, TOKEN, KEYS])
def test_garbage_signs_nobody_in(here: World, provider: HandmadeProvider, path: str) -> None:
    for garbage in GARBAGE:
        provider.spoiled[path] = partial(Answer._replace, body=garbage)
        nobody_signs_in(here, provider, path)


def test_keys_of_other_kinds_are_passed_over(here: World, provider: HandmadeProvider) -> None:
    others = b'{"kty": "EC", "crv": "P-1"}, {"kty": 7}, {"kty": [], "ext": true}, {}, '

    def crowded(answer: Answer) -> Answer:
        before, _, after = answer.body.partition(b"[")
        return answer._replace(body=before + b"[" + others + after)

    provider.spoiled[KEYS] = crowded
    asked = begin(here)
    answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    assert provider.asked_for[-1] == KEYS
    assert answer.status_code == 303


def test_an_error_of_the_token_endpoint_signs_nobody_in(
    here: World, provider: HandmadeProvider
) -> None:
    asked = begin(here)
    answer = come_back(here, asked, code="0" * 40, iss=provider.origin)
    assert provider.agree(asked)
    nothing_came_of(here, answer)
    assert said(answer) == FAILED


@pytest.fixture
def never() -> Generator[threading.Event]:
    """Give what is waited for until the test is over."""
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize("path", [DISCOVERY, TOKEN, KEYS])
def test_a_slow_answer_is_not_waited_for(
    tmp_path: Path, provider: HandmadeProvider, never: threading.Event, logs: Logs, path: str
) -> None:
    def late(answer: Answer) -> Answer:
        never.wait()
        return answer

    provider.spoiled[path] = late
    world = site(tmp_path / "hurried", provider.settings, provider_seconds=0.3)
    try:
        nobody_signs_in(world, provider, path)
    finally:
        world.close()
    assert "signing in with Google failed: " in logs.text


class _Dripping(socketserver.StreamRequestHandler):
    """Answers with a byte now and then, for some seconds."""

    def handle(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        pause = threading.Event()
        with suppress(OSError):
            for _ in range(100):
                self.wfile.write(b" ")
                pause.wait(0.05)


def test_an_answer_that_drips_is_not_waited_for(tmp_path: Path, logs: Logs) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Dripping) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        issuer = f"http://127.0.0.1:{server.server_address[1]}"
        google = Google(CLIENT_ID, CLIENT_SECRET, issuer=issuer)
        world = site(tmp_path / "hurried", google, provider_seconds=0.3)
        try:
            nothing_came_of(world, world.get("/sign-in/google"))
        finally:
            world.close()
            server.shutdown()
    assert "signing in with Google failed: it did not answer in time" in logs.text


def test_a_provider_that_is_down_signs_nobody_in(tmp_path: Path, logs: Logs) -> None:
    world = site(tmp_path / "alone", Google(CLIENT_ID, CLIENT_SECRET, issuer=closed_port()))
    try:
        nothing_came_of(world, world.get("/sign-in/google"))
    finally:
        world.close()
    assert "signing in with Google failed: it could not be reached" in logs.text


def test_a_discovered_issuer_that_is_another_signs_nobody_in(
    here: World, provider: HandmadeProvider, logs: Logs
) -> None:
    provider.discovered = {"issuer": provider.origin + "/"}
    nothing_came_of(here, here.get("/sign-in/google"))
    assert "signing in with Google failed: the discovered issuer is another" in logs.text


OPEN = (
    "http://provider.example/x",
    "//provider.example/x",
    "/x",
    "javascript:alert(1)",
    "ftp://127.0.0.1/x",
    "http://127.0.0.1.provider.example/x",
    "https://[/x",
    "https://provider.example:x/",
    "https://provider.example:99999/",
    "https://provider.example:0/",
    "https://",
    "",
)


def test_nobody_is_sent_to_an_address_without_tls(here: World, provider: HandmadeProvider) -> None:
    for address in OPEN:
        provider.discovered = {"authorization_endpoint": address}
        nothing_came_of(here, here.get("/sign-in/google"))
        here.clock.move(seconds=KEPT_SECONDS)


@pytest.mark.parametrize("endpoint", ["token_endpoint", "jwks_uri"])
def test_nothing_is_asked_at_an_address_without_tls(
    here: World, provider: HandmadeProvider, endpoint: str
) -> None:
    for address in OPEN:
        provider.discovered = {endpoint: address}
        asked = begin(here)
        answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
        nothing_came_of(here, answer)
        assert (TOKEN in provider.asked_for) is (endpoint == "jwks_uri")
        here.clock.move(seconds=KEPT_SECONDS)


@pytest.mark.parametrize(("endpoint", "path"), [("token_endpoint", TOKEN), ("jwks_uri", KEYS)])
def test_an_address_without_tls_is_not_asked_even_if_it_would_answer(
    here: World, provider: HandmadeProvider, endpoint: str, path: str
) -> None:
    reached = provider.origin.replace("127.0.0.1", "0.0.0.0")
    provider.discovered = {endpoint: reached + path}
    asked = begin(here)
    answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    nothing_came_of(here, answer)
    assert path not in provider.asked_for


def test_what_was_discovered_is_kept_for_an_hour(here: World, provider: HandmadeProvider) -> None:
    begin(here)
    here.clock.move(minutes=59)
    begin(here)
    assert provider.asked_for.count(DISCOVERY) == 1
    here.clock.move(minutes=1)
    begin(here)
    assert provider.asked_for.count(DISCOVERY) == 2


def test_a_failure_is_not_kept(here: World, provider: HandmadeProvider) -> None:
    provider.spoiled[DISCOVERY] = broken
    assert here.get("/sign-in/google").status_code == 502
    del provider.spoiled[DISCOVERY]
    assert begin(here)
