"""The server's interface over real sockets: proxies, headers, redirects, and hostile answers."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from claudeusage_app.api import Api
from claudeusage_app.errors import ServerNotVerified, ServerStrange, ServerUnreachable
from claudeusage_core.errors import AnswerInvalid, ClaudeusageError
from tests.loopback import Answer, Loopback, loopback
from tests.tls import certificate, secure_server

TOKEN = "cu_live_" + "5e" * 24
ME = {"account": "a", "name": None, "profile": "https://sync.example/u/x", "machine": None}
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
JSON = ("Content-Type", "application/json")


@pytest.fixture(autouse=True)
def _no_proxy_of_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PROXIES, "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


def me(body: bytes | None = None, *headers: tuple[str, str]) -> Answer:
    return Answer(200, json.dumps(ME).encode() if body is None else body, (JSON, *headers))


def failure(origin: str, patience: float = 30) -> ClaudeusageError:
    with Api(origin, patience=patience) as api, pytest.raises(ClaudeusageError) as failed:
        api.me(TOKEN)
    assert TOKEN not in str(failed.value)
    return failed.value


@contextmanager
def speaking(speak: Callable[[socket.socket], None]) -> Generator[str]:
    """Let a server that knows no HTTP *speak* to each connection, once it has sent a request."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):  # one of the two hung up
                while True:
                    connection, _ = listening.accept()
                    with connection, suppress(OSError):
                        connection.settimeout(10)
                        connection.recv(1 << 16)
                        speak(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            assert not thread.is_alive()


@pytest.mark.parametrize("name", PROXIES)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_never_reached_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, name: str, host: str
) -> None:
    with loopback(lambda _: me()) as there, loopback(lambda _: Answer(502, b"")) as proxy:
        monkeypatch.setenv(name, proxy.origin)
        with Api(there.origin.replace("127.0.0.1", host)) as api:
            assert api.me(TOKEN).account == "a"
    assert len(there.requests) == 1
    assert proxy.received == []


@pytest.mark.parametrize("origin", ["http://127.8.9.10:9", "http://[::1]:9", "https://127.0.0.1:9"])
def test_no_other_address_of_this_computer_is_asked_for_at_a_proxy(
    monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    with loopback(lambda _: Answer(502, b"")) as proxy:
        for name in PROXIES:
            monkeypatch.setenv(name, proxy.origin)
        assert isinstance(failure(origin), ServerUnreachable)
    assert proxy.received == []


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"])
def test_another_host_is_reached_through_a_tunnel_and_the_proxy_sees_no_token(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with loopback(lambda _: Answer(403, b"")) as proxy:
        monkeypatch.setenv(name, proxy.origin)
        error = failure("https://sync.example:8443")
    assert isinstance(error, ServerUnreachable)
    assert "proxy" in error.title
    (asked,) = proxy.requests
    assert (asked.method, asked.path) == ("CONNECT", "sync.example:8443")
    assert TOKEN.encode() not in b"".join(proxy.received)


def ask(api: Api, what: str) -> None:
    match what:
        case "GET /api/v2/me":
            api.me(TOKEN)
        case "GET /api/v2/days":
            api.days(TOKEN)
        case "PUT /api/v2/days":
            api.put_days(TOKEN, b"{}")
        case "DELETE /api/v2/token":
            api.delete_token(TOKEN)
        case "POST /api/cli/auth/start":
            api.start_linking()
        case "POST /api/cli/auth/poll":
            api.poll_linking("device")
        case _:
            api.post("/api/local/proof", {"nonce": "00"})


@pytest.mark.parametrize(
    ("what", "ours"),
    [
        ("GET /api/v2/me", {"authorization"}),
        ("GET /api/v2/days", {"authorization"}),
        ("PUT /api/v2/days", {"authorization", "content-type", "content-length"}),
        ("DELETE /api/v2/token", {"authorization"}),
        ("POST /api/cli/auth/start", {"content-type", "content-length"}),
        ("POST /api/cli/auth/poll", {"content-type", "content-length"}),
        ("POST /api/local/proof", {"content-type", "content-length"}),
    ],
)
def test_each_request_has_the_headers_of_the_protocol_and_no_others(
    what: str, ours: set[str]
) -> None:
    with loopback(lambda _: Answer(200, b"")) as there, Api(there.origin) as api:
        with suppress(AnswerInvalid):
            ask(api, what)
        (request,) = there.requests
    assert f"{request.method} {request.path}" == what
    names = [name.lower() for name, _ in request.headers]
    assert sorted(names) == sorted({"host", "user-agent", "accept-encoding"} | ours)
    assert request.header("user-agent") == "claudeusage"
    assert request.header("accept-encoding") == "identity"
    assert request.header("content-type") in {None, "application/json"}
    assert request.header("authorization") in {None, f"Bearer {TOKEN}"}


def test_a_cookie_is_never_sent_back() -> None:
    cookies = (("Set-Cookie", "who=you; Path=/"), ("Set-Cookie", "since=today"))
    with loopback(lambda _: me(None, *cookies)) as there, Api(there.origin) as api:
        api.me(TOKEN)
        api.me(TOKEN)
    assert len(there.requests) == 2
    assert not any(each.header("cookie") for each in there.requests)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("where", ["elsewhere", "same origin"])
def test_no_redirect_is_followed_and_the_token_is_not_sent_on(status: int, where: str) -> None:
    with loopback(lambda _: me()) as elsewhere:

        def answer(_: object) -> Answer:
            origin = elsewhere.origin if where == "elsewhere" else there.origin
            return Answer(status, b"", (("Location", f"{origin}/api/v2/other"),))

        there: Loopback
        with loopback(answer) as there:
            assert isinstance(failure(there.origin), ServerStrange)
    assert [each.path for each in there.requests] == ["/api/v2/me"]
    assert elsewhere.received == []


def test_a_packed_answer_is_refused_and_never_unpacked() -> None:
    bomb = gzip.compress(b" " * (64 << 20))
    for encoding in ("gzip", "GZip", "deflate", "br", "zstd"):
        answer = me(bomb, ("Content-Encoding", encoding))
        with loopback(lambda _, answer=answer: answer) as there:  # type: ignore[misc]
            error = failure(there.origin)
        assert isinstance(error, AnswerInvalid)
        assert "compressed" in error.title


def test_an_answer_that_is_cut_short_is_told() -> None:
    def speak(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b'{"account"')

    with speaking(speak) as origin:
        error = failure(origin)
    assert isinstance(error, ServerUnreachable)
    assert "broke off" in error.title


@pytest.mark.parametrize("said", [b"SSH-2.0-OpenSSH_9.9\r\n", b"\x16\x03\x01\x02", b"\x00" * 99])
def test_what_speaks_no_http_is_told(said: bytes) -> None:
    with speaking(lambda connection: connection.sendall(said)) as origin:
        assert isinstance(failure(origin), ServerUnreachable)


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n99999\r\n",
        b"HTTP/1.1 500 No\r\nContent-Length: 999999\r\n\r\n",
    ],
)
def test_an_answer_that_drips_ends_after_the_longest_wait(beginning: bytes) -> None:
    over = threading.Event()

    def speak(connection: socket.socket) -> None:
        connection.sendall(beginning)
        while beginning and not over.wait(0.02):
            connection.sendall(b" ")
        over.wait(10)

    with speaking(speak) as origin:
        started = time.monotonic()
        error = failure(origin, patience=0.4)
        took = time.monotonic() - started
        over.set()
    assert isinstance(error, ServerUnreachable)
    assert "did not answer in time" in error.title
    assert 0.4 <= took < 5


def test_endless_headers_are_cut_off() -> None:
    sent = 0

    def speak(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while sent < 1 << 30:
            connection.sendall(b"X-More: " + b"x" * 8_000 + b"\r\n")
            sent += 8_010

    with speaking(speak) as origin:
        assert isinstance(failure(origin), ServerUnreachable)
    assert sent < 32 << 20


@pytest.mark.parametrize(
    ("name", "expired", "words"),
    [
        ("IP:127.0.0.1", False, "self-signed certificate"),
        ("DNS:sync.example", False, "not valid for '127.0.0.1'"),
        ("IP:127.0.0.1", True, "certificate has expired"),
    ],
    ids=["self-signed", "another name", "expired"],
)
def test_a_certificate_that_cannot_be_verified_is_told_and_nothing_is_sent(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    expired: bool,
    words: str,
) -> None:
    shown = certificate(tmp_path, name=name, expired=expired)
    if words != "self-signed certificate":  # then it is trusted, but for this one fault
        monkeypatch.setenv("SSL_CERT_FILE", str(shown.chain))
    with secure_server(shown) as there:
        error = failure(there.origin)
    assert isinstance(error, ServerNotVerified)
    assert error.exit_code == 5
    assert "could not be verified" in error.title
    assert words in error.title.replace("self signed", "self-signed")
    assert there.handshakes == 1
    assert there.received == b""
    assert not any(each in str(error).lower() for each in ("ignore", "insecure", "--"))


def test_a_certificate_that_holds_lets_the_request_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = certificate(tmp_path, name="IP:127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(shown.chain))
    with secure_server(shown) as there:
        assert "broke off" in failure(there.origin).title
        assert f"Bearer {TOKEN}".encode() in there.received


def test_a_server_without_tls_is_told_where_tls_is_expected() -> None:
    heard: list[bytes] = []

    def speak(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        heard.append(connection.recv(1 << 16))

    with speaking(speak) as origin:
        error = failure(origin.replace("http://", "https://"))
    assert isinstance(error, ServerNotVerified)
    assert "No secure connection" in error.title
    assert TOKEN.encode() not in b"".join(heard)
