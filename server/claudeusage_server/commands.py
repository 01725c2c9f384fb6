"""What the command line does: run the server on a socket, or work on its data folder."""

import asyncio
import dataclasses
import errno
import signal
import socket
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import uvicorn

from claudeusage_server import folder
from claudeusage_server.application import Application, create_app
from claudeusage_server.database import Store, open_current_store
from claudeusage_server.logs import log_to
from claudeusage_server.operator_errors import SignInElsewhere, TokenElsewhere
from claudeusage_server.private.accounts import local_account
from claudeusage_server.private.local import store_code
from claudeusage_server.private.tokens import keep_token, new_token
from claudeusage_server.settings import Settings, bracketed, refuse_unsafe_exposure
from claudeusage_server.start_errors import (
    AddressUnusable,
    FolderInUse,
    NoServerRunning,
    PortInUse,
)
from claudeusage_server.surroundings import Surroundings
from claudeusage_server.web.connection import patient

_STOP_SECONDS = 10
"""How long running requests may take after a signal to stop."""
_NO_PROXY = (
    "No proxy is trusted, so all visitors who come through one are counted as one. Set"
    " proxies.trusted to its address.\n"
)


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; print the address when connections are accepted."""
    refuse_unsafe_exposure(settings)
    # uvicorn ends gracefully and raises the signal again, which then has nothing more to do; one
    # that comes before uvicorn listens to signals is remembered.
    asked_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: asked_to_stop.set())
    log_to(sys.stderr)
    with ExitStack() as stack:
        listener = stack.enter_context(_listen(settings.host, settings.port))
        stack.enter_context(folder.held(settings.data))
        bound = dataclasses.replace(settings, port=listener.getsockname()[1])
        application = create_app(bound)
        stack.callback(application.close)
        stack.callback(folder.remove_address, settings.data)
        server = _Server(application, bound, asked_to_stop)
        asyncio.run(server.serve(sockets=[listener]))


def create_token(settings: Settings, label: str | None) -> str:
    """Make a sync token for the local account, for a computer that is linked by hand.

    A server must have run on the folder once, and may be running. Raises `TokenElsewhere` where it
    has no local account.
    """
    if not _has_local_account(settings):
        raise TokenElsewhere
    around = Surroundings()
    with ExitStack() as stack:
        store = _open(settings.data, stack)
        token = new_token(around)
        with store.write() as connection:
            account = local_account(connection, around)
            keep_token(connection, account, token, around, label)
    return token


def sign_in(settings: Settings) -> str:
    """Mint a sign-in code for the running server, and return the address that takes it."""
    data = settings.data
    address = folder.read_address(data)
    if address is None or not _is_held(data):
        raise NoServerRunning(data)
    if not _has_local_account(settings):
        raise SignInElsewhere
    around = Surroundings()
    with ExitStack() as stack:
        code = store_code(_open(data, stack), around)
    return f"{address}/sign-in?code={code}"


class _Server(uvicorn.Server):
    """Says where it listens as soon as it does."""

    def __init__(
        self, application: Application, settings: Settings, asked_to_stop: threading.Event
    ) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                http=patient(settings.patience),
                access_log=False,
                log_config=None,
                server_header=False,
                date_header=True,
                proxy_headers=False,
                ws="none",
                lifespan="on",
                timeout_graceful_shutdown=_STOP_SECONDS,
            )
        )
        self._application = application
        self._settings = settings
        self._asked_to_stop = asked_to_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the address alone on stdout, and how to sign in on stderr."""
        await super().startup(sockets)
        if self._asked_to_stop.is_set():
            self.should_exit = True
        if not self.started or self.should_exit:
            return
        origin = self._settings.origin
        folder.write_address(self._settings.data, origin)
        print(self._talk(), file=sys.stderr, flush=True)  # noqa: T201 -- the command line's own words
        print(origin, flush=True)  # noqa: T201 -- read by the app and by tests

    def _talk(self) -> str:
        settings = self._settings
        where = f"Listening on {settings.origin}. Data: {settings.data}\n"
        if settings.local:
            code = self._application.sign_in_code()
            where += f"Sign in once, within 10 minutes: {code.address}\n"
        elif settings.public_url:
            bound = f"{bracketed(settings.host)}:{settings.port}"
            where = f"Listening on {bound} for {settings.origin}. Data: {settings.data}\n"
            if not settings.proxies.trusted:
                where += _NO_PROXY
        return where + "Stop with Ctrl-C."


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen()
        except OSError:
            listener.close()
            raise
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(host, port) from error
        raise AddressUnusable(host, port, folder.reason(error)) from error
    return listener


def _has_local_account(settings: Settings) -> bool:
    """Say whether the server is local, as far as the settings and the one that runs tell."""
    address = folder.read_address(settings.data) or ""
    return settings.local and not address.startswith("https://")


def _is_held(data: Path) -> bool:
    try:
        with folder.held(data):
            return False
    except FolderInUse:
        return True


def _open(data: Path, stack: ExitStack) -> Store:
    folder.check_store(data)
    store = open_current_store(data / folder.PRIVATE_STORE, "private")
    stack.callback(store.close)
    return store
