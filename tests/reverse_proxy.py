"""A reverse proxy on this computer as docs/hosting.md has it: it speaks TLS, and keeps no address.

Beside that it remembers what a test wants to know: which targets were asked for, and which cookies
the server set.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.tls import Certificate

VISITOR = "203.0.113.77"
"""What it says of everybody: an address of its own, which nobody may keep."""
_PATIENCE = 30.0
_OF_ONE_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding"})


class ReverseProxy(ThreadingHTTPServer):
    """Listens as ``localhost``, and passes every request on to *upstream*, a port."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, shown: Certificate) -> None:
        self.upstream = 0
        self.targets: list[str] = []
        self.cookies: list[str] = []
        super().__init__(("127.0.0.1", 0), _Connection)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(shown.chain, shown.key)

    @property
    def origin(self) -> str:
        """Return the address that others reach."""
        return f"https://localhost:{self.server_address[1]}"

    def get_request(self) -> tuple[socket.socket, object]:
        """Take a connection; its handshake is made in its own thread."""
        connection, address = super().get_request()
        connection.settimeout(_PATIENCE)
        secure = self._context.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False
        )
        return secure, address

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a connection that broke off."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()

    def do_GET(self) -> None:
        """Pass a request on, and its answer back."""
        assert isinstance(self.server, ReverseProxy)
        self.server.targets.append(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=_PATIENCE)
        with closing(upstream):
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in {"x-forwarded-for", *_OF_ONE_CONNECTION}:
                    upstream.putheader(name, value)
            upstream.putheader("X-Forwarded-For", VISITOR)
            upstream.endheaders(body)
            self._answer(upstream.getresponse())

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 -- names of `http.server`

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its base's name
        """Log nothing, as the page about hosting has it."""

    def _answer(self, answer: http.client.HTTPResponse) -> None:
        assert isinstance(self.server, ReverseProxy)
        self.server.cookies += answer.headers.get_all("Set-Cookie", [])
        content = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in {"content-length", *_OF_ONE_CONNECTION}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def reverse_proxy(shown: Certificate) -> Generator[ReverseProxy]:
    """Stand before a server until the block ends."""
    with ReverseProxy(shown) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join(_PATIENCE)
