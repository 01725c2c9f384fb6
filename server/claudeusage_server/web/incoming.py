"""What comes in of a request: counted, and waited for no longer than patience lasts."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from claudeusage_core import wire
from claudeusage_server.errors import BodySlow


class Incoming:
    """The body of one request, on its way in."""

    def __init__(self, scope: Scope, receive: Receive, seconds: float) -> None:
        """Take how many *seconds* the whole body may take from now on."""
        headers = Headers(scope=scope)
        announced = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        self._receive = receive
        self._due = asyncio.get_running_loop().time() + seconds
        self._read = 0
        self._whole = not announced
        self._waits_to_be_asked = "expect" in headers
        self._gone = False

    @property
    def whole(self) -> bool:
        """Whether nothing more of the body is to come."""
        return self._whole

    async def receive(self) -> Message:
        """Receive as ASGI has it; raise `BodySlow` where the body takes too long."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._due):
                message = await self._receive()
        except TimeoutError as error:
            raise BodySlow from error
        self._waits_to_be_asked = False
        self._read += len(message.get("body", b""))
        self._gone = message["type"] != "http.request"
        self._whole = not (self._gone or message.get("more_body", False))
        return message

    async def discard(self) -> None:
        """Let the rest come, up to the size of an upload, and keep nothing of it.

        A connection that is closed while its client still sends may take the answer with it.
        """
        if self._waits_to_be_asked:
            return
        while not self._whole and not self._gone and self._read <= wire.MAX_BYTES:
            try:
                await self.receive()
            except BodySlow:
                return
