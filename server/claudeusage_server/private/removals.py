"""Removals: what is still to be taken out of the public store, noted before anything is removed.

No transaction spans both stores. So a note is written in the same transaction as the change, and
goes when the public store has followed; until then it is found at every start and every cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

_NOTE_COPY = text(
    "INSERT INTO removals (account, public_id, whole)"
    " SELECT account, public_id, 0 FROM accounts WHERE account = :account"
    " ON CONFLICT (account, public_id) DO NOTHING"
)
_NOTE_ACCOUNT = text(
    "INSERT INTO removals (account, public_id, whole)"
    " SELECT account, public_id, 1 FROM accounts WHERE account = :account"
    " ON CONFLICT (account, public_id) DO UPDATE SET whole = 1"
)
_ACCOUNTS = text("SELECT DISTINCT account FROM removals ORDER BY account")
_OF = text("SELECT public_id, whole FROM removals WHERE account = :account ORDER BY public_id")
_DONE = text("DELETE FROM removals WHERE account = :account")


@dataclass(frozen=True, slots=True)
class Removals:
    """What of an account is to go: some public copies, and the account too where it is *whole*."""

    public_ids: Sequence[str] = ()
    whole: bool = False


def note_copy(connection: Connection, account: str) -> None:
    """Note that something of an account's public copy is taken away, or all of it.

    It belongs into the transaction that takes it away, and before a new public id is drawn.
    """
    connection.execute(_NOTE_COPY, {"account": account})


def note_account(connection: Connection, account: str) -> None:
    """Note that an account is deleted."""
    connection.execute(_NOTE_ACCOUNT, {"account": account})


def accounts_with_removals(connection: Connection) -> Sequence[str]:
    """Return the accounts of which something is still to go."""
    return connection.execute(_ACCOUNTS).scalars().all()


def read_removals(connection: Connection, account: str) -> Removals:
    """Return what of an account is still to go."""
    rows = connection.execute(_OF, {"account": account}).all()
    return Removals([row.public_id for row in rows], any(row.whole for row in rows))


def forget_removals(connection: Connection, account: str) -> None:
    """Forget the notes of an account: the public store has followed."""
    connection.execute(_DONE, {"account": account})
