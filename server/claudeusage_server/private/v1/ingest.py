"""Uploads of the original client: what is stored of a body, and how far its uploads reach."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from claudeusage_core import wire
from claudeusage_core.pricing import PriceTable
from claudeusage_server.private import machines, receipts, rows
from claudeusage_server.private.hashes import Hashes
from claudeusage_server.private.machines import Machine
from claudeusage_server.private.receipts import Upload
from claudeusage_server.private.reviewer import Reviewer
from claudeusage_server.private.rows import HashedDay, Owner
from claudeusage_server.private.rules import ORIGINAL, Fate, day_messages, refusal_code, rule
from claudeusage_server.private.tokens import Token, bind_token
from claudeusage_server.private.v1.frontier import Reading, Window, read_body
from claudeusage_server.private.v1.frontiers import (
    KeptFrontier,
    keep_frontier,
    latest_end,
    read_frontier,
)
from claudeusage_server.private.v1.translation import added, day_rows
from claudeusage_server.private.v1.wire import (
    Coverage,
    IngestAnswer,
    IngestRequest,
    milliseconds,
    written,
)
from claudeusage_server.surroundings import Surroundings


class OriginalUploads:
    """What the original client may ask, each time within one transaction that is handed over."""

    def __init__(
        self, prices: PriceTable, hashes: Hashes, reviewer: Reviewer, surroundings: Surroundings
    ) -> None:
        self._prices = prices
        self._hashes = hashes
        self._reviewer = reviewer
        self._surroundings = surroundings

    def coverage(self, connection: Connection, token: Token, machine_id: str) -> Coverage:
        """Say how far uploads reach; raise `OtherMachine` where the token is another computer's."""
        name = self._hashes.machine(token.account, machine_id)
        machine = machines.find_own_machine(connection, token, name)
        kept, has_data = None, False
        if machine is not None:
            owner = Owner(token.account, machine.machine)
            kept, has_data = read_frontier(connection, owner), rows.has_rows(connection, owner)
        latest = latest_end(connection, token.account)
        return Coverage.model_validate(
            {
                "accountWindowEnd": None if latest is None else written(latest),
                "hasData": has_data,
                "machineWindowEnd": None if kept is None else written(kept.frontier.end_ms),
            }
        )

    def ingest(
        self, connection: Connection, token: Token, upload: Upload[IngestRequest]
    ) -> IngestAnswer:
        """Store a body; raise `OtherMachine` and `TooManyMachines` before anything is written."""
        request, now = upload.request, self._surroundings.now()
        today = now.date().isoformat()
        name = self._hashes.machine(token.account, request.machine_id)
        machine = machines.find_own_machine(connection, token, name)
        if machine is None:
            machine = machines.add_machine(connection, token.account, name, today, None)
        owner = Owner(token.account, machine.machine)
        kept = read_frontier(connection, owner)
        again = kept is not None and kept.receipt == upload.receipt
        new = 0 if again else self._store(connection, owner, machine, upload, kept)
        bind_token(connection, token, machine.machine, token.sequence, today)
        buckets = len(request.daily_buckets)
        model_rows = sum(len(bucket.per_model) for bucket in request.daily_buckets)
        kept_of_it = upload.kept(buckets, model_rows, now)
        receipts.keep_receipt(connection, owner.account, owner.machine, kept_of_it)
        return IngestAnswer.model_validate(
            {
                "accepted": True,
                "buckets": buckets,
                "messageCount": _messages(request),
                "newRecords": new,
                "updatedAt": written(milliseconds(now)),
                "userId": token.account,
            }
            | ({"duplicate": True} if again else {})
        )

    def _store(
        self,
        connection: Connection,
        owner: Owner,
        machine: Machine,
        upload: Upload[IngestRequest],
        kept: KeptFrontier | None,
    ) -> int:
        """Store the days of a body that was not the last one; return how many messages are new."""
        frontier = kept.frontier if kept else None
        row = rows.read_day(connection, owner, frontier.day, ORIGINAL) if frontier else None
        reading = read_body(frontier, _window(upload.request), row)
        keep_frontier(connection, owner, KeptFrontier(reading.frontier, upload.receipt))
        offered = self._offered(day_rows(upload.request, self._prices), reading)
        return self._replace(connection, owner, machine, offered)

    def _offered(self, days: Iterable[wire.Day], reading: Reading) -> list[HashedDay]:
        """Return the rows that a body makes, with their digests, without those not taken."""
        now, base = self._surroundings.now(), reading.base
        offered: list[HashedDay] = []
        for day in days:
            row = day
            if base is not None and base.date == day.date:
                row = added(base, day, reading.gap_seconds, self._prices)
            if refusal_code(row, now.date()) is None:
                offered.append((row, row.digest))
        return offered

    def _replace(
        self,
        connection: Connection,
        owner: Owner,
        machine: Machine,
        offered: list[HashedDay],
    ) -> int:
        stored = rows.read_rows(connection, owner, [day.date for day, _digest in offered])
        twins = machines.twin_digests(connection, owner.account, machine)
        new, taken = 0, list[HashedDay]()
        for day, digest in offered:
            row = stored.get(day.date)
            repeated = row is None and twins.get(day.date) == digest
            if not repeated and rule(day, digest, ORIGINAL, row, recount=False).fate is Fate.STORE:
                taken.append((day, digest))
                new += day_messages(day) - (row.messages if row else 0)
        counting = rows.Counting(ORIGINAL, self._prices.generated)
        removed = [day.date for day, _digest in taken if day.date in stored]
        today = self._surroundings.now().date()
        self._reviewer.replace_rows(connection, owner, counting, removed, taken, today)
        return new


def _window(request: IngestRequest) -> Window:
    end: datetime = request.window_end
    days = (bucket.date for bucket in request.daily_buckets)
    last_day = max(days, default=end.date().isoformat())
    return Window(milliseconds(request.window_start), milliseconds(end), last_day)


def _messages(request: IngestRequest) -> int:
    return sum(
        share.message_count
        for bucket in request.daily_buckets
        for share in bucket.per_model.values()
    )
