"""The server's interface over HTTP: what is sent, and what each kind of answer becomes."""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest

from claudeusage_app.addresses import SHOWN
from claudeusage_app.api import Api
from claudeusage_app.errors import (
    AddressInvalid,
    ClientError,
    EndpointMissing,
    Refused,
    ServerUnreachable,
    TokenRejected,
    TwinFound,
)
from claudeusage_core.errors import AnswerInvalid, ClaudeusageError
from tests.loopback import Answer, closed_port, loopback
from tests.small_server import unread

ORIGIN = "https://sync.example"
TOKEN = "cu_live_" + "5e" * 24
BODY = b'{"schema":2}'
ME = {"account": "a", "name": None, "profile": f"{ORIGIN}/u/x", "machine": None}
TAKEN: dict[str, object] = {
    "applied": [],
    "unchanged": [],
    "stale": [],
    "kept": [],
    "refused": [],
    "review": [],
    "receipt": "sha256:" + "0" * 64,
}
CODE: dict[str, object] = {
    "deviceCode": "d",
    "userCode": "BCDF",
    "verificationUri": f"{ORIGIN}/device",
    "verificationUriComplete": f"{ORIGIN}/device",
    "expiresIn": 600,
    "interval": 5,
}


def answering(
    answer: Callable[[httpx.Request], httpx.Response], origin: str = ORIGIN
) -> tuple[Api, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return unread(answer(request))

    return Api(origin, httpx.MockTransport(handle)), asked


def always(status: int = 200, **how: object) -> tuple[Api, list[httpx.Request]]:
    return answering(lambda _: httpx.Response(status, **how))  # type: ignore[arg-type]


def failure(api: Api) -> ClaudeusageError:
    with pytest.raises(ClaudeusageError) as failed:
        api.put_days(TOKEN, BODY)
    assert TOKEN not in str(failed.value)
    return failed.value


def problem(status: int, code: str, **members: object) -> tuple[Api, list[httpx.Request]]:
    body = {"type": "about:blank", "title": "No.", "status": status, "code": code}
    return always(status, json=body | members)


def test_an_upload_has_these_headers_and_no_others() -> None:
    with loopback(lambda _: Answer(200, json.dumps(TAKEN).encode())) as there:
        with Api(there.origin) as api:
            api.put_days(TOKEN, BODY)
        (request,) = there.requests
    assert (request.method, request.path) == ("PUT", "/api/v2/days")
    assert request.body == BODY
    assert {name.lower(): value for name, value in request.headers} == {
        "host": there.origin.removeprefix("http://"),
        "authorization": f"Bearer {TOKEN}",
        "content-type": "application/json",
        "content-length": str(len(BODY)),
        "user-agent": "claudeusage",
        "accept-encoding": "identity",
    }


def test_a_question_has_even_fewer_headers() -> None:
    with loopback(lambda _: Answer(200, json.dumps(ME).encode())) as there:
        with Api(there.origin) as api:
            api.me(TOKEN)
        names = {name.lower() for name, _ in there.requests[0].headers}
    assert names == {"host", "authorization", "user-agent", "accept-encoding"}


def test_linking_says_nothing_about_the_computer() -> None:
    api, asked = answering(
        lambda request: httpx.Response(
            200, json=CODE if request.url.path.endswith("start") else {"status": "pending"}
        )
    )
    assert api.start_linking().user_code == "BCDF"
    assert api.poll_linking("d").status == "pending"
    assert [each.content for each in asked] == [b"{}", b'{"deviceCode":"d"}']
    assert all("authorization" not in each.headers for each in asked)


def test_a_cookie_is_never_said_back() -> None:
    api, asked = always(200, json=ME, headers={"Set-Cookie": "who=you; Path=/"})
    api.me(TOKEN)
    api.me(TOKEN)
    assert "cookie" not in asked[1].headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    api, asked = always(status, headers={"Location": "https://evil.example/api/v2/days"})
    assert isinstance(failure(api), Refused)
    assert len(asked) == 1


def test_loopback_is_never_reached_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        loopback(lambda _: Answer(200, json.dumps(ME).encode())) as there,
        loopback(lambda _: Answer(502, b"")) as proxy,
    ):
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.origin)
        monkeypatch.setenv("no_proxy", "")
        with Api(there.origin) as api:
            assert api.me(TOKEN).account == "a"
    assert proxy.received == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("ALL_PROXY", "socks5h://127.0.0.1:9"), ("HTTPS_PROXY", "ftp://x"), ("SSL_CERT_FILE", "/-")],
)
def test_surroundings_that_cannot_be_used_are_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ServerUnreachable, match=name):
        Api(ORIGIN)


def test_a_host_that_no_name_can_be_is_refused() -> None:
    with pytest.raises(AddressInvalid):
        Api("https://\u2603.example")


def test_401_means_that_the_token_is_dead() -> None:
    for api, _ in (problem(401, "token_unknown"), always(401, text="<html>")):
        error = failure(api)
        assert isinstance(error, TokenRejected)
        assert error.exit_code == 3


def test_403_says_why() -> None:
    api, _ = problem(403, "machine_other", detail="This token is another computer's.")
    error = failure(api)
    assert type(error) is Refused
    assert "This token is another computer's. (machine_other)" in str(error)


def test_a_twin_is_found() -> None:
    api, _ = problem(409, "machine_twin", other="opaque")
    error = failure(api)
    assert isinstance(error, TwinFound)
    assert "--twin merge" in str(error)


def test_another_conflict_is_refused_with_its_code() -> None:
    api, _ = problem(409, "busy")
    assert type(failure(api)) is Refused


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"Retry-After": "17"}, "in 17 seconds."),
        ({}, "Try again later."),
        ({"Retry-After": "Fri, 31 Dec 1999"}, "later."),
        ({"Retry-After": "9" * 50}, "later."),
    ],
)
def test_429_says_when_to_try_again(header: dict[str, str], words: str) -> None:
    api, _ = always(429, headers=header, text="slow down")
    assert words in str(failure(api))


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_server_that_is_not_ready_is_unreachable(status: int) -> None:
    api, _ = always(status, text="<html><h1>Bad gateway</h1>")
    error = failure(api)
    assert isinstance(error, ServerUnreachable)
    assert error.exit_code == 5
    assert "<h1>" not in str(error)


@pytest.mark.parametrize("status", [400, 404, 405, 413, 415, 422, 500])
def test_html_instead_of_a_problem_points_to_the_address(status: int) -> None:
    api, _ = always(status, text="<html><h1>Welcome</h1>", headers={"Content-Type": "text/html"})
    error = failure(api)
    assert type(error) is (EndpointMissing if status in {404, 405} else Refused)
    assert f"HTTP {status}" in str(error)
    assert "address" in error.remedy
    assert "Welcome" not in str(error)


def test_what_a_server_says_is_cut_and_shown_plain() -> None:
    api, _ = problem(422, "bad\x1b]0;\x07" * 99, title="\x1b[2J" + "long " * 1_000)
    text = str(failure(api))
    assert text.isprintable()
    assert len(text) < 3 * SHOWN


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        json.dumps(TAKEN | {"more": 1}).encode(),
        json.dumps(TAKEN | {"receipt": "sha256:x"}).encode(),
        json.dumps(TAKEN | {"applied": "2026-11-22"}).encode(),
        json.dumps({name: value for name, value in TAKEN.items() if name != "kept"}).encode(),
    ],
)
def test_an_answer_that_is_not_in_the_protocol_is_said_to_be_one(content: bytes) -> None:
    api, _ = always(200, content=content)
    assert isinstance(failure(api), AnswerInvalid)


@pytest.mark.parametrize("content", [b"", b"[]", b"[" * 100_000, b"\xff", b'"text"', b"nul"])
def test_nonsense_from_a_bundled_server_is_said_to_be_one(content: bytes) -> None:
    api, _ = always(200, content=content)
    with pytest.raises(AnswerInvalid):
        api.post("/api/local/proof", {"nonce": "ab"})


@pytest.mark.parametrize("status", [200, 500])
def test_an_endless_answer_is_cut_off(status: int) -> None:
    given = 0

    def endless() -> Iterator[bytes]:
        nonlocal given
        while given < 10**9:
            given += 1 << 20
            yield b" " * (1 << 20)

    api, _ = always(status, content=endless())
    assert isinstance(failure(api), AnswerInvalid)
    assert given < 16 << 20


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (httpx.ReadTimeout, "did not answer in time"),
        (httpx.ConnectTimeout, "did not answer in time"),
        (httpx.ConnectError, "cannot be reached"),
        (httpx.ReadError, "cannot be reached"),
        (httpx.RemoteProtocolError, "cannot be reached"),
    ],
)
def test_no_answer_is_unreachable_and_nothing_is_lost(
    kind: type[httpx.TransportError], words: str
) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        raise kind(f"something with {TOKEN} in it", request=request)

    error = failure(answering(handle)[0])
    assert isinstance(error, ServerUnreachable)
    assert words in error.title
    assert "kept" in error.remedy


def test_a_closed_port_is_unreachable() -> None:
    with Api(closed_port()) as api, pytest.raises(ServerUnreachable) as failed:
        api.me(TOKEN)
    assert failed.value.exit_code == 5


def test_a_server_that_hangs_up_is_unreachable() -> None:
    with (
        loopback(lambda _: None) as there,
        Api(there.origin) as api,
        pytest.raises(ServerUnreachable),
    ):
        api.me(TOKEN)


def test_a_token_is_taken_back_without_a_body_in_the_answer() -> None:
    api, asked = always(204)
    api.delete_token(TOKEN)
    assert (asked[0].method, asked[0].url.path) == ("DELETE", "/api/v2/token")


def test_every_error_of_the_client_says_what_to_do() -> None:
    def kinds(kind: type[ClientError]) -> Iterator[type[ClientError]]:
        yield kind
        for below in kind.__subclasses__():
            yield from kinds(below)

    for kind in kinds(ClientError):
        assert kind().title.endswith(".")
        assert kind().exit_code in {1, 2, 3, 4, 5}
