"""What stands around every request: the host's name, safe headers, the access log, the last catch.

The access log has the method, the route's template, the status, milliseconds and a request id;
never an address, a path, a query or a value.
"""

import logging
import traceback
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from claudeusage_server.errors import BodySlow, BodyTooLarge, Failed, WrongHost
from claudeusage_server.logs import OURS, line
from claudeusage_server.settings import Settings
from claudeusage_server.surroundings import Surroundings
from claudeusage_server.web.incoming import Incoming
from claudeusage_server.web.problems import problem

access_log = logging.getLogger(f"{OURS}.access")
error_log = logging.getLogger(f"{OURS}.error")

REQUEST_ID = "claudeusage.request"
"""Where the scope holds the request's id."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})

SAFE_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Set on every answer that does not say otherwise."""

HTTPS_HEADERS: Mapping[str, str] = {"Strict-Transport-Security": "max-age=31536000"}
"""Set beside them where the server is reached through https; for a year, and this name alone."""

_LAST = frozenset({BodySlow.status, BodyTooLarge.status})
"""After these nothing more of the body is read."""


def log_failure(what: str, error: Exception, **values: str) -> None:
    """Log an error's type and where it came from, without its own words: they may hold values."""
    frames = traceback.extract_tb(error.__traceback__)
    at = " > ".join(f"{Path(each.filename).name}:{each.lineno}:{each.name}" for each in frames)
    error_log.error(line(what, **values, error=type(error).__name__, at=at))


class Guard:
    """The outermost layer of the application."""

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        surroundings: Surroundings,
        templates: Mapping[object, str],
    ) -> None:
        """Take the route template of each endpoint, for the log."""
        self._app = app
        self._settings = settings
        self._surroundings = surroundings
        self._templates = templates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass the server's own events on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        incoming = Incoming(scope, receive, self._settings.patience.body)
        await _Exchange(self._surroundings.random_hex(4), scope, incoming, send).run(self)

    @property
    def paths(self) -> frozenset[str]:
        """The template of every route."""
        return frozenset(self._templates.values())

    @property
    def headers(self) -> Mapping[str, str]:
        """What every answer has that does not say otherwise."""
        return {**SAFE_HEADERS, **HTTPS_HEADERS} if self._settings.secure else SAFE_HEADERS

    def answered(self, scope: Scope) -> bool:
        """Say whether the request names a host that is this server."""
        return Headers(scope=scope).get("host", "").lower() in self._settings.authorities

    def template(self, scope: Scope) -> str:
        """Name the route that answered, or ``-``."""
        return self._templates.get(scope.get("endpoint"), "-")

    async def pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class _Exchange:
    def __init__(self, request_id: str, scope: Scope, incoming: Incoming, send: Send) -> None:
        self._id = scope[REQUEST_ID] = request_id
        self._scope = scope
        self._incoming = incoming
        self._send = send
        self._status = 0
        self._headers = SAFE_HEADERS

    async def run(self, guard: Guard) -> None:
        began, receive = perf_counter(), self._incoming.receive
        self._headers = guard.headers
        try:
            if guard.answered(self._scope):
                await guard.pass_on(self._scope, receive, self._send_safely)
            else:
                await problem(WrongHost())(self._scope, receive, self._send_safely)
        except Exception as error:  # noqa: BLE001 -- else uvicorn would log the error's own text
            log_failure("request failed", error, id=self._id)
            if not self._status:
                await problem(Failed(self._id))(self._scope, receive, self._send_safely)
        finally:
            access_log.info(
                line(
                    "request",
                    method=self._scope["method"] if self._scope["method"] in _METHODS else "-",
                    route=guard.template(self._scope),
                    status=self._status,
                    ms=(perf_counter() - began) * 1000,
                    id=self._id,
                )
            )

    async def _send_safely(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(raw=message["headers"])
            for name, value in self._headers.items():
                headers.setdefault(name, value)
            if self._status not in _LAST:
                await self._incoming.discard()
            if not self._incoming.whole:
                headers["Connection"] = "close"
            message["headers"] = headers.raw
        await self._send(message)
