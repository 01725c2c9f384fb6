"""Uploads: what is stored of a body, and what is answered for each of its days."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from claudeusage_core import wire
from claudeusage_server.errors import MachineTwin
from claudeusage_server.private import machines, receipts, rows
from claudeusage_server.private.hashes import Hashes
from claudeusage_server.private.machines import Machine
from claudeusage_server.private.receipts import Upload
from claudeusage_server.private.reviewer import Reviewer
from claudeusage_server.private.rows import HashedDay, Marks, Owner
from claudeusage_server.private.rules import Fate, KeptReason, refusal_code, rule
from claudeusage_server.private.tokens import Token, bind_token
from claudeusage_server.surroundings import Surroundings


@dataclass(slots=True)
class _Outcome:
    """What becomes of each day, in the order of the body."""

    stored: list[HashedDay] = field(default_factory=list[HashedDay])
    removed: list[str] = field(default_factory=list[str])
    applied: list[str] = field(default_factory=list[str])
    unchanged: list[str] = field(default_factory=list[str])
    stale: list[str] = field(default_factory=list[str])
    kept: list[wire.KeptDay] = field(default_factory=list[wire.KeptDay])
    refused: list[wire.RefusedDay] = field(default_factory=list[wire.RefusedDay])

    def answer(self, receipt: str, marks: Marks) -> wire.SyncAnswer:
        return wire.SyncAnswer(
            applied=tuple(self.applied),
            unchanged=tuple(self.unchanged),
            stale=tuple(self.stale),
            kept=tuple(self.kept),
            refused=tuple(self.refused),
            review=tuple(wire.ReviewedDay(date=d, reason=marks[d]) for d in marks),
            receipt=receipt,
        )


def ingest(  # noqa: PLR0913, PLR0917 -- what an upload is read, judged and stored with
    connection: Connection,
    token: Token,
    upload: Upload[wire.SyncRequest],
    hashes: Hashes,
    reviewer: Reviewer,
    surroundings: Surroundings,
) -> wire.SyncAnswer:
    """Store the days of an upload within one write transaction.

    Raises `OtherMachine`, `MachineTwin` and `TooManyMachines`; then nothing may be committed.
    """
    request, now = upload.request, surroundings.now()
    name = hashes.machine(token.account, request.machine)
    machine = machines.find_own_machine(connection, token, name)
    outcome = _Outcome()
    if request.sequence < token.sequence:
        outcome.stale = [day.date for day in request.days]
        return outcome.answer(upload.receipt, {})
    days: list[HashedDay] = []
    for day in request.days:
        code = refusal_code(day, now.date())
        if code:
            outcome.refused.append(wire.RefusedDay(date=day.date, code=code))
        else:
            days.append((day, day.digest))
    today = now.date().isoformat()
    if machine is None:
        machine = _welcome(connection, token.account, name, request, days, today)
    owner = Owner(token.account, machine.machine)
    _judge(connection, owner, machine, request, days, outcome)
    bind_token(connection, token, machine.machine, request.sequence, today)
    counting = rows.Counting(request.accounting, request.prices)
    reviewer.replace_rows(connection, owner, counting, outcome.removed, outcome.stored, now.date())
    kept = upload.kept(len(request.days), sum(len(day.models) for day in request.days), now)
    receipts.keep_receipt(connection, owner.account, owner.machine, kept)
    marks = rows.read_marks(connection, owner, [day.date for day, _digest in days])
    return outcome.answer(upload.receipt, marks)


def _welcome(  # noqa: PLR0913, PLR0917 -- what a computer's first upload consists of
    connection: Connection,
    account: str,
    name: str,
    request: wire.SyncRequest,
    days: Sequence[HashedDay],
    today: str,
) -> Machine:
    """Add a computer that was never seen, unless it repeats another: then its owner decides."""
    offered = [(day.date, digest) for day, digest in days if day.models]
    twin = machines.find_twin(connection, account, offered)
    if twin is None:
        return machines.add_machine(connection, account, name, today, None)
    if request.twin is None:
        raise MachineTwin(members={"other": twin})
    if request.twin == "separate":
        return machines.add_machine(connection, account, name, today, twin)
    machines.name_machine(connection, account, name, twin)
    found = machines.find_machine(connection, account, twin)
    return found or Machine(twin)


def _judge(  # noqa: PLR0913, PLR0917 -- the rules compare all of these
    connection: Connection,
    owner: Owner,
    machine: Machine,
    request: wire.SyncRequest,
    days: Sequence[HashedDay],
    outcome: _Outcome,
) -> None:
    stored = rows.read_rows(connection, owner, [day.date for day, _digest in days])
    twins = machines.twin_digests(connection, owner.account, machine)
    for day, digest in days:
        row = stored.get(day.date)
        if row is None and twins.get(day.date) == digest:
            kept = wire.KeptDay(date=day.date, reason=KeptReason.TWIN, digest=digest)
            outcome.kept.append(kept)
            continue
        ruling = rule(day, digest, request.accounting, row, recount=bool(request.recount))
        match ruling.fate:
            case Fate.STORE:
                outcome.applied.append(day.date)
                outcome.stored.append((day, digest))
                if row is not None:
                    outcome.removed.append(day.date)
            case Fate.REMOVE:
                outcome.applied.append(day.date)
                outcome.removed.append(day.date)
            case Fate.UNCHANGED:
                outcome.unchanged.append(day.date)
            case Fate.STALE:
                outcome.stale.append(day.date)
            case Fate.KEEP:
                kept_digest = row.digest if row else digest
                reason = ruling.reason or ""
                outcome.kept.append(wire.KeptDay(date=day.date, reason=reason, digest=kept_digest))
