"""A proxy that spoils what passes it, as a process of its own: on loopback, and by a seed.

python -m tests.fault_proxy ORIGIN SEED LOG

It writes its own origin to stdout, and for each request a line of JSON to LOG. With the first line
on stdin it becomes a clean connection.
"""

import contextlib
import hashlib
import http.client
import json
import random
import socket
import socketserver
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.processes import ended

DELAY_SECONDS = 0.05
_PORTAL = b"<!doctype html><title>Welcome to our network</title><a href=/>Accept our terms</a>"


class Fault(StrEnum):
    """What is done to a request and its answer."""

    NONE = "none"
    DELAY = "delay"
    DROP_BEFORE = "drop before"
    DROP_AFTER = "drop after"
    RESET_BEFORE = "reset before"
    RESET_AFTER = "reset after"
    CUT_REQUEST = "cut request"
    CUT_ANSWER = "cut answer"
    TWICE = "twice"
    AGAIN_LATER = "again later"
    """The same request is delivered once more before the next one: it is older by then."""
    LATER_ONLY = "later only"
    """It is not answered, and delivered before the next one that is."""
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"
    PATIENCE = "429"
    PORTAL = "portal"
    PORTAL_REDIRECT = "portal redirect"


_GOOD_UPLOADS, _GOOD_QUESTIONS = 2, 100
"""How often nothing is done, where each fault is drawn once: uploads are what is spoilt most."""


class Request(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Answer(NamedTuple):
    """An answer as it came, or as it is made up."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def written(self) -> bytes:
        """Return it as HTTP/1.1 has it."""
        head = [f"HTTP/1.1 {self.status} Whatever"]
        head += [f"{name}: {value}" for name, value in self.headers]
        head += [f"Content-Length: {len(self.body)}", "Connection: close", "", ""]
        return "\r\n".join(head).encode("latin-1") + self.body


class _Proxy(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, upstream: str, seed: int, log: Path) -> None:
        self.upstream = urlsplit(upstream).netloc
        self.clean = False
        self.one_at_a_time = threading.Lock()
        self._random = random.Random(seed)  # noqa: S311 -- it draws faults
        self._log = log
        self._late: list[Request] = []
        super().__init__(("127.0.0.1", 0), _Connection)

    def fault(self, request: Request) -> Fault:
        """Draw what happens to a request."""
        good = _GOOD_UPLOADS if request.method == "PUT" else _GOOD_QUESTIONS
        drawn = self._random.choice([*Fault, *[Fault.NONE] * good])
        return Fault.NONE if self.clean else drawn

    def deliver(self, request: Request, fault: Fault) -> Answer:
        """Let the server answer; what is late comes first."""
        late, self._late = self._late, []
        for each in late:
            self._answer(each)
        answer = self._answer(request)
        if fault is Fault.TWICE:
            answer = self._answer(request)
        if fault is Fault.AGAIN_LATER:
            self.keep(request)
        return answer

    def keep(self, request: Request) -> None:
        """Deliver a request later."""
        self._late.append(request)

    def cut(self, request: Request) -> None:
        """Let half of a request arrive."""
        host, port = self.upstream.split(":")
        head = [f"{request.method} {request.path} HTTP/1.1"]
        head += [f"{name}: {value}" for name, value in self._forwarded(request).items()]
        whole = "\r\n".join([*head, "", ""]).encode("latin-1") + request.body
        with socket.create_connection((host, int(port))) as half:
            half.sendall(whole[: -max(1, len(request.body) // 2)])

    def note(self, request: Request, fault: Fault, taken: str | None) -> None:
        """Write down what passed."""
        line = {"method": request.method, "fault": fault, "taken": taken}
        with self._log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def _answer(self, request: Request) -> Answer:
        connection = http.client.HTTPConnection(self.upstream, timeout=30)
        try:
            headers = self._forwarded(request)
            connection.request(request.method, request.path, request.body or None, headers)
            response = connection.getresponse()
            kept = [pair for pair in response.getheaders() if pair[0].lower() not in _OURS]
            answer = Answer(response.status, tuple(kept), response.read())
        finally:
            connection.close()
        if request.method == "PUT" and answer.status == http.client.OK:
            self.note(request, Fault.NONE, hashlib.sha256(request.body).hexdigest())
        return answer

    def _forwarded(self, request: Request) -> dict[str, str]:
        sent = {name: value for name, value in request.headers if name.lower() != "connection"}
        return sent | {"Host": self.upstream}


_OURS = {"content-length", "connection", "transfer-encoding"}


class _Connection(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, _Proxy)
        request = self._read()
        if request is not None:
            with self.server.one_at_a_time:
                fault = self.server.fault(request)
                self.server.note(request, fault, None)
                self._pass(self.server, request, fault)

    def _pass(self, proxy: _Proxy, request: Request, fault: Fault) -> None:  # noqa: C901 -- a fault each
        match fault:
            case Fault.DROP_BEFORE:
                return
            case Fault.RESET_BEFORE:
                self._reset()
            case Fault.CUT_REQUEST:
                proxy.cut(request)
            case Fault.LATER_ONLY:
                proxy.keep(request)
            case Fault.BAD_GATEWAY | Fault.UNAVAILABLE | Fault.PATIENCE:
                self.wfile.write(Answer(int(fault), (("Retry-After", "1"),), b"Busy.").written())
            case Fault.PORTAL:
                self.wfile.write(Answer(200, (("Content-Type", "text/html"),), _PORTAL).written())
            case Fault.PORTAL_REDIRECT:
                there = (("Location", "http://127.0.0.1:9/sign-in"),)
                self.wfile.write(Answer(302, there, b"").written())
            case Fault.DROP_AFTER:
                proxy.deliver(request, fault)
            case Fault.RESET_AFTER:
                proxy.deliver(request, fault)
                self._reset()
            case Fault.CUT_ANSWER:
                answer = proxy.deliver(request, fault).written()
                self.wfile.write(answer[: -max(1, len(answer) // 3)])
            case Fault.NONE | Fault.DELAY | Fault.TWICE | Fault.AGAIN_LATER:
                time.sleep(DELAY_SECONDS if fault is Fault.DELAY else 0)
                self.wfile.write(proxy.deliver(request, fault).written())

    def _reset(self) -> None:
        """Close with a reset instead of a farewell."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def _read(self) -> Request | None:
        head: list[bytes] = []
        while (line := self.rfile.readline()) not in {b"", b"\r\n"}:
            head.append(line)
        if not head:
            return None
        method, path, _ = head[0].decode("ascii").split(" ", 2)
        pairs = (each.decode("latin-1").partition(":") for each in head[1:])
        headers = tuple((name, value.strip()) for name, _, value in pairs)
        length = next((int(v) for n, v in headers if n.lower() == "content-length"), 0)
        return Request(method, path, headers, self.rfile.read(length))


class FaultProxy(NamedTuple):
    """A running proxy."""

    origin: str
    process: "subprocess.Popen[str]"
    log: Path

    def become_clean(self) -> None:
        """Spoil nothing from now on."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("clean\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "clean\n"

    def requests(self) -> Sequence[str]:
        """Return the method of every request so far."""
        return [str(line["method"]) for line in self._lines() if line["taken"] is None]

    def faults(self) -> set[str]:
        """Return what was done to uploads."""
        return {str(line["fault"]) for line in self._lines() if line["method"] == "PUT"}

    def taken(self) -> set[str]:
        """Return the hashes of the bodies that the server took."""
        return {line["taken"] for line in self._lines() if line["taken"] is not None}

    def _lines(self) -> list[dict[str, str | None]]:
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]


@contextmanager
def fault_proxy(folder: Path, upstream: str, seed: int) -> Generator[FaultProxy]:
    """Run the proxy before *upstream* until the block ends."""
    log = folder / "fault-proxy.jsonl"
    command = (sys.executable, "-m", "tests.fault_proxy", upstream, str(seed), str(log))
    process = subprocess.Popen(
        command,
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process, ended(process):
        assert process.stdout is not None
        yield FaultProxy(process.stdout.readline().strip(), process, log)


def main(upstream: str, seed: str, log: str) -> None:
    """Serve until ended."""
    with _Proxy(upstream, int(seed), Path(log)) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        print(f"http://127.0.0.1:{proxy.server_address[1]}", flush=True)  # noqa: T201 -- its answer
        for line in sys.stdin:
            proxy.clean = True
            print(line, end="", flush=True)  # noqa: T201 -- its answer


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main(*sys.argv[1:])
