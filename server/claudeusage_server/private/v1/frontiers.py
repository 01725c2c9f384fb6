"""What is kept of the original client's uploads beside the rows: one frontier for each computer."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from claudeusage_core import wire
from claudeusage_server.private.rows import Owner
from claudeusage_server.private.v1.frontier import Frontier

_READ = text(
    """
    SELECT end_ms, day, before_ms, before_row, receipt FROM v1_frontiers f
    WHERE account = :account AND machine = :machine
      AND EXISTS (SELECT 1 FROM days d WHERE d.account = f.account AND d.machine = f.machine)
    """
)
_KEEP = text(
    "INSERT INTO v1_frontiers (account, machine, end_ms, day, before_ms, before_row, receipt)"
    " VALUES (:account, :machine, :end_ms, :day, :before_ms, :before_row, :receipt)"
    " ON CONFLICT (account, machine) DO UPDATE SET end_ms = excluded.end_ms, day = excluded.day,"
    " before_ms = excluded.before_ms, before_row = excluded.before_row, receipt = excluded.receipt"
)
_LATEST = text(
    """
    SELECT MAX(end_ms) FROM v1_frontiers f
    WHERE account = :account
      AND EXISTS (SELECT 1 FROM days d WHERE d.account = f.account AND d.machine = f.machine)
    """
)
_BOTH = text(
    "SELECT end_ms, day, receipt FROM v1_frontiers"
    " WHERE account = :account AND machine IN (:machine, :other) ORDER BY end_ms DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class KeptFrontier:
    """A frontier, and the receipt of the body that was stored last."""

    frontier: Frontier
    receipt: str


def read_frontier(connection: Connection, owner: Owner) -> KeptFrontier | None:
    """Read a computer's frontier; None where it has no rows, so that everything may come again."""
    row = connection.execute(_READ, owner.values()).one_or_none()
    if row is None:
        return None
    before = None if row.before_row is None else wire.Day.model_validate_json(row.before_row)
    return KeptFrontier(Frontier(row.end_ms, row.day, row.before_ms, before), row.receipt)


def keep_frontier(connection: Connection, owner: Owner, kept: KeptFrontier) -> None:
    """Keep a computer's frontier in place of the one before."""
    frontier = kept.frontier
    before = frontier.before_row
    values = owner.values() | {
        "end_ms": frontier.end_ms,
        "day": frontier.day,
        "before_ms": frontier.before_ms,
        "before_row": None if before is None else wire.canonical(before.row()).decode(),
        "receipt": kept.receipt,
    }
    connection.execute(_KEEP, values)


def latest_end(connection: Connection, account: str) -> int | None:
    """Return the latest frontier of an account's computers, in milliseconds."""
    found: int | None = connection.execute(_LATEST, {"account": account}).scalar_one()
    return found


def merge_frontiers(connection: Connection, owner: Owner, other: str) -> None:
    """Let a computer's uploads reach as far as its own or those of the *other* do.

    Nothing is kept of the advance before: which row it belonged to is not known any more. So what
    reaches back behind the frontier replaces whole rows that have less, and is never added.
    """
    values = owner.values() | {"other": other}
    row = connection.execute(_BOTH, values).one_or_none()
    if row is not None:
        keep_frontier(connection, owner, KeptFrontier(Frontier(row.end_ms, row.day), row.receipt))
