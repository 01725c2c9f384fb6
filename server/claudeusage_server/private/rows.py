"""The stored rows of (account, machine, date): read for comparison, replaced whole, removed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text

from claudeusage_core import wire
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


def remove_rows(connection: Connection, owner: Owner, dates: Sequence[str]) -> None:
    """Remove the rows of *dates*."""
    if dates:
        connection.execute(_DELETE, {**owner.values(), "dates": list(dates)})


def add_rows(
    connection: Connection,
    owner: Owner,
    request: wire.SyncRequest,
    days: Sequence[tuple[wire.Day, str]],
) -> None:
    """Add the rows of *days*, each with its digest; none of these dates may be there."""
    if not days:
        return
    connection.execute(
        _ADD,
        [
            owner.values()
            | {
                "date": day.date,
                "digest": digest,
                "accounting": request.accounting,
                "prices": request.prices,
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
    """Note at which generation of the account these dates changed."""
    values = [{"account": account, "date": date, "generation": generation} for date in dates]
    connection.execute(_CHANGED, values)
