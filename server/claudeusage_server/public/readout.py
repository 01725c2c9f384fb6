"""The readout above the grid: what one day comes to, in words, for each day of the grid."""

from claudeusage_core import figures
from claudeusage_server.drawn.days import Day
from claudeusage_server.drawn.periods import Span, next_month
from claudeusage_server.public.answers import Shown

_SHORT = {
    "^": " tokens · ",
    ";": "\u202fh\u202f",
    "!": "\u202fm · ",
    "*": " sessions",
    "+": "1 session",
}
"""Signs for what each day says again: 371 days in full words would be a quarter of the page."""

_NONE = "no usage"

SAME = "="
"""The sign for a cost that the table below the grid has too, and for what follows it."""


def readout_values(shown: Shown, span: Span) -> dict[str, object]:
    """Return the words of the last day, and those of all days for the script to pick from.

    *days* has one entry a day, parted by ``|``, with the signs of *short*, and `SAME`; *months*
    names the months from the first day's on.
    """
    days = [shown.history.get(when) for when in span.days()]
    last = figures.day_long(span.last, shown.now.date())
    return {
        "day": f"{figures.weekday_short(span.last)} {last}",
        "words": of_day(days[-1]) or _NONE,
        "none": _NONE,
        "first": span.first.isoformat(),
        "months": "|".join(_months(shown, span)),
        "days": "|".join([_shortened(of_day(day), day) for day in days]),
        "short": "|".join(sign + text for sign, text in _SHORT.items()),
    }


def of_day(day: Day | None) -> str:
    """Write what a day comes to; nothing for a day without usage."""
    if day is None:
        return ""
    spent = day.spent
    cost = "unpriced" if spent.cost is None else figures.money_exact(spent.cost)
    tokens = f"{figures.tokens(spent.tokens)} {'token' if spent.tokens == 1 else 'tokens'}"
    time = figures.duration(day.active_seconds)
    return f"{cost} · {tokens} · {time} · {figures.plural(day.sessions_active, 'session')}"


def _shortened(words: str, day: Day | None) -> str:
    cost = figures.money_exact(day.spent.cost) if day else ""
    if cost.startswith("$"):
        words = SAME + words.removeprefix(f"{cost} · ")
    for sign, said in _SHORT.items():
        words = words.replace(said, sign)
    return words


def _months(shown: Shown, span: Span) -> list[str]:
    month, names = span.first.replace(day=1), list[str]()
    while month <= span.last:
        names.append(figures.day_long(month, shown.now.date()).removeprefix("1 "))
        month = next_month(month)
    return names
