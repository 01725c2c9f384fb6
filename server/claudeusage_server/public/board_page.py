"""The leaderboard page: a page of a list, worded, with the addresses of every other choice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from markupsafe import Markup

from claudeusage_core import figures
from claudeusage_server.country_names import country_names
from claudeusage_server.cuts import next_cut
from claudeusage_server.drawn import row_bars
from claudeusage_server.drawn.periods import LABELS, Period
from claudeusage_server.public.board import Board, Entry, Page
from claudeusage_server.public.choices import Choice, page_of
from claudeusage_server.public.cut_words import next_numbers, numbers_up_to
from claudeusage_server.public.details import Details
from claudeusage_server.public.rankings import Measure, Reach

MEASURES = {
    Measure.COST: "Cost",
    Measure.TOKENS: "Tokens",
    Measure.ACTIVE: "Active time",
    Measure.STREAK: "Streak",
}
REACHES = {
    reach: "Last day" if reach is Reach.DAY else LABELS[Period(reach.value)] for reach in Reach
}
_WHEN = {
    Reach.DAY: "on the last day",
    Reach.WEEK: "this week",
    Reach.MONTH: "in these 30 days",
    Reach.YEAR: "this year",
    Reach.ALL: "so far",
}
_SPOKEN = {
    Reach.DAY: "the last day",
    Reach.WEEK: "7 days",
    Reach.MONTH: "30 days",
    Reach.YEAR: "a year",
    Reach.ALL: "all time",
}
_SHORT = 14
"""Letters of a name that fit everywhere, so that it need not be there whole a second time."""


@dataclass(frozen=True, slots=True)
class Link:
    """One of several choices."""

    label: str
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is written; *country* is the code and the name, *exact* is what tokens are."""

    entry: Entry
    shown: str
    is_long: bool
    moved: str
    moved_spoken: str
    country: tuple[str, str] | None
    bars: Markup
    measure: str
    exact: str
    second: str
    second_exact: str
    is_here: bool


def board_values(choice: Choice, board: Board, now: datetime) -> dict[str, object]:
    """Return everything that the page's template names."""
    page = page_of(board, choice)
    kept = choice if page is not None else replace(choice, around="")
    today = next_cut(now).date()  # changes with the board, and so no oftener than what is kept
    rows = _rows(board, kept, page.entries) if page else []
    return {
        "people": figures.plural(board.people(choice.ranking, choice.country), "person", "people"),
        "measures": [
            Link(label, _address(_first(kept, measure=each)), each is choice.measure)
            for each, label in MEASURES.items()
        ],
        "periods": []
        if choice.measure is Measure.STREAK
        else [
            Link(label, _address(_first(kept, reach=each)), each is choice.reach)
            for each, label in REACHES.items()
        ],
        "hidden": kept.choices() | ({"around": kept.around} if kept.around else {}),
        "countries": _countries(board, choice.country),
        "country": choice.country,
        "heading": MEASURES[choice.measure],
        "second": "Cost" if choice.measure is Measure.TOKENS else "Tokens",
        "caption": _caption(choice, rows),
        "rows": rows,
        "ranks": _ranks(rows),
        "previous": _address(kept.at(page.previous)) if page and page.previous else None,
        "following": _address(kept.at(page.following)) if page and page.following else None,
        "nobody": None if rows else _nobody(choice, board, page, now),
        "elsewhere": _elsewhere(choice, page),
        "foot": _foot(choice, board, now, today, has_rows=bool(rows)),
        "json": _address(replace(kept, cursor=choice.cursor), "/api/v1/leaderboard"),
    }


def _first(choice: Choice, *, measure: Measure | None = None, reach: Reach | None = None) -> Choice:
    """Return the first page of another list."""
    return replace(
        choice, measure=measure or choice.measure, reach=reach or choice.reach, cursor=""
    )


def _address(choice: Choice, path: str = "/") -> str:
    query = choice.query
    return f"{path}?{query}" if query else path


def _countries(board: Board, chosen: str | None) -> list[tuple[str, str]]:
    """Return the code and the name of each country that can be chosen, and of the chosen one."""
    codes = {*board.countries(), chosen}
    return [(code, name) for code, name in country_names().items() if code in codes]


def _rows(board: Board, choice: Choice, entries: Sequence[Entry]) -> list[Row]:
    details = board.details(choice.ranking, entries)
    return [_row(choice, *each) for each in zip(entries, details, strict=True)]


def _row(choice: Choice, entry: Entry, details: Details) -> Row:
    shown, measure = entry.display_name or entry.name, choice.measure
    named = (entry.country.upper(), country_names()[entry.country]) if entry.country else None
    by_tokens = measure is Measure.TOKENS
    second = details.cost if by_tokens else details.tokens
    return Row(
        entry=entry,
        shown=shown,
        is_long=len(shown) > _SHORT,
        moved="" if choice.country else figures.rank_move(entry.rank, entry.before),
        moved_spoken="" if choice.country else figures.rank_move_spoken(entry.rank, entry.before),
        country=named,
        bars=_bars(measure, entry, details),
        measure=_WRITTEN[measure](entry.value),
        exact=figures.count(entry.value) if by_tokens else "",
        second=figures.UNKNOWN if second is None else _second(measure)(second),
        second_exact="" if by_tokens or second is None else figures.count(second),
        is_here=entry.name == choice.around,
    )


def _bars(measure: Measure, entry: Entry, details: Details) -> Markup:
    if measure is Measure.STREAK:
        return row_bars.ticks(details.days, entry.value)
    return row_bars.amounts(details.days)


def _days(number: int) -> str:
    return figures.plural(number, "day")


_WRITTEN: Mapping[Measure, Callable[[int], str]] = {
    Measure.COST: figures.money_exact,
    Measure.TOKENS: figures.tokens,
    Measure.ACTIVE: figures.duration,
    Measure.STREAK: _days,
}


def _second(measure: Measure) -> Callable[[int], str]:
    return figures.money_exact if measure is Measure.TOKENS else figures.tokens


def _caption(choice: Choice, rows: Sequence[Row]) -> str:
    words = [f"Leaderboard by {MEASURES[choice.measure].lower()}"]
    if choice.measure is not Measure.STREAK:
        words.append(_SPOKEN[choice.reach])
    if choice.country:
        words.append(country_names().get(choice.country, choice.country))
    return ", ".join([*words, _ranks(rows).lower()])


def _ranks(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    first, last = (figures.count(row.entry.rank) for row in (rows[0], rows[-1]))
    return f"Ranks {first}–{last}"


def _nobody(choice: Choice, board: Board, page: Page | None, now: datetime) -> str:
    """Say why there is no row."""
    if board.through is None:
        cut = next_cut(now)
        return (
            "Nobody is on the board yet. Who chose to be appears at the next cut, on"
            f" {figures.day_long(cut.date(), cut.date())} at 12:00 UTC."
        )
    if page is None:
        return "Nobody of this name is on this board."
    when = "with a running streak" if choice.measure is Measure.STREAK else _WHEN[choice.reach]
    if choice.country:
        return f"Nobody from {country_names()[choice.country]} {when}."
    return f"Nobody is on the board {when}."


def _elsewhere(choice: Choice, page: Page | None) -> tuple[str, str] | None:
    """Return where to go on where there is no row: a label and an address."""
    if page is None:
        return "Show the first ranks", _address(replace(choice, around=""))
    if choice.country:
        return "Show all countries", _address(replace(choice, country=None, cursor=""))
    return None


def _foot(choice: Choice, board: Board, now: datetime, today: date, *, has_rows: bool) -> list[str]:
    cut = next_numbers(now, today)
    if board.through is None:
        return [cut]
    found = [numbers_up_to(board.through, today), cut]
    if not has_rows:
        return found
    if choice.country:
        found.append("Change of rank is told among all countries only.")
    else:
        found.append("Change is since the cut a day before.")
    if choice.measure is Measure.STREAK:
        found.append("Ticks are active days, the streak taller. Tokens are of all days.")
    else:
        found.append("Bars: each row on its own scale.")
    return found
