"""The private half of ``/api``: uploads, what a token may ask, linking and local sign-in."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from claudeusage_core import wire
from claudeusage_server.errors import (
    BodyTooLarge,
    MachineTwin,
    OtherMachine,
    ProofWrong,
    Refusal,
    StoreBusy,
    StoreFull,
    TooManyMachines,
    TooManyRequests,
)
from claudeusage_server.private.accounts import read_account
from claudeusage_server.private.context import Context
from claudeusage_server.private.device import EXPIRED, SLOW_DOWN, DeviceAuthorization, Polled
from claudeusage_server.private.ingest import ingest
from claudeusage_server.private.local import (
    Answered,
    Hello,
    Linked,
    LocalSignIn,
    Minted,
    Proven,
)
from claudeusage_server.private.machines import digests, is_shared
from claudeusage_server.private.receipts import Upload
from claudeusage_server.private.tokens import find_token, mark_used, revoke_token
from claudeusage_server.private.v1.api import COVERAGE, INGEST, OriginalClient
from claudeusage_server.private.v1.wire import COVERAGE_PATH, INGEST_PATH
from claudeusage_server.web.bodies import JSON, AnyObject, parsed, read_body, read_json
from claudeusage_server.web.openapi import Operation
from claudeusage_server.web.problems import json_answer

Endpoint = Callable[[Request], Awaitable[Response]]


class Uploaded(wire.SyncRequest):
    """An upload whose sequence can be told back, and followed by another."""

    sequence: Annotated[int, Field(ge=1, le=wire.MAX_SEQUENCE)]


_PUT = Operation(
    takes=Uploaded,
    answers=wire.SyncAnswer,
    token=True,
    refuses=(MachineTwin, OtherMachine, TooManyMachines),
)


def private_router(context: Context) -> APIRouter:
    """Make the router; its paths are below ``/api``."""
    router = APIRouter()
    days, devices = _Days(context), _Devices(context)

    def add(path: str, endpoint: Endpoint, method: str, operation: Operation) -> None:
        router.add_api_route(
            path.removeprefix("/api"),
            endpoint,
            methods=[method],
            response_class=Response,
            status_code=operation.status,
            openapi_extra=operation.members,
        )

    add(wire.DAYS_PATH, days.put, "PUT", _PUT)
    add(wire.DAYS_PATH, days.get, "GET", Operation(answers=wire.ServerDays, token=True))
    add(wire.ME_PATH, days.me, "GET", Operation(answers=wire.Me, token=True))
    add(wire.TOKEN_PATH, days.revoke, "DELETE", Operation(token=True))
    start = Operation(takes=AnyObject, answers=wire.DeviceCode, refuses=(TooManyRequests,))
    add(wire.AUTH_START_PATH, devices.start, "POST", start)
    poll = Operation(takes=Polled, answers=wire.PollAnswer, always=True)
    add(wire.AUTH_POLL_PATH, devices.poll, "POST", poll)
    original = OriginalClient(context)
    add(COVERAGE_PATH, original.coverage, "GET", COVERAGE)
    add(INGEST_PATH, original.ingest, "POST", INGEST)
    if context.settings.local:
        local = _Local(context)
        proof = Operation(takes=Hello, answers=Proven, refuses=(TooManyRequests,))
        add("/api/local/proof", local.proof, "POST", proof)
        link = Operation(takes=Answered, answers=Linked, refuses=(ProofWrong,))
        add("/api/local/link", local.link, "POST", link)
        code = Operation(takes=Answered, answers=Minted, refuses=(ProofWrong,))
        add("/api/local/sign-in-code", local.sign_in_code, "POST", code)
    return router


class _Days:
    """What a sync token opens."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def put(self, request: Request) -> Response:
        """Upload days."""
        token = self._context.token(request)
        await run_in_threadpool(self._find, token)  # else anybody could have a body kept
        body = await read_body(request, JSON, wire.MAX_BYTES)
        return json_answer(await run_in_threadpool(self._store, token, body))

    async def get(self, request: Request) -> Response:
        """Return the digests of the days that are stored for this token's computer."""
        return json_answer(await run_in_threadpool(self._stored, self._context.token(request)))

    async def me(self, request: Request) -> Response:
        """Return whose token this is."""
        token, origin = self._context.token(request), self._context.origin(request)
        return json_answer(await run_in_threadpool(self._owner, token, origin))

    async def revoke(self, request: Request) -> Response:
        """Revoke this token."""
        await run_in_threadpool(self._revoke, self._context.token(request))
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    def _find(self, token: str) -> None:
        with self._context.store.read() as connection:
            find_token(connection, token)

    def _store(self, token: str, body: bytes) -> bytes:
        upload = _upload(body)
        with self._context.store.write() as connection:
            live = find_token(connection, token)
            answer = ingest(
                connection,
                live,
                upload,
                self._context.hashes,
                self._context.reviewer,
                self._context.surroundings,
            )
        # Also where nothing changed: what an earlier upload could not publish is made good.
        self._context.publish(live.account)
        return answer.body()

    def _stored(self, token: str) -> bytes:
        with self._context.store.read() as connection:
            live = find_token(connection, token)
            if live.machine is None:
                return wire.ServerDays(sequence=0, days={}, shared=False).body()
            return wire.ServerDays(
                sequence=live.sequence,
                days=digests(connection, live.account, live.machine),
                shared=is_shared(connection, live.account, live.machine),
            ).body()

    def _owner(self, token: str, origin: str) -> bytes:
        with self._context.store.write() as connection:
            live = find_token(connection, token)
            mark_used(connection, live, self._context.surroundings)
            account = read_account(connection, live.account)
        return wire.Me(
            account=account.account,
            name=account.name,
            profile=origin + account.path,
            machine=live.machine,
        ).body()

    def _revoke(self, token: str) -> None:
        with self._context.store.write() as connection:
            revoke_token(connection, token)


class _Devices:
    """Linking a computer, from the computer's side."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._authorization = DeviceAuthorization(context)

    async def start(self, request: Request) -> Response:
        """Begin to link a computer; the body's members are not kept."""
        limit = self._context.settings.limits.device_starts
        self._context.rates.count("device", self._context.visitor(request), limit)
        await read_json(request, AnyObject)
        origin = self._context.origin(request)
        return json_answer(await run_in_threadpool(self._authorization.start, origin))

    async def poll(self, request: Request) -> Response:
        """Answer whether the computer was approved: always 200, and one of five statuses."""
        limit = self._context.settings.limits.device_polls
        if not self._context.rates.within("poll", self._context.visitor(request), limit):
            return json_answer(SLOW_DOWN)
        try:
            body = await read_body(request, JSON)
        except Refusal:  # any other status or body would end the original client
            return json_answer(EXPIRED)
        try:
            return json_answer(await run_in_threadpool(self._authorization.poll, body))
        except (StoreBusy, StoreFull):
            return json_answer(SLOW_DOWN)


class _Local:
    """Local sign-in, from the side of a program on the same computer."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._local = LocalSignIn(context)

    async def proof(self, request: Request) -> Response:
        """Prove the server, and give out a challenge."""
        hello = await read_json(request, Hello)
        return json_answer(self._local.hello(_host(request), hello))

    async def link(self, request: Request) -> Response:
        """Link the computer in one step."""
        await self._verify("link", request)
        return json_answer(await run_in_threadpool(self._local.link, self._context.origin(request)))

    async def sign_in_code(self, request: Request) -> Response:
        """Mint a sign-in code."""
        await self._verify("sign-in-code", request)
        origin = self._context.origin(request)
        return json_answer(await run_in_threadpool(self._local.sign_in_code, origin))

    async def _verify(self, action: str, request: Request) -> None:
        answered = await read_json(request, Answered)
        self._local.verify(action, _host(request), answered)


def _host(request: Request) -> str:
    return request.headers.get("host", "")


def _upload(body: bytes) -> Upload[wire.SyncRequest]:
    request: wire.SyncRequest = parsed(Uploaded, body)
    if len(request.days) > wire.MAX_DAYS:
        raise BodyTooLarge(field="days")
    return Upload(request, wire.receipt(body), len(body))
