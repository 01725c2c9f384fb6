"""Rows under review: what their owner is told about each."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

_READ = text(
    "SELECT machine, date, review FROM days WHERE account = :account AND review IS NOT NULL"
    " ORDER BY date DESC, machine"
)
_FIX = (
    "Update the program on that computer, then run `claudeusage sync --recount`: the day is counted"
    " and checked again. If it stays here it goes on counting for you."
)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A row that counts for its owner only, with why; *reported* and *plausible* are for people."""

    machine: str
    date: str
    reason: str
    reported: str
    plausible: str
    how_to_fix: str


def reviewed_rows(connection: Connection, account: str) -> list[Reviewed]:
    """Return an account's rows under review, the latest first."""
    rows = connection.execute(_READ, {"account": account})
    return [Reviewed(row.machine, row.date, row.review, "", "", _FIX) for row in rows]
