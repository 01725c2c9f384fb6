"""What an owner chooses to show, and to whom.

Whatever a profile is shown as, it has a public id of its own for that: one that is renamed, hidden,
or made anonymous begins under a new one, and its old address answers like one that never was.
Whoever gives up being shown by name gets an anonymous name that nobody has seen, for the one from
before may be known to be theirs; hiding and showing again as anonymous keeps it.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from claudeusage_server.country_names import country_names
from claudeusage_server.database import Store
from claudeusage_server.errors import BodyInvalid, NameRefused
from claudeusage_server.private import names
from claudeusage_server.private.accounts import (
    LOCAL_PROVIDER,
    draw_anonymous_name,
    raise_generation,
)
from claudeusage_server.private.context import Context
from claudeusage_server.private.former_names import (
    MOST_KEPT,
    is_taken,
    keep_back,
    keeps_as_many_as_it_can,
    take_name,
)
from claudeusage_server.private.removals import note_copy
from claudeusage_server.surroundings import Surroundings

_READ = text(
    "SELECT name, display_name, anonymous, visible, on_board, live, country, show_country"
    " FROM accounts WHERE account = :account"
)
_CHANGE = text(
    "UPDATE accounts SET name = :name, display_name = :display_name, anonymous = :anonymous,"
    " visible = :visible, on_board = :on_board, live = :live, country = :country,"
    " show_country = :show_country WHERE account = :account"
)
_BEGIN_ANEW = text("UPDATE accounts SET public_id = :public_id WHERE account = :account")
_RENAME = text("UPDATE accounts SET anonymous_name = :name WHERE account = :account")


_OF_NOBODY = text(
    "SELECT account FROM identities JOIN accounts USING (account) WHERE visible = 1"
    " GROUP BY account HAVING MIN(provider) = :local AND MAX(provider) = :local"
)
_HIDE = text("UPDATE accounts SET visible = 0 WHERE account = :account")


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


def hide_local_account(store: Store) -> None:
    """Hide the account of a local server that has become another kind: nobody can sign in to it."""
    with store.write() as connection:
        for account in connection.execute(_OF_NOBODY, {"local": LOCAL_PROVIDER}).scalars().all():
            note_copy(connection, account)
            connection.execute(_HIDE, {"account": account})
            raise_generation(connection, account)


def change_visibility(context: Context, account: str, wanted: Visibility) -> None:
    """Store an owner's choices, and make them true in public at once.

    Names are taken as they were typed. Raises `NameRefused`, `BodyInvalid` for what is no country,
    and `StoreBusy` where the choices are stored and the public pages could not follow yet.
    """
    checked = _checked(wanted)
    try:
        with context.store.write() as connection:
            before = read_visibility(connection, account)
            if checked != before:
                _store(connection, account, before, checked, context.surroundings)
    except IntegrityError as error:
        raise _taken() from error
    context.publish_at_once(account)


def _checked(wanted: Visibility) -> Visibility:
    name = names.username(wanted.name) if wanted.name else None
    display_name = names.display_name(wanted.display_name) if wanted.display_name else None
    if wanted.showing is Showing.NAMED and name is None:
        raise NameRefused(remedy="Choose a username to be shown by name.", field="username")
    if wanted.country is not None and wanted.country not in country_names():
        raise BodyInvalid(field="country")
    return replace(wanted, name=name, display_name=display_name)


def _store(
    connection: Connection,
    account: str,
    before: Visibility,
    wanted: Visibility,
    surroundings: Surroundings,
) -> None:
    if wanted.name != before.name:
        _rename(connection, account, before.name, wanted.name, surroundings.seconds())
    note_copy(connection, account)
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
    connection.execute(_CHANGE, values)
    if _shown_as(before) != _shown_as(wanted):
        public_id = surroundings.random_hex(16)
        connection.execute(_BEGIN_ANEW, {"account": account, "public_id": public_id})
        if before.showing is Showing.NAMED and wanted.showing is not Showing.NAMED:
            name = draw_anonymous_name(connection, surroundings)
            connection.execute(_RENAME, {"account": account, "name": name})
    raise_generation(connection, account)


def _rename(
    connection: Connection, account: str, old: str | None, new: str | None, now: int
) -> None:
    if new is not None:
        if is_taken(connection, account, new, now):
            raise _taken()
        take_name(connection, new)
    if old is not None:
        if keeps_as_many_as_it_can(connection, account, now):
            raise NameRefused(
                remedy=f"You gave up {MOST_KEPT} names within 90 days, which are kept for you: take"
                " one of them again, or wait.",
                field="username",
            )
        keep_back(connection, account, old, now)


def _shown_as(visibility: Visibility) -> tuple[Showing, str | None]:
    """Return what a profile is shown as; a username counts only while it is shown."""
    named = visibility.showing is Showing.NAMED
    return visibility.showing, visibility.name if named else None


def _taken() -> NameRefused:
    return NameRefused(remedy="It is taken: choose another.", field="username")
