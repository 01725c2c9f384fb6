"""What the board tells of a row beside its rank: two figures of the cut, and its last 14 days.

The days are those that are public now, up to the last one that is ranked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, String, TextClause, bindparam, text

from claudeusage_server.drawn.periods import DAY
from claudeusage_server.public.rankings import Measure, Ranking, Reach

DAYS = 14
"""How many days there are of each row."""

_NAMES = bindparam("names", expanding=True, type_=String)
# CROSS JOIN has SQLite begin with the names; else it may go through a whole ranking.
_FIGURES = text(
    "SELECT p.name, b.ranking, b.value FROM profiles p CROSS JOIN board b"
    " WHERE p.name IN :names AND b.public_id = p.public_id AND b.edition = :edition"
    " AND b.ranking IN (:cost, :tokens)"
).bindparams(_NAMES)


def _by_day(table: str, amount: str) -> TextClause:
    return text(
        f"SELECT p.name, d.date, {amount} FROM profiles p"  # noqa: S608 -- words of this module
        f" CROSS JOIN {table} d WHERE p.name IN :names AND d.public_id = p.public_id"
        " AND d.date BETWEEN :first AND :last"
    ).bindparams(_NAMES)


_AMOUNTS = {
    Measure.COST: _by_day("day_models", "COALESCE(d.cost_microusd, 0)"),
    Measure.TOKENS: _by_day(
        "day_models",
        "d.input_tokens + d.output_tokens + d.cache_write_tokens + d.cache_read_tokens",
    ),
    Measure.ACTIVE: _by_day("days", "d.active_seconds"),
    Measure.STREAK: _by_day("day_models", "d.messages"),
}


@dataclass(frozen=True, slots=True)
class Details:
    """What is told of one row.

    *cost*, in micro-USD, and *tokens* are those of the ranking's days, of all for the streak; None
    where there are none. *days* are amounts of the measure, the last one that of the last day that
    is ranked; for the streak 1 where there were messages.
    """

    cost: int | None
    tokens: int | None
    days: Sequence[int]


def read_details(
    connection: Connection, edition: int, ranking: Ranking, through: date, names: Sequence[str]
) -> Sequence[Details]:
    """Read the details of some people in the order of their *names*."""
    reach = ranking.reach or Reach.ALL
    cost, tokens = Ranking(Measure.COST, reach).key, Ranking(Measure.TOKENS, reach).key
    scope = {"edition": edition, "cost": cost, "tokens": tokens, "names": list(names)}
    figures = {(name, key): value for name, key, value in connection.execute(_FIGURES, scope)}
    days = _days(connection, ranking.measure, through, names)
    return [
        Details(figures.get((name, cost)), figures.get((name, tokens)), days[name])
        for name in names
    ]


def _days(
    connection: Connection, measure: Measure, through: date, names: Sequence[str]
) -> Mapping[str, Sequence[int]]:
    """Add up here what the store has by model: there a sum of large figures would not fit."""
    listed = [(through - (DAYS - 1 - number) * DAY).isoformat() for number in range(DAYS)]
    place = {day: number for number, day in enumerate(listed)}
    found = {name: [0] * DAYS for name in names}
    scope = {"first": listed[0], "last": listed[-1], "names": list(names)}
    for name, day, amount in connection.execute(_AMOUNTS[measure], scope):
        found[name][place[day]] += amount
    if measure is Measure.STREAK:
        return {name: [min(amount, 1) for amount in days] for name, days in found.items()}
    return found
