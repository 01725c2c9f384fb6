"""A server that browsers can reach: a real application, served on a socket of this computer."""

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager

import uvicorn

from claudeusage_server.application import Application, create_app
from claudeusage_server.settings import Settings
from claudeusage_server.web.connection import patient
from tests.processes import PATIENCE_SECONDS, eventually


@contextmanager
def running(settings: Callable[[int], Settings]) -> Generator[Application]:
    """Serve on a free port until the block ends; *settings* are made for that port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = settings(listener.getsockname()[1])
        with closing(create_app(made)) as application:
            config = uvicorn.Config(
                application,
                http=patient(made.patience),
                access_log=False,
                log_config=None,
                proxy_headers=False,
                ws="none",
            )
            server = uvicorn.Server(config)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                eventually(lambda: server.started)
                yield application
            finally:
                server.should_exit = True
                thread.join(PATIENCE_SECONDS)
