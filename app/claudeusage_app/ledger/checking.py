"""Whether a ledger is whole: for SQLite, and in what its rows mean."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from claudeusage_app.ledger.database import SALT_BYTES, Database, Row
from claudeusage_app.ledger.errors import LedgerDamaged
from claudeusage_app.ledger.rows import Kept
from claudeusage_app.ledger.states import States
from claudeusage_core.errors import AnswerInvalid
from claudeusage_core.figures import plural
from claudeusage_core.line_fields import MAX_NUMBER
from claudeusage_core.models import MODEL_ID
from claudeusage_core.moments import milliseconds
from claudeusage_core.responses import ERA_START_MS, Era
from claudeusage_core.usage import UNKNOWN_PREFIX
from claudeusage_core.wire import SyncAnswer, read_answer, receipt

_MOST_FAULTS = 10
_MODEL_KEY = re.compile(rf"{MODEL_ID.pattern}|{re.escape(UNKNOWN_PREFIX)}[0-9a-f]{{16}}", re.ASCII)
_A_DAY_MS = timedelta(1) // timedelta(milliseconds=1)
"""How far a zone may lead beyond the first and the last moment that have a name."""
_FIRST_MS = milliseconds(datetime.min.replace(tzinfo=UTC)) - _A_DAY_MS
_END_MS = milliseconds(datetime.max.replace(tzinfo=UTC)) + _A_DAY_MS
_SPANS = {Era.ANCIENT: (_FIRST_MS, ERA_START_MS), Era.CURRENT: (ERA_START_MS, _END_MS)}


def faults(database: Database) -> tuple[str, ...]:
    """Return what is wrong with a ledger, as sentences without a stop; nothing where it is whole.

    It reads the whole file; raise `LedgerUnavailable` where that cannot be done.
    """
    try:
        found = [
            str(row[0]).replace("\n", " ")
            for row in database.rows(f"PRAGMA integrity_check({_MOST_FAULTS})")
            if row[0] != "ok"
        ]
        found += [
            f"a row of {row[0]} refers to a missing one of {row[2]}"
            for row in database.rows("PRAGMA foreign_key_check")
        ]
        found += _odd_names(database)
        if found:
            return tuple(found[:_MOST_FAULTS])
        odd = sum(not _makes_sense(each) for each in States(database).everything())
    except LedgerDamaged as error:
        return (error.title.rstrip("."),)
    return (f"{plural(odd, 'response')} of a time, model or cost that cannot be",) if odd else ()


def _odd_names(database: Database) -> Iterator[str]:
    """Name what the rows refer to and is not what it should be."""
    salt = database.fact("salt")
    if not isinstance(salt, bytes) or len(salt) != SALT_BYTES:
        yield "its key is none"
    if database.row("SELECT 1 FROM sessions WHERE typeof(token) <> 'blob'"):
        yield "a session is none"
    if database.row(
        "SELECT 1 FROM tails WHERE typeof(size) || typeof(mtime_ns) || typeof(inode)"
        " || typeof(read_to) || typeof(held_in) <> 'integerintegerintegerintegerinteger'"
        " OR read_to < 0 OR size < read_to OR held_in < 0"
    ):
        yield "a transcript was read up to no place"
    if not all(map(_is_upload, database.rows("SELECT * FROM uploads"))):
        yield "an upload is none"
    zone = database.fact("zone")
    try:
        if zone is not None:
            ZoneInfo(str(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield "its time zone is none"


def _is_upload(row: Row) -> bool:
    """Say whether a row of the journal is one that an upload made, with the body of its receipt."""
    number, at, origin, account, sequence, body, answer, received, *counts = row
    if not all(isinstance(each, str) for each in (at, origin, account, received)):
        return False
    if not all(isinstance(each, int) for each in (number, sequence, *counts)):
        return False
    if not isinstance(answer, bytes) or not isinstance(body, bytes | None):
        return False
    try:
        is_aware = datetime.fromisoformat(at).tzinfo is not None
        if answer and received:
            read_answer(SyncAnswer, answer)
    except (ValueError, AnswerInvalid):
        return False
    return is_aware and (body is None or received in {"", receipt(body)})


def _makes_sense(kept: Kept) -> bool:
    """Say whether a state is one that lines can make: whatever a file holds is not believed."""
    times = [each.time_ms for each in kept.state.owners if each is not None]
    best = kept.state.best
    if best is None:
        return _are_of(kept.era, times)
    usage = best.usage
    models = (usage.model, *(each.model for each in usage.extras))
    return (
        _are_of(kept.era, (*times, best.time_ms))
        and all(_MODEL_KEY.fullmatch(str(each)) for each in models)
        and (usage.cost_usd is None or _is_cost(usage.cost_usd))
    )


def _are_of(era: Era, times_ms: Iterable[object]) -> bool:
    first, end = _SPANS[era]
    return all(type(each) is int and first <= each < end for each in times_ms)


def _is_cost(usd: object) -> bool:
    return isinstance(usd, float) and 0 <= usd <= MAX_NUMBER
