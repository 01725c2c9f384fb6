"""What the charts of a profile show: bars, labels, the sentence that names each, and a table."""

from collections.abc import Mapping, Sequence
from datetime import date

from claudeusage_core import figures
from claudeusage_server.drawn import drawing
from claudeusage_server.drawn.days import Spent
from claudeusage_server.drawn.drawing import Label
from claudeusage_server.drawn.periods import Period, Span
from claudeusage_server.drawn.summary import Summary

OWN_SLOTS = 6
"""So many models have a colour of their own; the rest and ``other`` share one more."""

_HOUR = 3_600
_FEW_BARS = 7
_UNITS = {Period.YEAR: "week", Period.ALL: "month"}
_SPANS = {
    Period.WEEK: "last 7 days",
    Period.MONTH: "last 30 days",
    Period.QUARTER: "last 90 days",
    Period.YEAR: "last year",
    Period.ALL: "since the first day",
}
_WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def slot_number(slots: Sequence[str], model: str) -> int:
    """Return the colour of a model."""
    return OWN_SLOTS if model == "other" else min(slots.index(model), OWN_SLOTS)


def slot_class(slots: Sequence[str], model: str) -> str:
    return f"s{slot_number(slots, model)}"


def chart_values(summary: Summary, last: date) -> dict[str, object]:
    """Return the chart of cost by model."""
    stacks = [_stack(summary, sums.models) for sums in summary.by_bar]
    totals = [sum(stack) for stack in stacks]
    columns = [slot for slot in range(OWN_SLOTS + 1) if any(stack[slot] for stack in stacks)]
    unit, span = _UNITS.get(summary.period, "day"), _SPANS[summary.period]
    scale = drawing.nice_scale(max(totals))
    few = len(stacks) <= _FEW_BARS
    ticks = [figures.money_short(tick) for tick in scale.ticks()]
    above = [figures.money(amount) if amount else "" for amount in totals]
    lines, gutter = drawing.value_axis(scale, ticks if any(totals) and not few else ticks[:1])
    return {
        "caption": f"per {unit}, {span}",
        "name": f"Cost per {unit} by model, {span}, {_largest(summary, totals, last)}",
        "unit": unit.capitalize(),
        "columns": [_column(summary, slot) for slot in columns],
        "rows": _rows(summary, stacks, columns),
        "colours": [_key(summary, stacks, slot) for slot in columns],
        "none": not any(totals),
        "few": few,
        "lines": lines,
        "gutter": gutter,
        "plot": drawing.stacks(stacks, scale),
        "above": drawing.values_above(totals, above, scale) if few else "",
        "time": drawing.time_axis(_labels(summary), len(stacks)),
    }


def weekday_values(summary: Summary) -> dict[str, object]:
    """Return the chart of mean active time by weekday."""
    means = dict(zip(_WEEKDAYS, summary.weekdays, strict=True))
    longest = max(means, key=lambda name: means[name])
    bars = [(name, seconds, _short_time(seconds)) for name, seconds in means.items()]
    return {
        "plot": drawing.labelled_bars(bars, "weekday"),
        "name": "Mean active time by weekday, last 90 days, most on "
        f"{longest} with {figures.duration(means[longest])}",
        "rows": [(name, figures.duration(seconds)) for name, seconds in means.items()],
        "none": not any(summary.weekdays),
    }


def _stack(summary: Summary, models: Mapping[str, Spent]) -> list[int]:
    amounts = [0] * (OWN_SLOTS + 1)
    for model, spent in models.items():
        amounts[slot_number(summary.slots, model)] += spent.cost or 0
    return amounts


def _labels(summary: Summary) -> list[Label]:
    return [
        Label(number, text)
        for number, bar in enumerate(summary.bars)
        if (text := _label(summary.period, bar))
    ]


def _label(period: Period, bar: Span) -> str:
    """Label Mondays, and months where a bar is longer than a day; every day where there are few."""
    first = bar.first
    if period is Period.WEEK:
        return f"{figures.weekday_short(first)} {first.day}"
    if period not in _UNITS:
        return f"{first.day} {figures.month_short(first)}" if first.weekday() == 0 else ""
    starts = [day for day in bar.days() if day.day == 1]
    if period is Period.ALL and not starts:
        starts = [first]
    if not starts:
        return ""
    year = f" {starts[0].year}" if starts[0].month == 1 else ""
    return figures.month_short(starts[0]) + year


def _largest(summary: Summary, totals: Sequence[int], last: date) -> str:
    if not any(totals):
        return "no priced usage"
    number = max(range(len(totals)), key=lambda index: totals[index])
    dollars = figures.money_exact(totals[number]).removeprefix("$")
    return f"largest {dollars} dollars on {_spoken(summary, number, last)}"


def _spoken(summary: Summary, number: int, last: date) -> str:
    first = summary.bars[number].first
    match _UNITS.get(summary.period):
        case "week":
            return f"the week of {figures.day_long(first, last)}"
        case "month":
            return figures.month_long(first)
        case _:
            return figures.day_long(first, last)


def _rows(
    summary: Summary, stacks: Sequence[Sequence[int]], columns: Sequence[int]
) -> list[tuple[str, list[str], str]]:
    """Return the chart as a table, the newest first: when, dollars by colour, their sum."""
    rows = [
        (figures.day_short(bar.first), [_bare(stack[slot]) for slot in columns], _bare(sum(stack)))
        for bar, sums, stack in zip(summary.bars, summary.by_bar, stacks, strict=True)
        if sums.active_days
    ]
    return rows[::-1]


def _key(summary: Summary, stacks: Sequence[Sequence[int]], slot: int) -> tuple[str, str, str]:
    """Return a colour of the chart, its model, and what that cost."""
    cost = figures.money(sum(stack[slot] for stack in stacks))
    return f"s{slot}", _column(summary, slot), cost


def _column(summary: Summary, slot: int) -> str:
    """Name a colour's column: its model, or what the rest of the models is called."""
    return "other" if slot == OWN_SLOTS else summary.slots[slot]


def _bare(microusd: int) -> str:
    return figures.money_exact(microusd).removeprefix("$")


def _short_time(seconds: int) -> str:
    """Write hours and minutes without the last unit, as above narrow bars."""
    text = figures.duration(seconds) if seconds else ""
    return text.removesuffix("\u202fm") if seconds >= _HOUR else text
