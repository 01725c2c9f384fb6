"""HTTP to a provider: bounded in time and size, no redirect followed, no token outlives it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from typing import Protocol, cast
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import (  # type: ignore[import-untyped]  # it has no types
    AuthlibBaseError,
)
from authlib.integrations.httpx_client import (  # type: ignore[import-untyped]  # as above
    AsyncOAuth2Client,
)
from joserfc.errors import JoseError

from claudeusage_server.errors import ProviderFailed
from claudeusage_server.private.sign_in.provider import Asked
from claudeusage_server.settings import is_loopback

MOST_BYTES = 256 * 1024
"""Of one answer; a provider's are a few thousand."""

_UNREADABLE = (
    AuthlibBaseError,
    JoseError,
    ArithmeticError,  # a number that is infinite
    RecursionError,  # brackets within brackets
    TypeError,
    ValueError,
)
"""What the libraries raise on answers that are not what they ought to be."""


class _OAuth2(Protocol):
    """What is used of Authlib's client, which has no types of its own."""

    def create_authorization_url(
        self, url: str, state: str, code_verifier: str, **more: str
    ) -> tuple[str, str]: ...

    async def fetch_token(
        self, url: str, *, code: str, code_verifier: str, grant_type: str
    ) -> Mapping[str, object]: ...

    async def request(
        self, method: str, url: str, *, withhold_token: bool, headers: Mapping[str, str]
    ) -> httpx2.Response: ...


_Opening = Callable[..., AbstractAsyncContextManager[_OAuth2]]


class Client:
    """One conversation with a provider."""

    def __init__(self, oauth2: _OAuth2) -> None:
        self._oauth2 = oauth2

    def authorize_url(self, address: str, asked: Asked, **more: str) -> str:
        """Return the address at which a person agrees, with everything in it."""
        _refuse_open(address)
        url, _state = self._oauth2.create_authorization_url(
            address, asked.state, asked.verifier, **more
        )
        return url

    async def tokens(self, address: str, asked: Asked, code: str) -> Mapping[str, object]:
        """Exchange a code for tokens."""
        return await self._oauth2.fetch_token(
            address, code=code, code_verifier=asked.verifier, grant_type="authorization_code"
        )

    async def read(self, address: str, *, with_token: bool = False) -> bytes:
        """Read a JSON document, as whoever the token is of where *with_token* is said."""
        headers = {"Accept": "application/json"}
        answer = await self._oauth2.request(
            "GET", address, withhold_token=not with_token, headers=headers
        )
        return answer.content


class Conversations:
    """How this server speaks with one provider, which calls it *client_id*."""

    def __init__(self, name: str, client_id: str, client_secret: str, seconds: float) -> None:
        """Take for how many *seconds* one conversation may last."""
        self._name = name
        self._client_id = client_id
        self._client_secret = client_secret
        self._seconds = seconds
        self._tls = httpx2.create_ssl_context()  # 17 ms, so once

    @asynccontextmanager
    async def begin(self, callback: str) -> AsyncGenerator[Client]:
        """Speak with the provider about one attempt that comes back to *callback*.

        Raises `ProviderFailed`, which tells nothing of what was answered.
        """
        try:
            async with asyncio.timeout(self._seconds), self._oauth2(callback) as oauth2:
                yield Client(oauth2)
        except TimeoutError as error:
            raise ProviderFailed(self._name, "it did not answer in time") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            reason = "it could not be reached, or not as agreed"
            raise ProviderFailed(self._name, reason) from error
        except _UNREADABLE as error:
            reason = "it refused, or its answer is not what it should be"
            raise ProviderFailed(self._name, reason) from error

    def _oauth2(self, callback: str) -> AbstractAsyncContextManager[_OAuth2]:
        return cast("_Opening", AsyncOAuth2Client)(
            client_id=self._client_id,
            client_secret=self._client_secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 -- a method's name
            code_challenge_method="S256",
            redirect_uri=callback,
            transport=_Bounded(httpx2.AsyncHTTPTransport(verify=self._tls)),
            headers={"User-Agent": "claudeusage", "Accept-Encoding": "identity"},
            timeout=self._seconds,
        )


class AnswerNotTaken(httpx2.TransportError):
    """An address or an answer that is not gone on with."""


class _Bounded(httpx2.AsyncBaseTransport):
    """Sends over TLS or on this computer only, and takes a small plain answer of success only."""

    def __init__(self, transport: httpx2.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        _refuse_open(str(request.url))
        answer = await self._transport.handle_async_request(request)
        stream = _Counted(cast("httpx2.AsyncByteStream", answer.stream))
        plain = answer.headers.get("content-encoding", "identity") == "identity"
        if answer.status_code != HTTPStatus.OK or not plain:
            await stream.aclose()
            raise AnswerNotTaken("status or encoding")
        return httpx2.Response(answer.status_code, headers=answer.headers, stream=stream)

    async def aclose(self) -> None:
        await self._transport.aclose()


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for part in self._stream:
            read += len(part)
            if read > MOST_BYTES:
                raise AnswerNotTaken("size")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


def _refuse_open(address: str) -> None:
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port
    private = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not host or port == 0 or not private:
        raise AnswerNotTaken("address")
