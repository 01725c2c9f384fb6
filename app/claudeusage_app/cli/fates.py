"""What became of the days of an upload, in words: in a table's cell, or as sentences."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from claudeusage_app import reviewed
from claudeusage_app.ledger.history import Made
from claudeusage_app.sync import Uploaded
from claudeusage_core import figures
from claudeusage_core.wire import SyncAnswer, read_answer

_SHORT = {
    "applied": "applied",
    "unchanged": "there already",
    "kept": "kept",
    "counted_elsewhere": "counted elsewhere",
    "stale": "older",
    "refused": "refused",
    "review": "under review",
}
_LOST = "arrived, answer lost"
_UNANSWERED = "no answer"
_NOT_TAKEN = "not taken"


def fates(made: Made) -> dict[str, int]:
    """Return how many days had which fate, by its name; nothing where no answer tells."""
    uploaded = _uploaded(made)
    if uploaded is None:
        return {}
    counts = {name: int(getattr(uploaded, name)) for name in _SHORT}
    return {name: number for name, number in counts.items() if number}


def under_review(made: Made) -> Iterator[str]:
    """Yield a sentence about the days that count for their owner only, for every reason."""
    uploaded = _uploaded(made)
    yield from reviewed.sentences(uploaded.reviewed if uploaded else ())


def in_short(made: Made) -> str:
    """Say it in a few words: ``3 applied, 1 kept``."""
    if not made.receipt:
        return _NOT_TAKEN if made.answer else _UNANSWERED
    if not made.answer:
        return _LOST
    found = fates(made)
    return ", ".join(f"{number} {_SHORT[name]}" for name, number in found.items()) or "no days"


def not_taken(uploaded: Uploaded) -> Iterator[str]:
    """Yield a sentence, with what to do, for every fate but that a day is there as it was sent."""
    for number, one, many, remedy in (
        (
            uploaded.kept,
            "was kept as it was: the server holds more for it",
            "were kept as they were: the server holds more for them",
            " If this computer's numbers are the right ones, run `claudeusage sync --recount`.",
        ),
        (
            uploaded.counted_elsewhere,
            "was not taken: your other computer has counted it already",
            "were not taken: your other computer has counted them already",
            "",
        ),
        (
            uploaded.stale,
            "was not taken: newer numbers are already there",
            "were not taken: newer numbers are already there",
            "",
        ),
        (
            uploaded.refused,
            "was refused by the server",
            "were refused by the server",
            " `claudeusage uploads` has its answer; what changes is offered again.",
        ),
    ):
        if number:
            words = one if number == 1 else many
            yield f"{figures.plural(number, 'day')} {words}.{remedy}"
    yield from reviewed.sentences(uploaded.reviewed)


def _uploaded(made: Made) -> Uploaded | None:
    if not (made.answer and made.receipt):
        return None
    return Uploaded.of(read_answer(SyncAnswer, made.answer), made.at)


def local_time(moment: datetime, zone: tzinfo) -> str:
    """Write a moment to the minute, by the clock of the days that are counted."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
