"""Choices: what a reader of the board may choose, and the shortest query that says so."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from claudeusage_server.country_names import country_names
from claudeusage_server.errors import QueryInvalid
from claudeusage_server.public.board import Board, Page
from claudeusage_server.public.cursors import TOP, Cursor, read_cursor
from claudeusage_server.public.rankings import STREAK, Measure, Ranking, Reach

NOBODY = "?"
"""Around whom the board is opened that has nobody of the name that was asked for; it is no name."""

CODE = "^[a-z]{2}$"
"""What the code of a country is like."""

_KNOWN = {"measure": frozenset(Measure), "period": frozenset(Reach)}


@dataclass(frozen=True, slots=True)
class Choice:
    """One page of the board; the streak is of no period, and keeps the one that was chosen.

    Two that show the same are equal, so that a page is kept once.
    """

    measure: Measure = Measure.COST
    reach: Reach = Reach.MONTH
    country: str | None = None
    cursor: str = ""
    around: str = ""

    @property
    def ranking(self) -> Ranking:
        """The list that is shown."""
        return STREAK if self.measure is Measure.STREAK else Ranking(self.measure, self.reach)

    @property
    def query(self) -> str:
        """The query of its address; nothing where nothing was chosen."""
        chosen = self.choices() | {"country": self.country or "", "cursor": self.cursor}
        chosen["around"] = self.around
        return urlencode({name: value for name, value in chosen.items() if value})

    def choices(self) -> dict[str, str]:
        """Return the measure and the period by name, where they are not those of the start."""
        found: dict[str, str] = {}
        if self.measure is not Measure.COST:
            found["measure"] = self.measure
        if self.reach is not Reach.MONTH:
            found["period"] = self.reach
        return found

    def at(self, cursor: str) -> "Choice":
        """Return the page of a cursor of the same list, which is opened at nobody."""
        return replace(self, cursor=cursor, around="")


def read_choice(query: Mapping[str, str]) -> Choice:
    """Read a page's query; whatever it does not know is as if it were not there."""
    measure, period = query.get("measure", ""), query.get("period", "")
    country = query.get("country", "").lower()
    return Choice(
        Measure(measure) if measure in _KNOWN["measure"] else Measure.COST,
        Reach(period) if period in _KNOWN["period"] else Reach.MONTH,
        country if country in country_names() else None,
        *_place(query),
    )


def read_strictly(query: Mapping[str, str]) -> Choice:
    """Read the interface's query; raise `QueryInvalid` for a value that it does not know."""
    for name, known in _KNOWN.items():
        if name in query and query[name] not in known:
            raise QueryInvalid(field=name)
    country = query.get("country")
    if country is not None and not re.fullmatch(CODE, country):
        raise QueryInvalid(field="country")
    return replace(read_choice(query), country=country)


def of_somebody(choice: Choice, is_known: Callable[[str], bool]) -> Choice:
    """Return the choice itself, or one that is alike for every name that nobody has."""
    unknown = choice.around and not is_known(choice.around)
    return replace(choice, around=NOBODY) if unknown else choice


def page_of(board: Board, choice: Choice) -> Page | None:
    """Return the page that was chosen; None where it is around somebody who is not in the list."""
    if choice.around:
        return board.around(choice.ranking, choice.around, choice.country)
    return board.page(choice.ranking, choice.country, choice.cursor)


def _place(query: Mapping[str, str]) -> tuple[str, str]:
    """Return the cursor and the name to open the list at, of which the name goes first."""
    if around := query.get("around", ""):
        return "", around
    cursor = read_cursor(query.get("cursor", ""))
    return "" if cursor == Cursor(TOP) else str(cursor), ""
