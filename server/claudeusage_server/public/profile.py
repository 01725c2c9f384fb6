"""The profile page: the numbers of `summary`, worded and drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from claudeusage_core import figures
from claudeusage_server.country_names import country_names
from claudeusage_server.drawn import drawing
from claudeusage_server.drawn.charts import chart_values, slot_class, weekday_values
from claudeusage_server.drawn.days import Spent, total
from claudeusage_server.drawn.figure import compared, dollars, parts, streak_words
from claudeusage_server.drawn.periods import DAY, DEFAULT, LABELS, Period, Span
from claudeusage_server.drawn.summary import Record, Streak, Summary, summarise
from claudeusage_server.public import grid
from claudeusage_server.public.answers import Shown
from claudeusage_server.public.board import Board
from claudeusage_server.public.cut_words import next_numbers, numbers_up_to
from claudeusage_server.public.rank import rank_of
from claudeusage_server.public.readout import readout_values

SHARE_BAR = 184
"""Pixels of the bar of a model that cost everything; the style sheet has the same width."""

MOST_MODELS = 20
"""Rows of the table of models: beyond them the cheapest share the last one."""

_FIRST_COLUMN = 235
_COLUMN = 152
_NAMES = {
    Period.WEEK: "7 days",
    Period.MONTH: "30 days",
    Period.QUARTER: "90 days",
    Period.YEAR: "year",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the five: *parts* are numerals with their units, *exact* is the whole number."""

    label: str
    parts: Sequence[tuple[str, str]]
    exact: int
    title: str
    delta: Markup
    spark: Markup


def profile_values(shown: Shown, board: Board, period: Period) -> dict[str, object]:
    """Return everything that the page's template names."""
    summary = summarise(shown.history, period, shown.last, live=shown.profile.live)
    return {
        "profile": shown.profile,
        "country": country_names().get(shown.profile.country or "", shown.profile.country),
        "since": figures.month_long(_month(shown.profile.joined_month)),
        "periods": [(each, LABELS[each], each is period) for each in Period],
        "default": DEFAULT,
        "figures": _figures(summary),
        "rank": rank_of(board, shown.profile.name, period),
        "empty": not shown.history,
        "grid": _grid(shown),
        "chart": chart_values(summary, shown.last),
        "models": _models(summary),
        "total": summary.sums.spent,
        "weekdays": weekday_values(summary),
        "records": [_record(record) for record in summary.records],
        "foot": _foot(shown),
    }


def _figures(summary: Summary) -> list[Figure]:
    now, before = summary.sums, summary.before
    used = now.active_days > 0
    cost, tokens = now.spent.cost, now.spent.tokens
    bars = summary.by_bar
    return [
        Figure(
            "Cost, API-equivalent",
            parts(figures.money(cost)),
            cost or 0,
            dollars(cost),
            _cost_delta(summary),
            drawing.spark([bar.spent.cost or 0 for bar in bars], _FIRST_COLUMN),
        ),
        Figure(
            "Tokens",
            parts(figures.tokens(tokens) if used else figures.UNKNOWN),
            tokens,
            figures.plural(tokens, "token"),
            _delta(summary, tokens, before.spent.tokens),
            drawing.spark([bar.spent.tokens for bar in bars], _COLUMN),
        ),
        Figure(
            "Active time",
            parts(figures.duration(now.active_seconds) if used else figures.UNKNOWN),
            now.active_seconds,
            figures.plural(now.active_seconds, "second"),
            _delta(summary, now.active_seconds, before.active_seconds),
            drawing.spark([bar.active_seconds for bar in bars], _COLUMN),
        ),
        Figure(
            "Sessions",
            parts(figures.count(now.sessions) if used else figures.UNKNOWN),
            now.sessions,
            f"{figures.plural(now.sessions, 'session')} started",
            _delta(summary, now.sessions, before.sessions),
            drawing.spark([bar.sessions for bar in bars], _COLUMN),
        ),
        _streak(summary),
    ]


def _streak(summary: Summary) -> Figure:
    running, longest = summary.running, summary.longest
    unit = "day" if running.days == 1 else "days"
    shown = [(figures.count(running.days), unit)] if longest.days else [(figures.UNKNOWN, "")]
    return Figure(
        "Streak",
        shown,
        running.days,
        _streak_title(running),
        Markup.escape(streak_words(running.days, longest.days)),
        _ticks(summary),
    )


def _ticks(summary: Summary) -> Markup:
    """Draw the streak up to its last day, which may be yesterday where today is still to come."""
    active = list(summary.recent)
    if summary.running.days and not active[-1]:
        active.pop()
    return drawing.streak_ticks(active, min(summary.running.days, len(active)))


def _streak_title(running: Streak) -> str:
    if running.last is None:
        return "no running streak"
    return f"to {figures.day_short(running.last)}"


def _cost_delta(summary: Summary) -> Markup:
    spent = summary.sums.spent
    if spent.unpriced and spent.tokens:
        text = f"and {figures.tokens(spent.unpriced)} tokens unpriced"
        return Markup('<span class="warn">{}</span>').format(text)
    words = _delta(summary, spent.cost or 0, summary.before.spent.cost or 0)
    name = _NAMES.get(summary.period)
    spelt = name and summary.sums.active_days and "<b>" in words
    return words + f" on the {name} before" if spelt else words


def _delta(summary: Summary, now: int, before: int) -> Markup:
    """Compare with the period before, as said aloud and as seen; all time has none before it."""
    name = _NAMES.get(summary.period)
    if not summary.sums.active_days:
        return Markup.escape(f"no usage in {_these(name)}")
    if name is None:
        return Markup.escape(f"since {figures.day_short(summary.span.first)}")
    return compared(now, before)


def _these(name: str | None) -> str:
    if name is None:
        return "any day"
    return f"these {name}" if name[0].isdigit() else f"this {name}"


def _models(summary: Summary) -> list[dict[str, object]]:
    whole = summary.sums.spent.cost or 0
    return [
        {
            "id": name,
            "slot": slot,
            "spent": spent,
            "priced": spent.cost is not None,
            "share": figures.UNKNOWN if spent.cost is None else figures.share(spent.cost, whole),
            "bar": (spent.cost or 0) * SHARE_BAR // whole if whole else 0,
            "dollars": dollars(spent.cost),
        }
        for name, slot, spent in _model_rows(summary)
    ]


def _model_rows(summary: Summary) -> list[tuple[str, str, Spent]]:
    rows = [(model, slot_class(summary.slots, model), spent) for model, spent in summary.models]
    if len(rows) <= MOST_MODELS:
        return rows
    rest = rows[MOST_MODELS - 1 :]
    name = figures.plural(len(rest), "more model")
    return [*rows[: MOST_MODELS - 1], (name, rest[0][1], total([spent for *_, spent in rest]))]


def _grid(shown: Shown) -> dict[str, object]:
    span = grid.grid_span(shown.last)
    found = grid.levels(shown.history, span)
    active = len(found.by_day)
    how = "in quarters of the active days" if found.quarters else "in equal steps"
    limits = [figures.money(limit) for limit in found.limits]
    return {
        "wide": grid.halves(found, span, grid.WIDE, "w"),
        "narrow": grid.halves(found, span, grid.NARROW, "n"),
        "caption": f"{figures.plural(active, 'active day')} of {span.length} · cost per day, {how}",
        "name": f"Cost per day, {span.length} days to {figures.day_short(span.last)},"
        f" {figures.plural(active, 'active day')}",
        "legend": ["none", *(f"to {limit}" for limit in limits), "more"],
        "weeks": _weeks(shown, span),
        "readout": readout_values(shown, span),
    }


def _weeks(shown: Shown, span: Span) -> list[tuple[str, list[str]]]:
    """Return the grid as a table: a row a week, the newest first, dollars a weekday."""
    rows: list[tuple[str, list[str]]] = []
    for start in range(0, span.length, 7):
        monday = span.first + start * DAY
        cells = [_cell(shown, monday + number * DAY) for number in range(7)]
        rows.append((figures.day_short(monday), cells))
    return rows[::-1]


def _cell(shown: Shown, when: date) -> str:
    day = shown.history.get(when)
    if day is None:
        return ""
    return figures.money_exact(day.spent.cost).removeprefix("$")


def _record(record: Record) -> tuple[str, str, str]:
    match record.label:
        case "Dearest day":
            value = figures.money(record.value)
        case "Most active time in a day":
            value = figures.duration(record.value)
        case "Most tokens in a day":
            value = figures.tokens(record.value)
        case "Longest streak":
            return (
                record.label,
                figures.plural(record.value, "day"),
                f"to {figures.day_short(record.day)}",
            )
        case _:
            value = figures.count(record.value)
    return record.label, value, figures.day_short(record.day)


def _foot(shown: Shown) -> list[str]:
    today = shown.now.date()
    whose = f"Days are {shown.profile.name}’s own calendar days."
    if not shown.history:
        return [whose]
    if shown.profile.live:
        last = figures.day_long(max(shown.history), today)
        return [f"Numbers up to {last}, shown as they come in.", whose]
    return [numbers_up_to(shown.last, today), next_numbers(shown.now, today), whose]


def _month(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
