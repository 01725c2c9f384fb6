"""Names that were given up: kept back for their former owner, and free after ninety days."""

from sqlalchemy import Connection, text

KEPT_SECONDS = 90 * 24 * 3600
MOST_KEPT = 10
"""Names kept back for one account: else one could keep all that are worth having from others."""

_TAKEN = text(
    "SELECT 1 FROM accounts WHERE name = :name AND account <> :account"
    " UNION ALL SELECT 1 FROM former_names"
    " WHERE name = :name AND account <> :account AND until > :now LIMIT 1"
)
_KEPT = text("SELECT COUNT(*) FROM former_names WHERE account = :account AND until > :now")
_FORGET = text("DELETE FROM former_names WHERE name = :name")
_KEEP_BACK = text(
    "INSERT INTO former_names (account, name, until) VALUES (:account, :name, :until)"
    " ON CONFLICT (name) DO UPDATE SET account = excluded.account, until = excluded.until"
)
_EXPIRED = text("DELETE FROM former_names WHERE until <= :now")


def is_taken(connection: Connection, account: str, name: str, now: int) -> bool:
    """Say whether a username is somebody else's, or kept back for somebody else."""
    values = {"account": account, "name": name, "now": now}
    return connection.execute(_TAKEN, values).first() is not None


def take_name(connection: Connection, name: str) -> None:
    """Keep a name back no more: it is in use again."""
    connection.execute(_FORGET, {"name": name})


def keeps_as_many_as_it_can(connection: Connection, account: str, now: int) -> bool:
    """Say whether no further name is kept back for an account."""
    kept: int = connection.execute(_KEPT, {"account": account, "now": now}).scalar_one()
    return kept >= MOST_KEPT


def keep_back(connection: Connection, account: str, name: str, now: int) -> None:
    """Keep a name for an account that has just given it up."""
    values = {"account": account, "name": name, "until": now + KEPT_SECONDS}
    connection.execute(_KEEP_BACK, values)


def forget_expired_names(connection: Connection, now: int) -> None:
    """Forget the names whose time is over."""
    connection.execute(_EXPIRED, {"now": now})
