"""The original client's two addresses, and the statuses that it depends on.

That client links anew at 401, waits at 429 and stops at 409, where it shows the code of the body.
"""

from fastapi import Request, Response
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool

from claudeusage_core import wire
from claudeusage_resources.price_table import shipped_prices
from claudeusage_server.errors import BodyInvalid, OtherMachine, StoreBusy, TooManyMachines
from claudeusage_server.private.context import Context
from claudeusage_server.private.receipts import Upload
from claudeusage_server.private.tokens import find_token
from claudeusage_server.private.v1.ingest import OriginalUploads
from claudeusage_server.private.v1.wire import (
    MACHINE_ID,
    Coverage,
    IngestAnswer,
    IngestRequest,
    Stopped,
    body_of,
    read_ingest,
    read_machine_id,
)
from claudeusage_server.web.bodies import JSON, read_body
from claudeusage_server.web.openapi import Operation
from claudeusage_server.web.problems import json_answer

COVERAGE = Operation(
    in_query={MACHINE_ID: TypeAdapter[str](wire.Digest).json_schema()},
    answers=Coverage,
    stops=Stopped,
    token=True,
    refuses=(BodyInvalid,),
)
INGEST = Operation(takes=IngestRequest, answers=IngestAnswer, stops=Stopped, token=True)


class OriginalClient:
    """What a sync token opens to the original client."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._uploads = OriginalUploads(
            shipped_prices(), context.hashes, context.reviewer, context.surroundings
        )

    async def coverage(self, request: Request) -> Response:
        """Say how far the uploads of the original client reach."""
        token = self._context.token(request)
        machine_id = request.query_params.get(MACHINE_ID, "")
        try:
            return json_answer(await run_in_threadpool(self._coverage, token, machine_id))
        except OtherMachine:
            return _stopped(Stopped(error="other_machine"))

    async def ingest(self, request: Request) -> Response:
        """Upload as the original client does."""
        token = self._context.token(request)
        await run_in_threadpool(self._find, token)  # else anybody could have a body kept
        body = await read_body(request, JSON, wire.MAX_BYTES)
        try:
            return json_answer(await run_in_threadpool(self._ingest, token, body))
        except OtherMachine:
            return _stopped(Stopped(error="other_machine"))
        except TooManyMachines:
            return _stopped(Stopped(error="too_many_machines"))
        except StoreBusy:
            return _stopped(Stopped(error="ingest_in_progress"))

    def _find(self, token: str) -> None:
        with self._context.store.read() as connection:
            find_token(connection, token)

    def _coverage(self, token: str, machine_id: str) -> bytes:
        with self._context.store.read() as connection:
            live = find_token(connection, token)
            machine = read_machine_id(machine_id)
            return body_of(self._uploads.coverage(connection, live, machine))

    def _ingest(self, token: str, body: bytes) -> bytes:
        request: IngestRequest = read_ingest(body)
        upload = Upload(request, wire.receipt(body), len(body))
        with self._context.store.write() as connection:
            live = find_token(connection, token)
            answer = self._uploads.ingest(connection, live, upload)
        self._context.publish(live.account)
        return body_of(answer)


def _stopped(answer: Stopped) -> Response:
    return json_answer(body_of(answer), 409)
