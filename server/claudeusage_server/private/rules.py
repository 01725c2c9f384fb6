"""What becomes of one day of an upload: the protocol's rules 1 to 5, and the days not taken."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from claudeusage_core import wire
from claudeusage_core.models import MODEL_ID

ORIGINAL = 0
"""The accounting of rows that the original client sent."""

_FIRST_DAY = date.fromisoformat(wire.FIRST_DAY)


class Fate(StrEnum):
    """What is done with a day."""

    STORE = "store"
    REMOVE = "remove"
    UNCHANGED = "unchanged"
    STALE = "stale"
    KEEP = "keep"


class KeptReason(StrEnum):
    """Why the stored row stays."""

    FEWER_MESSAGES = "fewer_messages"
    FEWER_TOKENS = "fewer_tokens"
    TWIN = "twin"


@dataclass(frozen=True, slots=True)
class StoredRow:
    """What is stored for a date of one computer."""

    digest: str
    accounting: int
    messages: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """A fate, with the reason where a row is kept."""

    fate: Fate
    reason: KeptReason | None = None


def refusal_code(day: wire.Day, today: date) -> str | None:
    """Say with a stable code why a day is not taken, None where it is. *today* is UTC's."""
    return _date_refusal(day.date, today) or _numbers_refusal(day)


def _date_refusal(text: str, today: date) -> str | None:
    try:
        when = date.fromisoformat(text)
    except ValueError:
        return "date_invalid"
    inside = _FIRST_DAY <= when <= today + timedelta(days=1)
    return None if inside else "date_out_of_range"


def _numbers_refusal(day: wire.Day) -> str | None:
    if len(day.models) > wire.MAX_MODELS:
        return "too_many_models"
    if any(not MODEL_ID.fullmatch(model.model) for model in day.models):
        return "model_invalid"
    if len({model.model for model in day.models}) < len(day.models):
        return "model_twice"
    if max(_numbers(day)) > wire.MAX_NUMBER:
        return "number_too_large"
    return None


def rule(
    day: wire.Day, digest: str, accounting: int, row: StoredRow | None, *, recount: bool
) -> Ruling:
    """Decide about a day whose own digest is *digest*, against the stored *row*."""
    store = Ruling(Fate.STORE if day.models else Fate.REMOVE)
    if row is None:
        return store if day.models else Ruling(Fate.UNCHANGED)
    # A row of the original client is taken over even where it is equal, so that it stays as it is.
    if digest == row.digest and not (row.accounting == ORIGINAL != accounting):
        return Ruling(Fate.UNCHANGED)
    if accounting < row.accounting:
        return Ruling(Fate.STALE)
    if day.was == row.digest or recount:
        return store
    lowered = _lowered(day, row)
    return Ruling(Fate.KEEP, lowered) if lowered else store


def day_messages(day: wire.Day) -> int:
    return sum(model.messages for model in day.models)


def day_tokens(day: wire.Day) -> int:
    return sum(sum(_token_counts(model)) for model in day.models)


def _lowered(day: wire.Day, row: StoredRow) -> KeptReason | None:
    messages = day_messages(day)
    if messages < row.messages:
        return KeptReason.FEWER_MESSAGES
    if messages == row.messages and day_tokens(day) < row.tokens:
        return KeptReason.FEWER_TOKENS
    return None


def _numbers(day: wire.Day) -> list[int]:
    numbers = [day.active_seconds, day.sessions_active, day.sessions_started]
    for model in day.models:
        numbers += [model.messages, model.cost_microusd or 0, *_token_counts(model)]
    return numbers


def _token_counts(model: wire.DayModel) -> tuple[int, int, int, int, int]:
    return (
        model.input_tokens,
        model.output_tokens,
        model.cache_write_5m_tokens,
        model.cache_write_1h_tokens,
        model.cache_read_tokens,
    )
