"""What an owner chooses to show, and to whom."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, text

from claudeusage_server.private.accounts import raise_generation
from claudeusage_server.private.context import Context

_READ = text(
    "SELECT name, display_name, anonymous, visible, on_board, live, country, show_country"
    " FROM accounts WHERE account = :account"
)
_CHANGE = text(
    "UPDATE accounts SET name = :name, display_name = :display_name, anonymous = :anonymous,"
    " visible = :visible, on_board = :on_board, live = :live, country = :country,"
    " show_country = :show_country WHERE account = :account"
)


class Showing(StrEnum):
    """As whom a person is shown."""

    NAMED = "named"
    ANONYMOUS = "anonymous"
    HIDDEN = "hidden"
    """Not at all: the address answers like one that never was."""


@dataclass(frozen=True, slots=True)
class Visibility:
    """An owner's choices. *name* and *display_name* stay known while they are not shown."""

    showing: Showing
    name: str | None
    display_name: str | None
    on_board: bool
    live: bool
    country: str | None
    show_country: bool


def read_visibility(connection: Connection, account: str) -> Visibility:
    """Read an owner's choices."""
    row = connection.execute(_READ, {"account": account}).one()
    named = Showing.ANONYMOUS if row.anonymous else Showing.NAMED
    return Visibility(
        showing=named if row.visible else Showing.HIDDEN,
        name=row.name,
        display_name=row.display_name,
        on_board=bool(row.on_board),
        live=bool(row.live),
        country=row.country,
        show_country=bool(row.show_country),
    )


def change_visibility(context: Context, account: str, wanted: Visibility) -> None:
    """Store an owner's choices, and make them true in public at once."""
    values = {
        "account": account,
        "name": wanted.name,
        "display_name": wanted.display_name,
        "anonymous": int(wanted.showing is not Showing.NAMED),
        "visible": int(wanted.showing is not Showing.HIDDEN),
        "on_board": int(wanted.on_board),
        "live": int(wanted.live),
        "country": wanted.country,
        "show_country": int(wanted.show_country),
    }
    with context.store.write() as connection:
        connection.execute(_CHANGE, values)
        raise_generation(connection, account)
    context.publish_at_once(account)
