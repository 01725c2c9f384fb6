"""Certificates of a test's own, and a server on loopback that shows one."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

_PATIENCE = 10.0


class Certificate(NamedTuple):
    """A certificate and its key, as files."""

    chain: Path
    key: Path


class SecureServer:
    """Where it listens, and what came through once somebody trusted it."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.handshakes = 0
        self.received = b""


def certificate(folder: Path, *, name: str, expired: bool = False) -> Certificate:
    """Make a certificate that nobody else has signed, for an address such as ``IP:127.0.0.1``."""
    made = Certificate(folder / "chain.pem", folder / "key.pem")
    day = "%Y%m%d%H%M%SZ"
    now = datetime.now(UTC)
    begin, end = (now - timedelta(days=9), now - timedelta(days=2 if expired else -9))
    (folder / "ca.cnf").write_text(_AUTHORITY.format(folder=folder, name=name))
    (folder / "index.txt").touch()
    (folder / "serial").write_text("01")
    request = f"-out {folder}/request.pem -keyout {made.key} -nodes -subj /CN=test"
    _openssl(f"req -newkey ec -pkeyopt ec_paramgen_curve:P-256 {request}")
    signed = f"-keyfile {made.key} -in {folder}/request.pem -out {made.chain} -notext"
    dates = f"-startdate {begin:{day}} -enddate {end:{day}}"
    _openssl(f"ca -batch -selfsign -config {folder}/ca.cnf {signed} {dates}")
    return made


def _openssl(arguments: str) -> None:
    """Run OpenSSL with *arguments*, none of which has a blank in it."""
    subprocess.run(("openssl", *arguments.split()), check=True, capture_output=True)


@contextmanager
def secure_server(shown: Certificate) -> Generator[SecureServer]:
    """Answer each connection with a handshake, keep what is said after it, and hang up."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown.chain, shown.key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        there = SecureServer(f"https://127.0.0.1:{listening.getsockname()[1]}")

        def serve() -> None:
            with suppress(OSError):  # it is closed when the block ends
                while True:
                    _talk(listening.accept()[0], context, there)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield there
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(_PATIENCE)


def _talk(connection: socket.socket, context: ssl.SSLContext, there: SecureServer) -> None:
    connection.settimeout(_PATIENCE)
    there.handshakes += 1
    with connection, suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
        there.received += secure.recv(1 << 16)


_AUTHORITY = """\
[ca]
default_ca = own
[own]
dir = {folder}
new_certs_dir = {folder}
database = {folder}/index.txt
serial = {folder}/serial
default_md = sha256
policy = any
x509_extensions = extensions
[any]
commonName = supplied
[extensions]
subjectAltName = {name}
basicConstraints = critical, CA:TRUE
"""
