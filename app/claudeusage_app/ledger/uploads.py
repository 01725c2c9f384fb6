"""Which account was uploaded to, and when: what is asked without a thought of a server."""

from dataclasses import dataclass
from datetime import datetime

from claudeusage_app.ledger.database import Database


@dataclass(frozen=True, slots=True)
class Account:
    """An account on a server."""

    origin: str
    account: str


def last_answered(database: Database, account: Account) -> datetime | None:
    """Return when an upload to an account was last answered."""
    row = database.row(
        "SELECT max(at) FROM uploads WHERE origin = ? AND account = ? AND receipt != ''",
        account.origin,
        account.account,
    )
    return datetime.fromisoformat(row[0]) if row and row[0] else None
