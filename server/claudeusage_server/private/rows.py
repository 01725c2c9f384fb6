"""The stored rows of (account, machine, date): read for comparison, replaced whole, removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, text

from claudeusage_core import wire
from claudeusage_server.private.accounts import raise_generation
from claudeusage_server.private.rules import StoredRow

_READ = text(
    """
    SELECT d.date, d.digest, d.accounting,
           CAST(SUM(m.messages) AS BIGINT) AS messages,
           CAST(SUM(m.input_tokens + m.output_tokens + m.cache_write_5m_tokens
                    + m.cache_write_1h_tokens + m.cache_read_tokens) AS BIGINT) AS tokens
    FROM days d JOIN day_models m USING (account, machine, date)
    WHERE d.account = :account AND d.machine = :machine AND d.date BETWEEN :first AND :last
    GROUP BY d.date, d.digest, d.accounting
    """
)
_ANY = text("SELECT 1 FROM days WHERE account = :account AND machine = :machine LIMIT 1")
_DAY = text(
    "SELECT date, active_seconds, sessions_active, sessions_started FROM days"
    " WHERE account = :account AND machine = :machine AND date = :date AND accounting = :accounting"
)
_MODELS = text(
    "SELECT model, messages, input_tokens, output_tokens, cache_write_5m_tokens,"
    " cache_write_1h_tokens, cache_read_tokens, cost_microusd FROM day_models"
    " WHERE account = :account AND machine = :machine AND date = :date ORDER BY model"
)
_DELETE = text(
    "DELETE FROM days WHERE account = :account AND machine = :machine AND date IN :dates"
).bindparams(bindparam("dates", expanding=True))
_ADD = text(
    "INSERT INTO days (account, machine, date, digest, accounting, prices, active_seconds,"
    " sessions_active, sessions_started, review)"
    " VALUES (:account, :machine, :date, :digest, :accounting, :prices, :active_seconds,"
    " :sessions_active, :sessions_started, NULL)"
)
_ADD_MODEL = text(
    "INSERT INTO day_models (account, machine, date, model, messages, input_tokens, output_tokens,"
    " cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, cost_microusd)"
    " VALUES (:account, :machine, :date, :model, :messages, :input_tokens, :output_tokens,"
    " :cache_write_5m_tokens, :cache_write_1h_tokens, :cache_read_tokens, :cost_microusd)"
)
_CHANGED = text(
    "INSERT INTO changed_days (account, date, generation) VALUES (:account, :date, :generation)"
    " ON CONFLICT (account, date) DO UPDATE SET generation = excluded.generation"
)


HashedDay = tuple[wire.Day, str]
"""A day and its digest."""


class Counting(NamedTuple):
    """By which rules, and which price table, rows were counted."""

    accounting: int
    prices: str


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose rows: one computer of one account."""

    account: str
    machine: str

    def values(self) -> dict[str, str | int | None]:
        """Return the names that every statement here binds."""
        return {"account": self.account, "machine": self.machine}


def read_rows(connection: Connection, owner: Owner, dates: Sequence[str]) -> dict[str, StoredRow]:
    """Read what is stored between the first and the last of *dates*."""
    if not dates:
        return {}
    span: dict[str, str | int | None] = {"first": min(dates), "last": max(dates)}
    return {
        row.date: StoredRow(row.digest, row.accounting, row.messages, row.tokens)
        for row in connection.execute(_READ, owner.values() | span)
    }


def has_rows(connection: Connection, owner: Owner) -> bool:
    """Say whether anything is stored."""
    return connection.execute(_ANY, owner.values()).first() is not None


def read_day(connection: Connection, owner: Owner, date: str, accounting: int) -> wire.Day | None:
    """Read a row whole; None where there is none that was counted by these rules."""
    values = owner.values() | {"date": date, "accounting": accounting}
    row = connection.execute(_DAY, values).mappings().one_or_none()
    if row is None:
        return None
    models = connection.execute(_MODELS, values).mappings().all()
    return wire.day_object({**row, "models": [dict(model) for model in models]})


def replace_rows(
    connection: Connection,
    owner: Owner,
    counting: Counting,
    removed: Sequence[str],
    stored: Sequence[HashedDay],
) -> None:
    """Remove the rows of some dates, add those of others, and note for `publish` what changed."""
    changed = sorted({*removed, *(day.date for day, _digest in stored)})
    if not changed:
        return
    if removed:
        connection.execute(_DELETE, {**owner.values(), "dates": list(removed)})
    _add_rows(connection, owner, counting, stored)
    generation = raise_generation(connection, owner.account)
    mark_changed(connection, owner.account, changed, generation)


def _add_rows(
    connection: Connection, owner: Owner, counting: Counting, days: Sequence[HashedDay]
) -> None:
    if not days:
        return
    connection.execute(
        _ADD,
        [
            owner.values()
            | {
                "date": day.date,
                "digest": digest,
                "accounting": counting.accounting,
                "prices": counting.prices,
                "active_seconds": day.active_seconds,
                "sessions_active": day.sessions_active,
                "sessions_started": day.sessions_started,
            }
            for day, digest in days
        ],
    )
    connection.execute(
        _ADD_MODEL,
        [
            owner.values() | {"date": day.date} | model.model_dump()
            for day, _digest in days
            for model in day.models
        ],
    )


def mark_changed(
    connection: Connection, account: str, dates: Sequence[str], generation: int
) -> None:
    """Note for `publish` that dates have changed in a *generation* of their account."""
    values = [{"account": account, "date": date, "generation": generation} for date in dates]
    connection.execute(_CHANGED, values)
