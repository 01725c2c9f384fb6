"""The live figures: today, this week against the one before, and the streak."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from claudeusage_core import figures
from claudeusage_server.drawn.charts import chart_values
from claudeusage_server.drawn.days import History, Spent
from claudeusage_server.drawn.figure import compared, dollars, parts, streak_words
from claudeusage_server.drawn.periods import Period, span_of
from claudeusage_server.drawn.summary import Sums, streaks, summarise, sums


@dataclass(frozen=True, slots=True)
class LiveFigure:
    """One of the five: *shown* are numerals with their units, *exact* is the whole number."""

    label: str
    shown: Sequence[tuple[str, str]]
    exact: int
    title: str
    delta: Markup


_NOTHING: Sequence[tuple[str, str]] = ((figures.UNKNOWN, ""),)


def live_figures(history: History, today: date) -> list[LiveFigure]:
    """Return the five figures of a day; a week is the seven days up to it."""
    span = span_of(Period.WEEK, today, None)
    week, before = sums(history, span), sums(history, span.before())
    return [
        _today(history, today),
        _cost(week, before),
        _tokens(week, history, today),
        _active(week),
        _streak(history, today),
    ]


def live_chart(history: History, today: date) -> dict[str, object]:
    """Return the chart of the last 30 days."""
    summary = summarise(history, Period.MONTH, today, live=True)
    return chart_values(summary, today)


def _today(history: History, today: date) -> LiveFigure:
    label, day = "Today, API-equivalent", history.get(today)
    if day is None:
        words = f"no usage yet on {figures.day_long(today, today)}"
        return LiveFigure(label, _NOTHING, 0, "no usage yet", Markup.escape(words))
    sessions = figures.plural(day.sessions_active, "session").partition(" ")
    words = Markup("<b>{}</b> {} · <b>{}</b>").format(
        sessions[0], sessions[2], figures.duration(day.active_seconds)
    )
    return _money(label, day.spent, words)


def _cost(week: Sums, before: Sums) -> LiveFigure:
    label = "This week"
    if not week.active_days:
        words = Markup.escape("no usage in these 7 days")
        return LiveFigure(label, _NOTHING, 0, "no usage", words)
    words = compared(week.spent.cost or 0, before.spent.cost or 0)
    if "<b>" in words:
        words += " on last week"
    return _money(label, week.spent, words)


def _money(label: str, spent: Spent, words: Markup) -> LiveFigure:
    if spent.unpriced:
        unpriced = f"and {figures.tokens(spent.unpriced)} tokens unpriced"
        words = Markup('<span class="warn">{}</span>').format(unpriced)
    shown = parts(figures.money(spent.cost))
    return LiveFigure(label, shown, spent.cost or 0, dollars(spent.cost), words)


def _tokens(week: Sums, history: History, today: date) -> LiveFigure:
    number, day = week.spent.tokens, history.get(today)
    shown = parts(figures.tokens(number)) if week.active_days else _NOTHING
    words = f"{figures.tokens(day.spent.tokens)} today" if day else "none today"
    title = figures.plural(number, "token")
    return LiveFigure("Tokens this week", shown, number, title, Markup.escape(words))


def _active(week: Sums) -> LiveFigure:
    seconds = week.active_seconds
    shown = parts(figures.duration(seconds)) if week.active_days else _NOTHING
    words = Markup.escape(f"{week.active_days} of 7 days")
    return LiveFigure("Active this week", shown, seconds, figures.plural(seconds, "second"), words)


def _streak(history: History, today: date) -> LiveFigure:
    running, longest = streaks(history, today, live=True)
    unit = "day" if running.days == 1 else "days"
    shown = [(figures.count(running.days), unit)] if longest.days else _NOTHING
    words = Markup.escape(streak_words(running.days, longest.days))
    title = figures.plural(running.days, "day")
    return LiveFigure("Streak", shown, running.days, title, words)
