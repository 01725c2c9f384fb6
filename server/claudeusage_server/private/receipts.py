"""Receipts of the last uploads: how much came, never what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import Connection, text

KEPT = 20
"""Receipts kept for an account."""

_ADD = text(
    "INSERT INTO receipts"
    " (account, number, machine, received_at, receipt, days, model_rows, bytes)"
    " SELECT :account, COALESCE(MAX(number), 0) + 1, :machine, :received_at, :receipt, :days,"
    " :model_rows, :bytes FROM receipts WHERE account = :account"
)
_THIN = text(
    "DELETE FROM receipts WHERE account = :account AND number <="
    " (SELECT MAX(number) FROM receipts WHERE account = :account) - :kept"
)


Request = TypeVar("Request")


@dataclass(frozen=True, slots=True)
class Receipt:
    """One upload: seconds since 1970, the hash of the body, and how large it was.

    *model_rows* is None where it was not kept yet.
    """

    received_at: int
    receipt: str
    days: int
    model_rows: int | None
    bytes: int


@dataclass(frozen=True, slots=True)
class Upload(Generic[Request]):
    """A body that was read, with its receipt and its size in bytes."""

    request: Request
    receipt: str
    size: int

    def kept(self, days: int, model_rows: int, now: datetime) -> Receipt:
        """Return what is kept of it."""
        return Receipt(int(now.timestamp()), self.receipt, days, model_rows, self.size)


def keep_receipt(connection: Connection, account: str, machine: str, receipt: Receipt) -> None:
    """Keep a receipt, and drop the oldest beyond `KEPT`."""
    values = {
        "account": account,
        "machine": machine,
        "received_at": receipt.received_at,
        "receipt": receipt.receipt,
        "days": receipt.days,
        "model_rows": receipt.model_rows,
        "bytes": receipt.bytes,
    }
    connection.execute(_ADD, values)
    connection.execute(_THIN, {"account": account, "kept": KEPT})
