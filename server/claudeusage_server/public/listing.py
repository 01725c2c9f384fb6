"""One ranking in its order: the rows after and before a place, and the rank of a value.

A rank is told by the histogram and the rows of one bucket, and rows are found by their place, so
neither takes longer further down.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, TextClause, text

from claudeusage_server.public.cursors import Place
from claudeusage_server.public.rankings import Ranking, bucket_of, bucket_start

EVERYWHERE = ""
"""What the histogram has in the place of a country where it counts everybody."""

_LISTED = "p.name, p.display_name, p.anonymous, b.country, b.value, b.place_before"
_FIND = text(
    f"SELECT {_LISTED} FROM profiles p JOIN board b"  # noqa: S608 -- columns of our own
    " ON b.public_id = p.public_id AND b.edition = :edition AND b.ranking = :ranking"
    " WHERE p.name = :name"
)
_ABOVE = text(
    "SELECT COALESCE(SUM(people), 0) FROM board_histogram WHERE edition = :edition"
    " AND ranking = :ranking AND country = :country AND bucket > :bucket"
)
_BUCKETS = text(
    "SELECT bucket, people FROM board_histogram"
    " WHERE edition = :edition AND ranking = :ranking AND country = :country AND people > 0"
)


class Listed(NamedTuple):
    """A row of the board as it is stored."""

    name: str
    display_name: str | None
    anonymous: int
    country: str | None
    value: int
    before: int | None

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.value, self.name)


class _Statements(NamedTuple):
    """What is asked of everybody, or of one country."""

    tied_after: TextClause
    below: TextClause
    tied_before: TextClause
    over: TextClause
    in_bucket: TextClause


def _statements(whose: str) -> _Statements:
    def rows(condition: str, order: str) -> TextClause:
        return text(
            f"SELECT {_LISTED} FROM board b JOIN profiles p ON p.public_id = b.public_id"  # noqa: S608 -- made of the words in this module
            f" WHERE b.edition = :edition AND b.ranking = :ranking{whose} AND {condition}"
            f" ORDER BY {order} LIMIT :most"
        )

    return _Statements(
        tied_after=rows("b.value = :value AND b.name > :name", "b.name"),
        below=rows("b.value < :value", "b.value DESC, b.name"),
        tied_before=rows("b.value = :value AND b.name < :name", "b.name DESC"),
        over=rows("b.value > :value", "b.value, b.name DESC"),
        in_bucket=text(
            "SELECT COUNT(*) FROM board b WHERE b.edition = :edition AND b.ranking = :ranking"  # noqa: S608 -- as above
            f"{whose} AND b.value > :value AND b.value < :end"
        ),
    )


_OF_ALL = _statements("")
_OF_COUNTRY = _statements(" AND b.country = :country")


class Listing:
    """A ranking of everybody, or of one country."""

    def __init__(
        self, connection: Connection, edition: int, ranking: Ranking, country: str | None
    ) -> None:
        self._connection = connection
        self._statements = _OF_ALL if country is None else _OF_COUNTRY
        self._scope: dict[str, str | int] = {
            "edition": edition,
            "ranking": ranking.key,
            "country": country or EVERYWHERE,
        }

    def find(self, name: str) -> Listed | None:
        """Find somebody by name, from wherever they are."""
        row = self._connection.execute(_FIND, {**self._scope, "name": name}).one_or_none()
        return None if row is None else Listed._make(row)

    def after(self, place: Place, most: int) -> list[Listed]:
        """Return up to *most* rows after a place."""
        return self._rows((self._statements.tied_after, self._statements.below), place, most)

    def before(self, place: Place, most: int) -> list[Listed]:
        """Return up to *most* rows before a place, in the order of the list."""
        statements = (self._statements.tied_before, self._statements.over)
        return self._rows(statements, place, most)[::-1]

    def rank(self, value: int) -> int:
        """Return the rank of a value: one more than there are people with a larger one."""
        bucket = bucket_of(value)
        above = self._connection.execute(_ABOVE, {**self._scope, "bucket": bucket}).scalar_one()
        scope = {**self._scope, "value": value, "end": bucket_start(bucket + 1)}
        beside = self._connection.execute(self._statements.in_bucket, scope).scalar_one()
        return 1 + int(above) + int(beside)

    def ranks(self, rows: Sequence[Listed]) -> list[int]:
        """Return the rank of each of some rows that follow on each other."""
        found: list[int] = []
        for number, row in enumerate(rows):
            if number and row.value == rows[number - 1].value:
                found.append(found[-1])
            elif found and found[-1] != found[0]:  # those before all have begun among these rows
                found.append(found[-1] + found.count(found[-1]))
            else:
                found.append(self.rank(row.value))
        return found

    def buckets(self) -> list[tuple[int, int]]:
        """Return each bucket with the number of people in it."""
        rows = self._connection.execute(_BUCKETS, self._scope)
        return [(row.bucket, int(row.people)) for row in rows]

    def _rows(self, statements: Sequence[TextClause], place: Place, most: int) -> list[Listed]:
        rows: list[Listed] = []
        for statement in statements:
            scope = {**self._scope, **place._asdict(), "most": most - len(rows)}
            rows += [Listed._make(row) for row in self._connection.execute(statement, scope)]
        return rows
