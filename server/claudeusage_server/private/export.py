"""Export: everything that is stored about an account, as JSON and as CSV.

The JSON is one object. *format* is 1; every other member is a table by its name, a list of rows in
the order of their keys, and *account* is one row. Flags are true or false, moments ISO 8601 in UTC,
dates and amounts as they are stored: costs in micro-USD, times in seconds. What is left out is in
`LEFT_OUT`, with the reason.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, text

FORMAT = 1

Stored = str | int | None
Written = Callable[[Stored], object]


def _as_it_is(value: Stored) -> object:
    return value


def _flag(value: Stored) -> object:
    return bool(value)


def _seconds(value: Stored) -> object:
    return _moment(value, 1, "seconds")


def _milliseconds(value: Stored) -> object:
    return _moment(value, 1_000, "milliseconds")


def _moment(value: Stored, parts: int, timespec: str) -> object:
    if not isinstance(value, int):
        return None
    moment = datetime.fromtimestamp(value / parts, UTC)
    return moment.isoformat(timespec=timespec).replace("+00:00", "Z")


def _object(value: Stored) -> object:
    return json.loads(value) if isinstance(value, str) else None


def _table(columns: str, **written: Written) -> Mapping[str, Written]:
    return {column: written.get(column, _as_it_is) for column in columns.split()}


ACCOUNT = _table(
    "account public_id anonymous_name name display_name anonymous visible on_board live country"
    " show_country joined_on first_upload_on generation",
    anonymous=_flag,
    visible=_flag,
    on_board=_flag,
    live=_flag,
    show_country=_flag,
)
TABLES: Mapping[str, Mapping[str, Written]] = {
    "identities": _table("provider subject"),
    "former_names": _table("name until", until=_seconds),
    "sessions": _table("expires_at", expires_at=_seconds),
    "tokens": _table("hint label created_on used_on machine sequence"),
    "device_requests": _table(
        "asked_at expires_at polled_at state",
        asked_at=_seconds,
        expires_at=_seconds,
        polled_at=_seconds,
    ),
    "machines": _table("machine number label added_on separate_from"),
    "machine_names": _table("name machine"),
    "days": _table(
        "machine date digest accounting prices active_seconds sessions_active sessions_started"
        " review"
    ),
    "day_models": _table(
        "machine date model messages input_tokens output_tokens cache_write_5m_tokens"
        " cache_write_1h_tokens cache_read_tokens cost_microusd"
    ),
    "receipts": _table(
        "number machine received_at receipt days model_rows bytes", received_at=_seconds
    ),
    "v1_frontiers": _table(
        "machine end_ms day before_ms before_row receipt",
        end_ms=_milliseconds,
        before_ms=_milliseconds,
        before_row=_object,
    ),
    "changed_days": _table("date generation"),
    "published": _table("through generation stamp begun", begun=_flag),
}
"""The columns of each table, and how each is written."""

LEFT_OUT: Mapping[str, str] = {
    "sessions.session": "the hash of a secret, worth nothing to its owner",
    "tokens.token": "the hash of a secret, worth nothing to its owner",
    "device_requests.device": "the hash of a secret, worth nothing to its owner",
    "device_requests.user_code": "the hash of a secret, worth nothing to its owner",
    "removals.public_id": "there only while something is being removed",
    "removals.whole": "there only while something is being removed",
}
"""What is not exported, with the reason. *account* is in every table and stands once."""

_CSV = text(
    """
    SELECT d.date, c.number, c.label, m.model, m.messages, m.input_tokens, m.output_tokens,
           m.cache_write_5m_tokens, m.cache_write_1h_tokens, m.cache_read_tokens, m.cost_microusd,
           d.active_seconds, d.sessions_active, d.sessions_started, d.review
    FROM days d
    JOIN machines c ON c.account = d.account AND c.machine = d.machine
    JOIN day_models m ON m.account = d.account AND m.machine = d.machine AND m.date = d.date
    WHERE d.account = :account ORDER BY d.date, c.number, m.model
    """
)
CSV_HEADER = (
    *("date", "computer", "label", "model", "messages", "input_tokens", "output_tokens"),
    *("cache_write_5m_tokens", "cache_write_1h_tokens", "cache_read_tokens", "cost_microusd"),
    *("day_active_seconds", "day_sessions_active", "day_sessions_started", "review"),
)
"""Members of a day stand in each of its lines, so they are not to be added up over models."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet may take for the beginning of a formula."""


def export_json(connection: Connection, account: str) -> bytes:
    """Return everything that is stored about an account, as the module says."""
    [own] = _rows(connection, "accounts", ACCOUNT, account)
    tables = {name: _rows(connection, name, columns, account) for name, columns in TABLES.items()}
    exported = {"format": FORMAT, "account": own, **tables}
    return (json.dumps(exported, ensure_ascii=False, indent=2) + "\n").encode()


def export_csv(connection: Connection, account: str) -> bytes:
    """Return the rows of an account under a header, one a line for each day, computer and model.

    An unpriced cost is empty. Text that a spreadsheet would compute begins with an apostrophe.
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(CSV_HEADER)
    for row in connection.execute(_CSV, {"account": account}):
        writer.writerow([_cell(value) for value in row])
    return written.getvalue().encode()


def _rows(
    connection: Connection, table: str, columns: Mapping[str, Written], account: str
) -> list[dict[str, object]]:
    names = ", ".join(columns)
    statement = f"SELECT {names} FROM {table} WHERE account = :account ORDER BY {names}"  # noqa: S608 -- names of our own
    rows = connection.execute(text(statement), {"account": account}).mappings()
    return [{name: columns[name](value) for name, value in row.items()} for row in rows]


def _cell(value: Stored) -> Stored:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
