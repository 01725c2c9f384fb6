"""Deletion: an account with everything that is stored about it, in private and in public."""

from sqlalchemy import text

from claudeusage_server.private.context import Context

_HIDE = text(
    "UPDATE accounts SET visible = 0, generation = generation + 1 WHERE account = :account"
)
_DELETE = text("DELETE FROM accounts WHERE account = :account")


def delete_account(context: Context, account: str) -> None:
    """Remove an account for good."""
    with context.store.write() as connection:
        connection.execute(_HIDE, {"account": account})
    context.publish_at_once(account)
    with context.store.write() as connection:
        connection.execute(_DELETE, {"account": account})
