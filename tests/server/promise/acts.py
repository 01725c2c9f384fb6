"""What an owner takes away: functions that a process finds which is killed in the middle of one."""

from dataclasses import replace

from sqlalchemy import text

from claudeusage_server.private.context import Context
from claudeusage_server.private.machine_actions import remove_machine
from claudeusage_server.private.rows import Owner
from claudeusage_server.private.visibility import (
    Showing,
    Visibility,
    change_visibility,
    read_visibility,
)

OTHER_NAME = "countess"

_SECOND = text("SELECT machine FROM machines WHERE account = :account AND number = 2")


def rename(context: Context, account: str) -> None:
    """Choose another username."""
    change_visibility(context, account, replace(_now(context, account), name=OTHER_NAME))


def become_anonymous(context: Context, account: str) -> None:
    """Be shown without a name."""
    wanted = replace(_now(context, account), showing=Showing.ANONYMOUS)
    change_visibility(context, account, wanted)


def hide(context: Context, account: str) -> None:
    """Be shown no more."""
    change_visibility(context, account, replace(_now(context, account), showing=Showing.HIDDEN))


def drop_display_name(context: Context, account: str) -> None:
    """Be shown by the username alone."""
    change_visibility(context, account, replace(_now(context, account), display_name=None))


def remove_second_computer(context: Context, account: str) -> None:
    """Remove a computer with its days, as the dashboard does it."""
    with context.store.write() as connection:
        machine = connection.execute(_SECOND, {"account": account}).scalar_one()
        remove_machine(connection, Owner(account, machine))
    context.publish_at_once(account)


def _now(context: Context, account: str) -> Visibility:
    with context.store.read() as connection:
        return read_visibility(connection, account)
