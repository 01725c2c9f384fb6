"""Deletion: an account with everything that is stored about it, in private and in public.

No transaction spans both stores, so it goes in steps, each of which can be repeated: a note is
written, with which every token, session and identity dies; the public copy is removed; then the
account goes with all that hangs on it, and the note last. What is cut short in between is resumed
at the next start, and at every cut. Then the files are rebuilt, for they may hold traces.
"""

from sqlalchemy import Connection, text

from claudeusage_server.private.context import Context
from claudeusage_server.private.erasures import Erasure, ask_erasure
from claudeusage_server.private.removals import note_account

_DEAD_AT_ONCE = tuple(
    text(f"DELETE FROM {table} WHERE account = :account")  # noqa: S608 -- tables of our own
    for table in ("tokens", "sessions", "identities", "device_requests")
)
_HIDE = text(
    "UPDATE accounts SET visible = 0, generation = generation + 1 WHERE account = :account"
)
_REMOVE = text("DELETE FROM accounts WHERE account = :account")


def delete_account(context: Context, account: str) -> None:
    """Remove an account for good; whoever signs in as the same person afterwards is a new one.

    Raises `StoreBusy` where the public copy is not gone yet: it is removed as soon as that can be.
    """
    with context.store.write() as connection:
        note_account(connection, account)
        for statement in _DEAD_AT_ONCE:
            connection.execute(statement, {"account": account})
        connection.execute(_HIDE, {"account": account})
    context.publish_at_once(account)


def remove_account(connection: Connection, account: str) -> None:
    """Remove the rows of an account whose public copy is gone, and ask for the files' erasure."""
    connection.execute(_REMOVE, {"account": account})
    ask_erasure(connection, Erasure.BOTH_FILES)
