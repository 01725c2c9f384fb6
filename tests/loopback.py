"""A tiny HTTP server on this computer that keeps every byte it is sent."""

import socketserver
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias


class Request(NamedTuple):
    """A request as it came over the wire."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header's value, None where it was not sent."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)


class Answer(NamedTuple):
    """What is answered."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


Answering: TypeAlias = Callable[[Request], Answer | None]
"""What answers a request; None hangs up without a word."""


class Loopback:
    """Where the server listens, and what it has received."""

    def __init__(self, answer: Answering) -> None:
        self.answer = answer
        self.received: list[bytes] = []
        self.requests: list[Request] = []
        self.origin = ""


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, loopback: Loopback) -> None:
        self.loopback = loopback
        super().__init__(("127.0.0.1", 0), _Connection)


class _Connection(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, _Server)
        while (request := self._read(self.server.loopback)) is not None:
            answer = self.server.loopback.answer(request)
            if answer is None:
                return
            self._write(answer)

    def _read(self, loopback: Loopback) -> Request | None:
        head: list[bytes] = []
        while (line := self.rfile.readline()) not in {b"", b"\r\n"}:
            head.append(line)
        if not head:
            return None
        loopback.received += [*head, line]
        method, path, _ = head[0].decode("ascii").split(" ", 2)
        pairs = (each.decode("latin-1").partition(":") for each in head[1:])
        headers = tuple((name, value.strip()) for name, _, value in pairs)
        length = next((int(v) for n, v in headers if n.lower() == "content-length"), 0)
        body = self.rfile.read(length)
        loopback.received.append(body)
        request = Request(method, path, headers, body)
        loopback.requests.append(request)
        return request

    def _write(self, answer: Answer) -> None:
        head = [f"HTTP/1.1 {answer.status} Whatever"]
        head += [f"{name}: {value}" for name, value in answer.headers]
        head += [f"Content-Length: {len(answer.body)}", "", ""]
        self.wfile.write("\r\n".join(head).encode("latin-1") + answer.body)


@contextmanager
def loopback(answer: Answering) -> Generator[Loopback]:
    """Serve on a free port for as long as the block lasts."""
    there = Loopback(answer)
    with _Server(there) as server:
        there.origin = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield there
        finally:
            server.shutdown()
            thread.join()


def closed_port() -> str:
    """Return an origin on which nobody listens."""
    with _Server(Loopback(lambda _: None)) as server:
        return f"http://127.0.0.1:{server.server_address[1]}"
