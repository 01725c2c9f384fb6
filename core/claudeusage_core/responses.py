"""One API response, many lines: which copy is believed, and which one says where it belongs.

A response is written once per content block, and again in resumed, forked and branched sessions.
The *winner* is the copy whose usage counts; the *owner* is the earliest copy of the winner's
class, and decides session, day and price date. A `State` holds all that later copies could
change, and `merge` is associative, commutative and idempotent: the order in which transcripts are
read, how often, and where a scan was cut short never change a total.
"""

from datetime import UTC, datetime
from enum import IntEnum
from typing import NamedTuple, TypeAlias

from claudeusage_core.hashes import sha256
from claudeusage_core.moments import milliseconds
from claudeusage_core.usage import UNKNOWN_PREFIX, CopyClass, ModelKey, Usage, UsageRecord

ERA_START_MS = milliseconds(datetime(2024, 1, 1, tzinfo=UTC))
LATEST_AHEAD_MS = 24 * 3600 * 1000
"""A response further ahead of the clock than this is left out of the figures of the moment."""


class Era(IntEnum):
    """Copies from before 2024 are kept apart: they never compete with later ones."""

    CURRENT = 0
    ANCIENT = 1


class Owner(NamedTuple):
    """When and in which session a copy was written; the smallest owns the response."""

    time_ms: int
    elsewhere: bool
    """Whether the session id does not name the file: of two copies of one moment, the later."""
    session: str


class Best(NamedTuple):
    """The copy whose usage counts."""

    copy_class: CopyClass
    time_ms: int
    usage: Usage


Owners: TypeAlias = tuple[Owner | None, Owner | None, Owner | None]


class State(NamedTuple):
    """All that is known of one response: its best copy, and its earliest copy by class.

    *best* is None while no copy is billable. Owners of classes that can no longer win are None.
    """

    best: Best | None
    owners: Owners


class Response(NamedTuple):
    """A billable response: its owner's moment and session, and its winner's usage."""

    time_ms: int
    session: str
    usage: Usage


class ResponseKey(NamedTuple):
    """Under which a state is kept."""

    identity: str
    era: Era


def key_of(record: UsageRecord) -> ResponseKey:
    """Return the key of the state that a record belongs to."""
    era = Era.ANCIENT if record.time_ms < ERA_START_MS else Era.CURRENT
    return ResponseKey(record.identity, era)


def state_of(record: UsageRecord) -> State:
    """Return the state of a response of which only one copy is known."""
    owner = Owner(record.time_ms, not record.own_file, record.session)
    best = Best(record.copy_class, record.time_ms, record.usage) if record.usage.billable else None
    return State(best, owners_of(record.copy_class, owner))


def owners_of(copy_class: CopyClass, owner: Owner) -> Owners:
    """Return the owners of a response with copies of one class alone."""
    match copy_class:
        case CopyClass.PLAIN:
            return (owner, None, None)
        case CopyClass.SIDECHAIN:
            return (None, owner, None)
        case CopyClass.FORKED:
            return (None, None, owner)


def merge(one: State, other: State) -> State:
    """Return what is known of a response when two states of it are."""
    best = _better(one.best, other.best)
    reach = max(CopyClass) if best is None else best.copy_class
    first, second, third = (
        _earlier(one.owners[each], other.owners[each]) if each <= reach else None
        for each in CopyClass
    )
    return State(best, (first, second, third))


def include(states: dict[ResponseKey, State], key: ResponseKey, state: State) -> None:
    """Merge one more state of a response into *states*."""
    known = states.get(key)
    states[key] = state if known is None else merge(known, state)


def response_of(state: State) -> Response | None:
    """Return the response that a state describes, None where nothing of it is billable."""
    if state.best is None:
        return None
    owner = state.owners[state.best.copy_class]
    if owner is None:
        return None
    return Response(owner.time_ms, owner.session, state.best.usage)


def counts_by(time_ms: int, now_ms: int) -> bool:
    """Say whether a response of that moment is in the figures by the clock of *now_ms*."""
    return time_ms <= now_ms + LATEST_AHEAD_MS


def _earlier(one: Owner | None, other: Owner | None) -> Owner | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


def _better(one: Best | None, other: Best | None) -> Best | None:
    if one is None or other is None:
        return one or other
    if one == other:
        return one
    mine, theirs = _rank(one), _rank(other)
    if mine != theirs:
        return one if mine > theirs else other
    return min(one, other, key=_last_tie)


def _rank(best: Best) -> tuple[int, int, bool, int, int, int]:
    usage = best.usage
    return (
        -best.copy_class,
        usage.tokens.output,
        usage.stopped,
        usage.tokens.total,
        usage.web_searches,
        best.time_ms,
    )


def _last_tie(best: Best) -> tuple[bytes, list[tuple[bool, ModelKey]]]:
    """Return by what two copies differ that are equal in all that matters; the smaller wins.

    The numbers come first, and a known model before an unknown one: what is kept of an unknown
    name hangs on the ledger's key. So every ledger chooses alike, except among copies that
    differ in nothing but which unknown model they name; all of these are shown as one.
    """
    usage = best.usage
    models = (usage.model, *(each.model for each in usage.extras))
    numbers = (
        usage.tokens,
        usage.deciding_prompt,
        usage.fast,
        usage.us_inference,
        usage.batch,
        usage.cost_usd,
        [each.tokens for each in usage.extras],
    )
    digest = sha256(repr(numbers).encode()).digest()
    return digest, [(each.startswith(UNKNOWN_PREFIX), each) for each in models]
