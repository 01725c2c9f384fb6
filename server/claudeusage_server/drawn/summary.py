"""The numbers of a profile: sums of a period, streaks, records, weekdays. No drawing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from claudeusage_server.drawn.days import History, Spent, total
from claudeusage_server.drawn.periods import DAY, Period, Span, bars, span_of

WEEKDAY_DAYS = 90
"""How many days the weekdays are a mean of."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What a span of days adds up to. Only started sessions may be added over days."""

    spent: Spent
    models: Mapping[str, Spent]
    active_seconds: int
    sessions: int
    active_days: int


@dataclass(frozen=True, slots=True)
class Streak:
    """Consecutive active days; *last* is None where there is no active day at all."""

    days: int
    last: date | None


@dataclass(frozen=True, slots=True)
class Record:
    """The day with the most of something."""

    label: str
    value: int
    day: date


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything that the page of one period says."""

    period: Period
    span: Span
    sums: Sums
    before: Sums
    bars: Sequence[Span]
    by_bar: Sequence[Sums]
    recent: Sequence[bool]
    """Whether each of the last days was active: as many as the period has, at most 90."""
    models: Sequence[tuple[str, Spent]]
    """By slot of colour: the dearest of all time first, ``other`` last."""
    slots: Sequence[str]
    running: Streak
    longest: Streak
    weekdays: Sequence[int]
    """Mean active seconds, Monday first."""
    records: Sequence[Record]


def summarise(history: History, period: Period, last: date, *, live: bool) -> Summary:
    """Compute the page of a period that ends on *last*."""
    first_day = next(iter(history), None)
    span = span_of(period, last, first_day)
    slots = model_slots(history)
    of_span = sums(history, span)
    cut = bars(period, span)
    running, longest = streaks(history, last, live=live)
    return Summary(
        period=period,
        span=span,
        sums=of_span,
        before=sums(history, span.before()),
        bars=cut,
        by_bar=[sums(history, bar) for bar in cut],
        recent=[day in history for day in _recent(period, last).days()],
        models=[(model, of_span.models[model]) for model in slots if model in of_span.models],
        slots=slots,
        running=running,
        longest=longest,
        weekdays=weekday_means(history, last),
        records=records(history, longest),
    )


def sums(history: History, span: Span) -> Sums:
    """Add up the days of a span."""
    if span.length < len(history):
        days = [history[when] for when in span.days() if when in history]
    else:
        days = [day for when, day in history.items() if span.holds(when)]
    parts: dict[str, list[Spent]] = {}
    for day in days:
        for model, spent in day.models.items():
            parts.setdefault(model, []).append(spent)
    return Sums(
        total([day.spent for day in days]),
        {model: total(spent) for model, spent in parts.items()},
        sum(day.active_seconds for day in days),
        sum(day.sessions_started for day in days),
        len(days),
    )


def model_slots(history: History) -> list[str]:
    """Order the models by all-time cost, then id, so that each keeps its colour; other is last."""
    costs: dict[str, int] = {}
    for day in history.values():
        for model, spent in day.models.items():
            costs[model] = costs.get(model, 0) + (spent.cost or 0)
    return sorted(costs, key=lambda model: (model == "other", -costs[model], model))


def streaks(history: History, last: date, *, live: bool) -> tuple[Streak, Streak]:
    """Return the running streak and the longest one.

    A live profile's own day may still be to come, so its streak may also end on the day before.
    """
    runs: list[Streak] = []
    for day in (when for when, of_day in history.items() if of_day.spent.messages):
        previous = runs[-1] if runs else Streak(0, None)
        if previous.last == day - DAY:
            runs[-1] = Streak(previous.days + 1, day)
        else:
            runs.append(Streak(1, day))
    longest = max(runs, key=lambda run: run.days, default=Streak(0, None))
    newest = runs[-1] if runs else Streak(0, None)
    still = newest.last == last or (live and newest.last == last - DAY)
    return (newest if still else Streak(0, None)), longest


def weekday_means(history: History, last: date) -> list[int]:
    """Return the mean active seconds of each weekday, Monday first, days without usage included."""
    totals, counts = [0] * 7, [0] * 7
    for day in Span(last - (WEEKDAY_DAYS - 1) * DAY, last).days():
        counts[day.weekday()] += 1
        if day in history:
            totals[day.weekday()] += history[day].active_seconds
    return [seconds // count for seconds, count in zip(totals, counts, strict=True)]


def records(history: History, longest: Streak) -> list[Record]:
    """Return the day with the most of each; of equal days the first."""
    if longest.last is None:
        return []

    def most(label: str, values: dict[date, int]) -> Record:
        day = max(values, key=lambda day: values[day])
        return Record(label, values[day], day)

    days = history.items()
    return [
        most("Dearest day", {when: day.spent.cost or 0 for when, day in days}),
        most("Most active time in a day", {when: day.active_seconds for when, day in days}),
        most("Most sessions in a day", {when: day.sessions_active for when, day in days}),
        most("Most tokens in a day", {when: day.spent.tokens for when, day in days}),
        Record("Longest streak", longest.days, longest.last),
    ]


def _recent(period: Period, last: date) -> Span:
    days = int(period) if period in {Period.WEEK, Period.MONTH} else int(Period.QUARTER)
    return Span(last - (days - 1) * DAY, last)
