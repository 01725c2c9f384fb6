"""The board, read: a page of a ranking, where somebody stands in it, and how costs are spread.

Ranks are those of this moment: whoever left since the cut is not counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from claudeusage_server.public.cursors import TOP, Cursor, read_cursor
from claudeusage_server.public.details import Details, read_details
from claudeusage_server.public.listing import Listed, Listing
from claudeusage_server.public.rankings import (
    BINS,
    Measure,
    Ranking,
    Reach,
    bin_of,
    bucket_start,
)
from claudeusage_server.public_countries import FEWEST

PAGE = 50
"""Rows of a page."""

_ABOVE = 24
"""Rows above the one that a page is opened at."""

_STATE = text("SELECT edition, through, generation FROM board_state")
_COUNTRIES = text(
    "SELECT country FROM profiles WHERE country IS NOT NULL"
    " GROUP BY country HAVING COUNT(*) >= :enough ORDER BY country"
)
_IS_SHARED = text(
    "SELECT COUNT(*) FROM"
    " (SELECT 1 AS one FROM profiles WHERE country = :country LIMIT :enough) AS found"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. *name* is the one in the address; *country* is None where it is not shown.

    *before* is the rank at the cut before, None if there was none; it is told among everybody only.
    """

    rank: int
    before: int | None
    name: str
    display_name: str | None
    anonymous: bool
    country: str | None
    value: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries in order; *previous* and *following* are cursors, None at the ends."""

    entries: Sequence[Entry]
    previous: str | None
    following: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one person stands among *people*."""

    rank: int
    before: int | None
    people: int
    value: int


class Board:
    """The board as one connection sees it."""

    def __init__(self, connection: Connection) -> None:
        """Read which edition is shown."""
        self._connection = connection
        state = connection.execute(_STATE).one()
        self._edition: int = state.edition
        self.through = date.fromisoformat(state.through) if state.through else None
        """The last day that is ranked; None before the first cut."""
        self.generation: int = state.generation
        """As long as it is the same, so is everything that the board shows."""

    def countries(self) -> Sequence[str]:
        """Return the countries that are shown: those that enough public profiles share."""
        enough = {"enough": FEWEST}
        return self._connection.execute(_COUNTRIES, enough).scalars().all()

    def page(self, ranking: Ranking, country: str | None = None, cursor: str = "") -> Page:
        """Return the page that a cursor of another page names; the first where it names none."""
        if country is not None and not self._is_shared(country):
            return Page((), None, None)
        listing, at = self._listing(ranking, country), read_cursor(cursor)
        if at.backwards:
            rows = listing.before(at.place, PAGE)
            if len(rows) < PAGE:  # some have left: the first page is whole nevertheless
                rows = listing.after(TOP, PAGE)
        else:
            rows = listing.after(at.place, PAGE) or listing.before(at.place, PAGE)
        return self._page(listing, rows, country)

    def around(self, ranking: Ranking, name: str, country: str | None = None) -> Page | None:
        """Return the page that is opened at somebody; None where they are not in the list."""
        listing = self._listing(ranking, country)
        row = self._find(listing, name, country)
        if row is None:
            return None
        below = listing.after(row.place, PAGE - 1 - _ABOVE)
        above = listing.before(row.place, PAGE - 1 - len(below))
        below = listing.after(row.place, PAGE - 1 - len(above))
        return self._page(listing, [*above, row, *below], country)

    def standing(self, ranking: Ranking, name: str, country: str | None = None) -> Standing | None:
        """Return where somebody stands; None where they are not in the list."""
        listing = self._listing(ranking, country)
        row = self._find(listing, name, country)
        if row is None:
            return None
        people = self.people(ranking, country)
        before = row.before if country is None else None
        return Standing(listing.rank(row.value), before, people, row.value)

    def people(self, ranking: Ranking, country: str | None = None) -> int:
        """Count everybody in a list."""
        if country is not None and not self._is_shared(country):
            return 0
        return sum(number for _bucket, number in self._listing(ranking, country).buckets())

    def details(self, ranking: Ranking, entries: Sequence[Entry]) -> Sequence[Details]:
        """Return what is told of each of some entries beside its rank."""
        if self.through is None:
            return ()
        names = [entry.name for entry in entries]
        return read_details(self._connection, self._edition, ranking, self.through, names)

    def costs(self, reach: Reach) -> Sequence[int]:
        """Count the people in each bin of cost (`claudeusage_server.public.rankings.bin_of`)."""
        people = [0] * BINS
        for bucket, number in self._listing(Ranking(Measure.COST, reach), None).buckets():
            people[bin_of(bucket_start(bucket))] += number
        return people

    def _listing(self, ranking: Ranking, country: str | None) -> Listing:
        return Listing(self._connection, self._edition, ranking, country)

    def _find(self, listing: Listing, name: str, country: str | None) -> Listed | None:
        row = listing.find(name)
        if row is None or country is None:
            return row
        return row if row.country == country and self._is_shared(country) else None

    def _is_shared(self, country: str) -> bool:
        scope = {"country": country, "enough": FEWEST}
        return int(self._connection.execute(_IS_SHARED, scope).scalar_one()) >= FEWEST

    def _page(self, listing: Listing, rows: Sequence[Listed], country: str | None) -> Page:
        if not rows:
            return Page((), None, None)
        shown = {each for each in {row.country for row in rows} if each and self._is_shared(each)}
        entries = [
            Entry(
                rank=rank,
                before=row.before if country is None else None,
                name=row.name,
                display_name=row.display_name,
                anonymous=bool(row.anonymous),
                country=row.country if row.country in shown else None,
                value=row.value,
            )
            for rank, row in zip(listing.ranks(rows), rows, strict=True)
        ]
        first, last = rows[0].place, rows[-1].place
        return Page(
            entries,
            str(Cursor(first, backwards=True)) if listing.before(first, 1) else None,
            str(Cursor(last)) if listing.after(last, 1) else None,
        )
