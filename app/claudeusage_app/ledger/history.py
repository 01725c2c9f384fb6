"""Every upload that was ever made: what it held, where it went, when, and what was answered."""

from dataclasses import dataclass
from datetime import datetime

from claudeusage_app.ledger.database import Database, Row
from claudeusage_app.ledger.errors import UploadUnknown
from claudeusage_app.ledger.uploads import Account

_COLUMNS = (
    "id, at, origin, account, sequence, days, model_rows, bytes, answer, receipt, body IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Made:
    """One upload as it is kept, without its body."""

    number: int
    at: datetime
    """When it was answered, or found to have arrived; else when it was sent."""
    account: Account
    sequence: int
    days: int
    model_rows: int
    size: int
    """Bytes of the body."""
    answer: bytes
    """As JSON: what became of each day, or why the whole was refused; empty where it was lost."""
    receipt: str
    """Empty where it is not known to have arrived."""
    body_kept: bool
    """Whether the exact body is still here."""


def made_uploads(database: Database) -> tuple[Made, ...]:
    """Return every upload to any account, the newest first."""
    rows = database.rows(f"SELECT {_COLUMNS} FROM uploads ORDER BY at DESC, id DESC")  # noqa: S608 -- names written above
    return tuple(map(_made, rows))


def made_upload(database: Database, number: int) -> tuple[Made, bytes | None]:
    """Return one upload and its exact body, None where that was thinned.

    Raise `UploadUnknown` where there is none of that number.
    """
    row = database.row(
        f"SELECT {_COLUMNS}, body FROM uploads WHERE id = ?",  # noqa: S608 -- names written above
        number,
    )
    if row is None:
        raise UploadUnknown(f"There is no upload {number}.")
    return _made(row[:-1]), None if row[-1] is None else bytes(row[-1])


def last_made(database: Database, account: Account) -> Made | None:
    """Return the last upload that an account took, None before the first."""
    made = (each for each in made_uploads(database) if each.receipt)
    return next((each for each in made if each.account == account), None)


def take_uploads(database: Database, other: Database) -> None:
    """Take over the uploads of another ledger that are not here yet, under numbers of their own."""
    same = ("at", "origin", "account", "sequence", "receipt")
    columns = (*same, "body", "answer", "days", "model_rows", "bytes")
    named, marks = ", ".join(columns), ", ".join("?" * len(columns))
    match = " AND ".join(f"{each} = ?" for each in same)
    for row in other.rows(f"SELECT {named} FROM uploads ORDER BY id"):  # noqa: S608 -- as above
        database.execute(
            f"INSERT INTO uploads ({named}) SELECT {marks}"  # noqa: S608 -- as above
            f" WHERE NOT EXISTS (SELECT 1 FROM uploads WHERE {match})",
            *row,
            *row[: len(same)],
        )


def _made(row: Row) -> Made:
    number, at, origin, account, sequence, days, model_rows, size, answer, receipt, body_kept = row
    return Made(
        number=number,
        at=datetime.fromisoformat(at),
        account=Account(origin, account),
        sequence=sequence,
        days=days,
        model_rows=model_rows,
        size=size,
        answer=answer,
        receipt=receipt,
        body_kept=bool(body_kept),
    )
