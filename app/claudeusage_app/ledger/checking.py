"""Whether a ledger is whole: for SQLite, and in what its rows mean."""

from claudeusage_app.errors import LedgerUnavailable
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.states import States

_MOST_FAULTS = 10


def faults(database: Database) -> tuple[str, ...]:
    """Return what is wrong with a ledger, as sentences without a stop; nothing where it is whole.

    It reads the whole file.
    """
    try:
        found = [
            str(row[0]).replace("\n", " ")
            for row in database.rows(f"PRAGMA integrity_check({_MOST_FAULTS})")
            if row[0] != "ok"
        ]
        found += [
            f"a row of {row[0]} refers to a missing one of {row[2]}"
            for row in database.rows("PRAGMA foreign_key_check")
        ]
        if found:
            return tuple(found[:_MOST_FAULTS])
        for _ in States(database).everything():
            pass
    except LedgerUnavailable as error:
        return (error.title.rstrip("."),)
    return ()
