"""The numbers of an upload as a table: a row per day, then one per model, changes marked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from claudeusage_core import figures
from claudeusage_core.preview import Change, DayRow, ModelRow, Preview

HEADERS = ("Day and model", "Messages", "Input", "Output", "Cache write", "Cache read", "Cost")
DAY_FIGURES = 1
"""The column from which a day's own figures run up to the cost."""
COST = len(HEADERS) - 1


class Tone(Enum):
    """How a text is written: changed figures stand out by weight."""

    STRONG = auto()
    PLAIN = auto()
    QUIET = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text in one tone."""

    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows: pieces on one line, and under them what it was."""

    parts: tuple[Part, ...]
    was: str = ""
    tag: str = ""

    @property
    def spoken(self) -> str:
        """The whole cell as one text."""
        text = "".join(part.text for part in self.parts)
        return ", ".join(filter(None, (text, self.was, self.tag)))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table; *slot* is the colour of its model, None for a day."""

    cells: Mapping[int, Cell]
    slot: int | None = None

    @property
    def is_day(self) -> bool:
        """Whether it heads the rows of a day."""
        return self.slot is None

    @property
    def has_two_lines(self) -> bool:
        """Whether any figure stands over what it was."""
        return any(cell.was for cell in self.cells.values())


def table_rows(preview: Preview, today: date, slots: int) -> tuple[Row, ...]:
    """Return the rows of *preview*; models get one of *slots* colours by their cost in it."""
    order = _model_order(preview)
    last = slots - 1
    rows: list[Row] = []
    for day in preview.days:
        rows.append(_day_row(day, today))
        rows += [_model_row(model, min(order[model.model], last)) for model in day.models]
    return tuple(rows)


def _model_order(preview: Preview) -> dict[str, int]:
    costs: dict[str, int] = {}
    for model in (model for day in preview.days for model in day.models):
        costs[model.model] = costs.get(model.model, 0) + (model.cost_microusd.now or 0)
    ordered = sorted(costs, key=lambda model: (-costs[model], model))
    return {model: at for at, model in enumerate(ordered)}


def _day_row(day: DayRow, today: date) -> Row:
    name = f"{figures.weekday_short(day.date)} {figures.day_long(day.date, today)}"
    cost = _figure(day.cost_microusd, figures.money_exact, figures.UNKNOWN)
    return Row(
        {
            0: Cell((Part(name, Tone.STRONG),)),
            DAY_FIGURES: Cell(tuple(_day_parts(day))),
            COST: Cell(cost.parts),
        }
    )


def _day_parts(day: DayRow) -> Iterator[Part]:
    if day.removed:
        yield Part("removed, it is no longer in the transcripts", Tone.PLAIN)
        return
    time, sessions = day.active_seconds, day.sessions
    yield Part(figures.duration(time.now or 0), _day_tone(time))
    if time.known and time.changed:
        yield Part(f" was {figures.duration(time.was or 0)}", Tone.QUIET)
    yield Part(" · ", Tone.QUIET)
    yield Part(figures.count(sessions.now or 0), _day_tone(sessions))
    yield Part(" session" if sessions.now == 1 else " sessions", Tone.PLAIN)
    if sessions.known and sessions.changed:
        yield Part(f", was {figures.count(sessions.was or 0)}", Tone.QUIET)


def _model_row(model: ModelRow, slot: int) -> Row:
    tokens = (model.input, model.output, model.cache_write, model.cache_read)
    name = Cell((Part(model.model, Tone.PLAIN),), tag="new" if model.is_new else "")
    cells = [
        name,
        _figure(model.messages, figures.count, figures.UNKNOWN),
        *(_figure(change, figures.tokens, figures.UNKNOWN) for change in tokens),
        _figure(model.cost_microusd, figures.money_exact, "unpriced"),
    ]
    return Row(dict(enumerate(cells)), slot)


def _figure(change: Change, written: Callable[[int], str], unknown: str) -> Cell:
    """Write a figure, and under it what it was if that reads differently."""
    now = unknown if change.now is None else written(change.now)
    was = unknown if change.was is None else written(change.was)
    differs = change.known and was != now
    return Cell((Part(now, _tone(change)),), f"was {was}" if differs else "")


def _day_tone(change: Change) -> Tone:
    return Tone.STRONG if change.changed else Tone.PLAIN


def _tone(change: Change) -> Tone:
    return Tone.STRONG if change.changed else Tone.QUIET
