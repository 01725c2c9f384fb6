"""What a person is shown of an upload: its very rows, and what changed since the last one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from claudeusage_core.figures import plural
from claudeusage_core.wire import Day, DayModel, SyncRequest

ASSUMED = (
    "This preview assumes a server that has none of these days; it cannot be accepted and is made"
    " anew when the server answers."
)
NEVER_LEAVES = (
    "Prompts and responses",
    "Code and file contents",
    "Raw JSONL",
    "File paths, project names",
    "Message, request, session ids",
    "Host name, user name",
)


@dataclass(frozen=True, slots=True)
class Change:
    """A number of the upload and what it was in the last one; None where it was not there."""

    now: int | None
    was: int | None
    known: bool
    """Whether the row was uploaded before."""

    @property
    def changed(self) -> bool:
        """Whether the number differs from the uploaded one."""
        return not self.known or self.now != self.was


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model's row of a day."""

    model: str
    is_new: bool
    messages: Change
    input: Change
    output: Change
    cache_write: Change
    cache_read: Change
    cost_microusd: Change


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day of the upload; *removed* where the upload takes the day back."""

    date: date
    removed: bool
    active_seconds: Change
    sessions: Change
    cost_microusd: Change
    models: tuple[ModelRow, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """The rows of an upload, newest day first, beside the bytes that would be sent."""

    days: tuple[DayRow, ...]
    unchanged_days: int
    body: bytes

    @property
    def model_rows(self) -> int:
        """How many model rows the upload holds."""
        return sum(len(day.models) for day in self.days)


def only_there_line(dates: Sequence[str], first_here: str | None) -> str:
    """Say that the server has *dates* which this ledger lacks; empty where there are none.

    *first_here* is the first date that this ledger has.
    """
    if not dates:
        return ""
    older = first_here is None or dates[-1] < first_here
    days = plural(len(dates), "older day" if older else "other day")
    held = f"The server holds {days} of this computer"
    if len(dates) == 1:
        return f"{held}, {dates[0]}. It stays there as it is."
    return f"{held}, {dates[0]} to {dates[-1]}. They stay there as they are."


def preview_of(request: SyncRequest, last_sent: Mapping[str, Day], unchanged_days: int) -> Preview:
    """Show *request* beside the days that were *last_sent*, by ISO date."""
    rows = (_day(day, last_sent.get(day.date)) for day in reversed(request.days))
    return Preview(tuple(rows), unchanged_days, request.body())


def _day(day: Day, before: Day | None) -> DayRow:
    models = {model.model: model for model in before.models} if before else {}
    return DayRow(
        date=date.fromisoformat(day.date),
        removed=not day.models,
        active_seconds=_change(day.active_seconds, before.active_seconds if before else None),
        sessions=_change(day.sessions_active, before.sessions_active if before else None),
        cost_microusd=Change(_cost(day), _cost(before) if before else None, before is not None),
        models=tuple(_model(model, models.get(model.model), before) for model in day.models),
    )


def _model(model: DayModel, before: DayModel | None, day_before: Day | None) -> ModelRow:
    cost = Change(model.cost_microusd, before.cost_microusd if before else None, before is not None)
    return ModelRow(
        model=model.model,
        is_new=day_before is not None and before is None,
        messages=_change(model.messages, before.messages if before else None),
        input=_change(model.input_tokens, before.input_tokens if before else None),
        output=_change(model.output_tokens, before.output_tokens if before else None),
        cache_write=_change(_written(model), _written(before) if before else None),
        cache_read=_change(model.cache_read_tokens, before.cache_read_tokens if before else None),
        cost_microusd=cost,
    )


def _change(now: int, was: int | None) -> Change:
    return Change(now, was, was is not None)


def _written(model: DayModel) -> int:
    return model.cache_write_5m_tokens + model.cache_write_1h_tokens


def _cost(day: Day) -> int | None:
    priced = [each.cost_microusd for each in day.models if each.cost_microusd is not None]
    return sum(priced) if priced else None
