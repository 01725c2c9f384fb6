"""The server's interface over HTTP. The one place that knows httpx, and that sends anything."""

import json
import re
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal, Self
from urllib.parse import urlsplit

import httpx

from claudeusage_app.addresses import is_loopback, plain
from claudeusage_app.errors import (
    AddressInvalid,
    EndpointMissing,
    Refused,
    ServerUnreachable,
    TokenRejected,
    TwinFound,
)
from claudeusage_core.errors import AnswerInvalid
from claudeusage_core.wire import (
    AUTH_POLL_PATH,
    AUTH_START_PATH,
    DAYS_PATH,
    ME_PATH,
    TOKEN_PATH,
    DeviceCode,
    Me,
    PollAnswer,
    Problem,
    ServerDays,
    SyncAnswer,
    canonical,
    read_answer,
)

USER_AGENT = "claudeusage"
_TIMEOUT = httpx.Timeout(30, connect=5)
_LARGEST_ANSWER = 8 * 1024 * 1024
_LONGEST_ANSWER_SECONDS = 60
_UNAUTHORIZED = 401
_TOO_MANY_REQUESTS = 429
_NOT_THERE = {404, 405, 410}
_AWAY = {502, 503, 504}
_SECONDS = re.compile(r"[0-9]{1,6}", re.ASCII)


class Api:
    """A server at one origin. No redirect is followed; loopback is never reached by a proxy."""

    def __init__(self, origin: str, transport: httpx.BaseTransport | None = None) -> None:
        """Talk to the server at *origin*."""
        self._origin = origin
        with _opening(origin):
            self._client = httpx.Client(
                base_url=origin,
                timeout=_TIMEOUT,
                trust_env=not is_loopback(urlsplit(origin).hostname or ""),
                follow_redirects=False,
                transport=transport,
            )
        for name in ("accept", "connection"):
            del self._client.headers[name]
        self._client.headers["accept-encoding"] = "identity"
        self._client.headers["user-agent"] = USER_AGENT

    def __enter__(self) -> Self:
        """Give the open client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._client.close()

    def put_days(self, token: str, body: bytes) -> SyncAnswer:
        """Upload a body; raise `Refused` and its kin, or `ServerUnreachable`."""
        return read_answer(SyncAnswer, self._send("PUT", DAYS_PATH, token, body))

    def days(self, token: str) -> ServerDays:
        """Ask what the server holds for this token's computer."""
        return read_answer(ServerDays, self._send("GET", DAYS_PATH, token))

    def me(self, token: str) -> Me:
        """Ask whose token this is."""
        return read_answer(Me, self._send("GET", ME_PATH, token))

    def delete_token(self, token: str) -> None:
        """Make the token worthless."""
        self._send("DELETE", TOKEN_PATH, token)

    def start_linking(self) -> DeviceCode:
        """Ask for a device code; nothing about the computer is said."""
        return read_answer(DeviceCode, self._send("POST", AUTH_START_PATH, None, b"{}"))

    def poll_linking(self, device_code: str) -> PollAnswer:
        """Ask whether the person has answered."""
        body = canonical({"deviceCode": device_code})
        return read_answer(PollAnswer, self._send("POST", AUTH_POLL_PATH, None, body))

    def post(self, path: str, body: dict[str, str]) -> dict[str, str]:
        """Post plain text members to the bundled server and return its answer's."""
        answer = self._send("POST", path, None, canonical(body))
        try:
            members = json.loads(answer)
            return {str(name): str(value) for name, value in members.items()}
        except (ValueError, AttributeError, RecursionError) as error:
            raise AnswerInvalid from error

    def _send(
        self,
        method: Literal["GET", "PUT", "POST", "DELETE"],
        path: str,
        token: str | None,
        body: bytes | None = None,
    ) -> bytes:
        headers = upload_headers(token) if body is not None else _authorization(token)
        self._client.cookies.clear()  # what a server sets is never said back to it
        with (
            _converted(self._origin),
            self._client.stream(method, path, content=body, headers=headers) as response,
        ):
            answer = _read(response)
        if response.is_success:
            return answer
        raise _refusal(response, answer)


def upload_headers(token: str | None) -> dict[str, str]:
    """Return the headers of ours that go with a body."""
    return _authorization(token) | {"Content-Type": "application/json"}


def _authorization(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def _read(response: httpx.Response) -> bytes:
    """Read an answer that is neither endless nor dripping."""
    answer = bytearray()
    last = time.monotonic() + _LONGEST_ANSWER_SECONDS
    for part in response.iter_raw():
        answer += part
        if len(answer) > _LARGEST_ANSWER:
            raise AnswerInvalid
        if time.monotonic() > last:
            raise httpx.ReadTimeout("")
    return bytes(answer)


def _refusal(response: httpx.Response, answer: bytes) -> Exception:
    try:
        problem = read_answer(Problem, answer)
    except AnswerInvalid:
        problem = Problem(title=f"HTTP {response.status_code}", status=0, code="")
    said = plain(problem.detail or problem.title)
    if response.status_code == _UNAUTHORIZED:
        return TokenRejected()
    if problem.code == "machine_twin":
        return TwinFound()
    if response.status_code in _AWAY:
        return ServerUnreachable(f"The server is not ready: {said}")
    if response.status_code == _TOO_MANY_REQUESTS:
        wait = str(response.headers.get("retry-after", ""))
        when = f"in {wait} seconds" if _SECONDS.fullmatch(wait) else "later"
        return Refused("The server asks for patience.", f"Try again {when}.")
    if response.is_redirect or not problem.code:
        missing = response.is_redirect or response.status_code in _NOT_THERE
        return (EndpointMissing if missing else Refused)(
            f"The server gave an unexpected answer: HTTP {response.status_code}.",
            EndpointMissing.remedy,
        )
    return Refused(f"The server refused the request: {said} ({plain(problem.code)})")


@contextmanager
def _opening(origin: str) -> Generator[None]:
    try:
        yield
    except httpx.InvalidURL as error:
        raise AddressInvalid(f"The server address {plain(origin)} is not valid.") from error
    except (ImportError, ValueError, OSError) as error:
        title = "The proxy or the certificates that the environment names cannot be used."
        remedy = "Check HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR."
        raise ServerUnreachable(title, remedy) from error


@contextmanager
def _converted(origin: str) -> Generator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise ServerUnreachable(f"The server at {origin} did not answer in time.") from error
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise ServerUnreachable(f"The server at {origin} cannot be reached.") from error
