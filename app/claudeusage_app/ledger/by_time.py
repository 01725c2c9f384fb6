"""The index of responses by time: every look at some days needs it, a first reading does not.

Kept along with a first reading it costs twice what making it once afterwards does. A reading that
is cut short leaves the ledger without; the next look at the transcripts makes it then.
"""

from claudeusage_app.ledger.database import Database

_MAKE = (
    "CREATE INDEX IF NOT EXISTS responses_by_time ON responses (time_ms) WHERE time_ms IS NOT NULL"
)


def drop_from_empty(database: Database) -> None:
    """Take the index away from a ledger without responses: much is about to be written."""
    with database.writing():
        if database.row("SELECT 1 FROM responses LIMIT 1") is None:
            database.execute("DROP INDEX IF EXISTS responses_by_time")


def keep(database: Database) -> None:
    """Make the index, where it is missing."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = 'responses_by_time'"
    if database.row(query) is None:
        database.execute(_MAKE)
