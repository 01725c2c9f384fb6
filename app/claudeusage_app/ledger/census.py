"""Counts of a ledger's responses that are in no figure: what is odd about them, and how many."""

from dataclasses import dataclass

from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.rows import STOPPED
from claudeusage_core.responses import LATEST_AHEAD_MS
from claudeusage_core.usage import OTHER, UNKNOWN_PREFIX

UNFINISHED_AFTER_MS = 10 * 60 * 1000
"""A response whose last line is older than this, and has no stop reason, stays incomplete."""


@dataclass(frozen=True, slots=True)
class Census:
    """Billable responses, and some kinds of them."""

    counted: int
    """Those in the figures by the clock."""
    first_ms: int | None
    last_ms: int | None
    """When the first and the last of them were owned."""
    incomplete: int
    before_2024: int
    """Those of which no copy is from 2024 on."""
    ahead: int
    """Those more than 24 hours ahead of the clock."""
    unknown_models: int
    """Models that the price table does not list."""


def census(database: Database, now_ms: int) -> Census:
    """Count the responses of a ledger by the clock of *now_ms*."""
    latest = now_ms + LATEST_AHEAD_MS
    counted, first_ms, last_ms = database.row(
        "SELECT count(*), min(time_ms), max(time_ms) FROM responses WHERE time_ms <= ?",
        latest,
    ) or (0, None, None)
    return Census(
        counted=counted,
        first_ms=first_ms,
        last_ms=last_ms,
        incomplete=_one(
            database,
            "SELECT count(*) FROM responses WHERE time_ms <= ?"
            " AND flags & ? = 0 AND time_ms + lag_ms < ?",
            latest,
            STOPPED,
            now_ms - UNFINISHED_AFTER_MS,
        ),
        before_2024=_one(
            database,
            # A response and its copies from before 2024 have neighbouring ids.
            "SELECT count(*) FROM responses AS old WHERE id & 1 AND model IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM responses AS new"
            " WHERE new.id = old.id - 1 AND new.time_ms IS NOT NULL)",
        ),
        ahead=_one(database, "SELECT count(*) FROM responses WHERE time_ms > ?", latest),
        unknown_models=_unknown_models(database, latest),
    )


def schema_version(database: Database) -> int:
    """Return the number of the last migration."""
    return _one(database, "PRAGMA user_version")


def _unknown_models(database: Database, latest: int) -> int:
    return _one(
        database,
        "SELECT count(*) FROM (SELECT models.name AS name FROM responses"
        " JOIN models ON models.id = responses.model WHERE time_ms <= ?1"
        " UNION SELECT json_extract(extra.value, '$[0]')"
        " FROM responses, json_each("
        " CASE WHEN json_valid(more) THEN more ELSE '{}' END, '$.extras') AS extra"
        " WHERE time_ms <= ?1)"
        " WHERE name = ?2 OR substr(name, 1, 1) = ?3",
        latest,
        OTHER,
        UNKNOWN_PREFIX,
    )


def _one(database: Database, sql: str, *values: int | str) -> int:
    row = database.row(sql, *values)
    return int(row[0]) if row else 0
