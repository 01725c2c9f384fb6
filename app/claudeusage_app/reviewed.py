"""Days that count for their owner only: which they are, and why the server says so, in words."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from claudeusage_app.addresses import plain
from claudeusage_core import figures

Reviewed = Sequence[tuple[str, str]]
"""The date and the server's reason of each day that is under review, by date."""

HISTORY = "history"
REASONS = {
    "no_messages": "tokens without messages",
    "active_time": "more active time than a day has",
    "sessions_started": "more sessions started than were active",
    "sessions_active": "more sessions than messages",
    "output_per_message": "more output than these messages can have",
    "prompt_per_message": "larger prompts than these messages can have",
    "cost_above": "a cost above the dearest reading of these tokens",
    "cost_below": "a cost below the cheapest reading of these tokens",
    HISTORY: "old days of a new account wait until it has grown for a week",
}
"""What the codes of a server mean. One that is not here is shown as it is."""

_WAIT = "Go on syncing, and they are shown."
_MEND = "What to do about it is on your dashboard there."
_MOST_NAMED = 5
"""So many dates are named one by one."""


def in_short(reviewed: Reviewed) -> str:
    """Say it in one line: how many days, and why where they have one reason."""
    days = figures.plural(len(reviewed), "day")
    reasons = {reason for _date, reason in reviewed}
    why = _worded(reasons.pop()) if len(reasons) == 1 else "for several reasons"
    return f"{days} for you only: {why}"


def sentences(reviewed: Reviewed) -> Iterator[str]:
    """Yield, for every reason, which days count for their owner only, why, and what to do."""
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for date, reason in reviewed:
        by_reason[reason].append(date)
    for reason, dates in by_reason.items():
        days, counts = figures.plural(len(dates), "day"), "counts" if len(dates) == 1 else "count"
        remedy = _WAIT if reason == HISTORY else _MEND
        yield (
            f"{days} {counts} for you only, not in public ({_named(dates)}):"
            f" {_worded(reason)}. {remedy}"
        )


def _worded(reason: str) -> str:
    return REASONS.get(reason) or plain(reason)


def _named(dates: Sequence[str]) -> str:
    ordered = sorted(dates)
    if len(ordered) <= _MOST_NAMED:
        return ", ".join(ordered)
    return f"{ordered[0]} to {ordered[-1]}"
