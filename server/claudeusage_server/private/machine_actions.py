"""What an owner does with computers: give one a label, merge two that are the same, remove one."""

from sqlalchemy import Connection, bindparam, text

from claudeusage_server.private.accounts import raise_generation
from claudeusage_server.private.machines import digests
from claudeusage_server.private.removals import note_copy
from claudeusage_server.private.rows import Owner, mark_changed, read_rows
from claudeusage_server.private.v1.frontiers import merge_frontiers

_LABEL = text("UPDATE machines SET label = :label WHERE account = :account AND machine = :machine")
_DROP = text(
    "DELETE FROM days WHERE account = :account AND machine = :into AND date IN :dates"
).bindparams(bindparam("dates", expanding=True))
_COPY_DAYS = text(
    "INSERT INTO days (account, machine, date, digest, accounting, prices, active_seconds,"
    " sessions_active, sessions_started, review)"
    " SELECT account, :into, date, digest, accounting, prices, active_seconds, sessions_active,"
    " sessions_started, review FROM days"
    " WHERE account = :account AND machine = :machine AND date IN :dates"
).bindparams(bindparam("dates", expanding=True))
_COPY_MODELS = text(
    "INSERT INTO day_models (account, machine, date, model, messages, input_tokens, output_tokens,"
    " cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, cost_microusd)"
    " SELECT account, :into, date, model, messages, input_tokens, output_tokens,"
    " cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, cost_microusd"
    " FROM day_models WHERE account = :account AND machine = :machine AND date IN :dates"
).bindparams(bindparam("dates", expanding=True))
_NAMES = text(
    "UPDATE machine_names SET machine = :into WHERE account = :account AND machine = :machine"
)
_RECEIPTS = text(
    "UPDATE receipts SET machine = :into WHERE account = :account AND machine = :machine"
)
_TOKENS = text(
    "UPDATE tokens SET machine = :into, sequence ="
    " (SELECT MAX(sequence) FROM tokens WHERE account = :account AND machine IN (:machine, :into))"
    " WHERE account = :account AND machine IN (:machine, :into)"
)
# A computer that repeated the merged one repeats the one that it became, but never itself. What
# the merged one repeated is not counted again under the id that stays.
_REPEATING = text(
    "UPDATE machines SET separate_from = :into"
    " WHERE account = :account AND separate_from = :machine AND machine <> :into"
)
_REPEATED = text(
    "UPDATE machines SET separate_from ="
    " COALESCE(NULLIF(separate_from, :machine),"
    " (SELECT NULLIF(separate_from, :into) FROM machines"
    " WHERE account = :account AND machine = :machine))"
    " WHERE account = :account AND machine = :into"
)
_DELETE = text("DELETE FROM machines WHERE account = :account AND machine = :machine")


def label_machine(connection: Connection, owner: Owner, label: str | None) -> None:
    """Give a computer a label; None takes it away."""
    connection.execute(_LABEL, owner.values() | {"label": label})


def merge_machine(connection: Connection, owner: Owner, into: str) -> None:
    """Let a computer go on as part of another of the same account, *into*.

    Of a day that both have the row with more messages stays. Their tokens go on under the higher
    sequence: a body that was made before the merge is stale, and is made anew against its rows.
    """
    other = Owner(owner.account, into)
    values = owner.values() | {"into": into}
    dates = sorted(digests(connection, owner.account, owner.machine))
    taken = _taken(connection, owner, other, dates)
    if taken:
        for statement in (_DROP, _COPY_DAYS, _COPY_MODELS):
            connection.execute(statement, {**values, "dates": taken})
    merge_frontiers(connection, other, owner.machine)
    for statement in (_NAMES, _RECEIPTS, _TOKENS, _REPEATING, _REPEATED):
        connection.execute(statement, values)
    _delete(connection, owner, dates)


def remove_machine(connection: Connection, owner: Owner) -> None:
    """Remove a computer: its rows, ids, tokens, receipts and frontier."""
    _delete(connection, owner, sorted(digests(connection, owner.account, owner.machine)))


def _taken(connection: Connection, owner: Owner, other: Owner, dates: list[str]) -> list[str]:
    """Return the dates of which the other computer has no row, or one with less."""
    offered, there = (read_rows(connection, whose, dates) for whose in (owner, other))
    return [
        date
        for date in dates
        if date not in there
        or (offered[date].messages, offered[date].tokens)
        > (there[date].messages, there[date].tokens)
    ]


def _delete(connection: Connection, owner: Owner, dates: list[str]) -> None:
    connection.execute(_DELETE, owner.values())
    generation = raise_generation(connection, owner.account)
    note_copy(connection, owner.account)
    if dates:
        mark_changed(connection, owner.account, dates, generation)
