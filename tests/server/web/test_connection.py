"""Connections of a real server, by clients that take their time, or never come to the point."""

import json
import select
import socket
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from claudeusage_core import wire
from claudeusage_server.commands import create_token
from claudeusage_server.settings import Settings
from tests.processes import PATIENCE_SECONDS, ended
from tests.server.world import body, day

SERVE = """
import sys
from pathlib import Path
from claudeusage_server.commands import serve
from claudeusage_server.settings import Patience, Settings
patience = Patience(head=0.6, body=0.8, answer=0.6)
serve(Settings(Path(sys.argv[1]), port=0, patience=patience))
"""
THREADS = 40
"""How many threads work for all requests together."""


class Server(NamedTuple):
    """Where it listens, and a token that it knows."""

    host: str
    port: int
    token: str

    def connect(self) -> socket.socket:
        return socket.create_connection((self.host, self.port), PATIENCE_SECONDS)

    def head(self, method: str, path: str, *more: str) -> bytes:
        lines = (f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}", *more, "", "")
        return "\r\n".join(lines).encode()

    def upload(self, *more: str, token: str = "") -> bytes:
        authorization = f"Authorization: Bearer {token or self.token}"
        return self.head(
            "PUT", wire.DAYS_PATH, "Content-Type: application/json", authorization, *more
        )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    folder = tmp_path_factory.mktemp("connections")
    command = (sys.executable, "-c", SERVE, str(folder / "data"))
    with (
        (folder / "talk.txt").open("w") as talk,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=talk, text=True) as process,
        ended(process),
    ):
        assert process.stdout is not None
        parts = urlsplit(str(process.stdout.readline()).strip())
        token = create_token(Settings(folder / "data"), None)
        yield Server(parts.hostname or "", parts.port or 0, token)
    said = (folder / "talk.txt").read_text()
    assert " status=408 " in said
    assert "level=error" not in said
    assert "Traceback" not in said


@contextmanager
def opened(server: Server, sent: bytes) -> Generator[socket.socket]:
    """Open a connection and send something on it."""
    with server.connect() as connection:
        connection.sendall(sent)
        yield connection


def to_the_end(connection: socket.socket) -> bytes:
    """Read until the server hangs up."""
    found = b""
    while piece := connection.recv(65_536):
        found += piece
    return found


def dripped(connection: socket.socket, drop: bytes) -> bytes:
    """Send a drop now and then until the server says something, and hear it out."""
    while not select.select([connection], [], [], 0.05)[0]:
        connection.sendall(drop)
    return to_the_end(connection)


def answer(said: bytes) -> tuple[int, str, dict[str, str]]:
    """Split an answer into its status, its problem's code and its headers."""
    head, _, content = said.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    assert headers["content-type"] == "application/problem+json"
    return int(first.split()[1]), json.loads(content)["code"], headers


def read_answers(server: Server, *requests: bytes) -> Sequence[int]:
    """Ask for each on a connection of its own, and return the statuses."""
    found: list[int] = []
    for request in requests:
        with opened(server, request) as connection:
            found.append(int(connection.recv(65_536).split()[1]))
    return found


@pytest.mark.parametrize(
    ("framing", "drop"),
    [("Content-Length: 100000", b" "), ("Transfer-Encoding: chunked", b"1\r\n \r\n")],
)
def test_a_body_that_drips_ends_at_the_deadline(server: Server, framing: str, drop: bytes) -> None:
    with opened(server, server.upload(framing)) as connection:
        status, code, headers = answer(dripped(connection, drop))
    assert (status, code, headers["connection"]) == (408, "body_slow", "close")


def test_slow_bodies_hold_up_nobody_else(server: Server) -> None:
    slow = server.upload("Content-Length: 100")
    sent = wire.canonical(body(day()))
    whole = server.upload(f"Content-Length: {len(sent)}") + sent
    with ExitStack() as stack:
        waiting = [stack.enter_context(opened(server, slow)) for _ in range(THREADS + 20)]
        assert read_answers(server, server.head("GET", "/healthz"), whole) == [200, 200]
        assert not select.select(waiting, [], [], 0)[0]
        assert {answer(to_the_end(each))[0] for each in waiting} == {408}


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: x"])
def test_a_connection_on_which_no_request_comes_is_closed(server: Server, sent: bytes) -> None:
    with opened(server, sent) as connection:
        assert to_the_end(connection) == b""


def test_a_head_that_drips_is_not_waited_for(server: Server) -> None:
    with opened(server, b"GET / HTTP/1.1\r\nX: ") as connection:
        assert dripped(connection, b"x") == b""


def test_a_second_request_is_waited_for_no_longer_than_the_first(server: Server) -> None:
    with opened(server, server.head("GET", "/healthz")) as connection:
        said = b""
        while not said.endswith(b"ok\n"):
            said += connection.recv(65_536)
        assert dripped(connection, b"G") == b""


def test_two_requests_on_one_connection_are_both_answered(server: Server) -> None:
    sent = wire.canonical(body(day(), sequence=2))
    upload = server.upload(f"Content-Length: {len(sent)}") + sent
    with opened(server, upload * 2) as connection:
        assert to_the_end(connection).count(b"HTTP/1.1 200") == 2


def test_an_answer_that_nobody_reads_is_not_kept(server: Server) -> None:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect((server.host, server.port))
        with pytest.raises(ConnectionError):
            connection.sendall(server.head("GET", "/privacy") * 100_000)


def test_what_is_no_http_is_a_problem_and_the_end(server: Server) -> None:
    with opened(server, b"\x16\x03\x01 nonsense\r\n\r\n") as connection:
        status, code, headers = answer(to_the_end(connection))
    assert (status, code) == (400, "request_unreadable")
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_chunk_that_is_none_is_a_problem_and_the_end(server: Server) -> None:
    broken = server.upload("Transfer-Encoding: chunked") + b"zz\r\n"
    with opened(server, broken) as connection:
        assert answer(to_the_end(connection))[0] == 400


def test_a_body_that_is_announced_too_large_is_not_waited_for(server: Server) -> None:
    with opened(server, server.upload(f"Content-Length: {wire.MAX_BYTES + 1}")) as connection:
        status, code, headers = answer(to_the_end(connection))
    assert (status, code, headers["connection"]) == (413, "body_too_large", "close")


def test_a_client_that_asks_first_is_refused_before_it_sends(server: Server) -> None:
    asking = server.upload(
        "Content-Length: 1000", "Expect: 100-continue", token="cu_live_" + "0" * 48
    )
    with opened(server, asking) as connection:
        status, code, headers = answer(to_the_end(connection))
    assert (status, code, headers["connection"]) == (401, "token_dead", "close")


def test_a_dead_token_is_told_after_its_body_was_let_in(server: Server) -> None:
    sent = b" " * 500_000
    dead = server.upload(f"Content-Length: {len(sent)}", token="cu_live_" + "0" * 48)
    with opened(server, (dead + sent) * 2) as connection:
        assert to_the_end(connection).count(b"HTTP/1.1 401") == 2
