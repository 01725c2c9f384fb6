"""Connections: how long one may be idle or unread, and what is answered to what is no HTTP."""

import asyncio
from collections.abc import Callable

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from claudeusage_server.errors import RequestUnreadable
from claudeusage_server.settings import Patience
from claudeusage_server.web.guard import SAFE_HEADERS
from claudeusage_server.web.problems import problem

_CAN_ANSWER = (h11.IDLE, h11.SEND_RESPONSE)


class Connection(H11Protocol):
    """One connection as uvicorn has it, which is ended where its client keeps it waiting.

    uvicorn itself waits for ever for the first request, for the rest of a head, and for an answer
    to be read. How long a body may take is a matter of `claudeusage_server.web.incoming`.
    """

    patience = Patience()
    _head_due: asyncio.TimerHandle | None = None
    _answer_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        _off(self._head_due)
        _off(self._answer_due)
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Stop waiting for a head where one has come."""
        super().handle_events()
        if self.conn.their_state is not h11.IDLE:
            _off(self._head_due)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._await_head()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        super().pause_writing()
        self._answer_due = self._later(self.patience.answer, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        _off(self._answer_due)
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 -- the problem has its own words
        """Answer what is no HTTP, where an answer can still be given, and hang up."""
        if self.conn.our_state in _CAN_ANSWER:
            answer = problem(RequestUnreadable())
            answer.headers.update(SAFE_HEADERS)
            headers = [*answer.raw_headers, (b"connection", b"close")]
            for event in (
                h11.Response(status_code=answer.status_code, headers=headers),
                h11.Data(data=bytes(answer.body)),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _await_head(self) -> None:
        _off(self._head_due)
        self._head_due = self._later(self.patience.head, self.timeout_keep_alive_handler)

    def _later(self, seconds: float, act: Callable[[], None]) -> asyncio.TimerHandle:
        return self.loop.call_later(seconds, act)


def patient(patience: Patience) -> type[Connection]:
    """Make the kind of connection that waits so long: uvicorn takes a class, and makes them."""

    class Patient(Connection):
        pass

    Patient.patience = patience
    return Patient


def _off(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
