"""What is published of an account, as far as only the private store may know it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

_READ = text("SELECT through, generation, stamp, begun FROM published WHERE account = :account")
_KEEP = text(
    "INSERT INTO published (account, through, generation, stamp, begun)"
    " VALUES (:account, :through, :generation, :stamp, :begun)"
    " ON CONFLICT (account) DO UPDATE SET through = excluded.through,"
    " generation = excluded.generation, stamp = excluded.stamp, begun = excluded.begun"
)


@dataclass(frozen=True, slots=True)
class Published:
    """Up to which date and generation a profile is published, under which stamp.

    *begun* says whether days were published once; uploads wait for the cut from then on.
    """

    through: date
    generation: int
    stamp: int
    begun: bool


NOTHING = Published(date.min, -1, -1, begun=False)
"""The record of an account that was never published."""


def read_published(connection: Connection, account: str) -> Published:
    """Read an account's record."""
    row = connection.execute(_READ, {"account": account}).one_or_none()
    if row is None:
        return NOTHING
    through = date.fromisoformat(row.through)
    return Published(through, row.generation, row.stamp, begun=bool(row.begun))


def keep_published(connection: Connection, account: str, published: Published) -> None:
    """Keep an account's record in place of the one before."""
    values = {
        "account": account,
        "through": published.through.isoformat(),
        "generation": published.generation,
        "stamp": published.stamp,
        "begun": int(published.begun),
    }
    connection.execute(_KEEP, values)
