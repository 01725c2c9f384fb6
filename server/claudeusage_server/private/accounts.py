"""Accounts: who a person is to this server. A new one is anonymous and not on the board."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from claudeusage_server.private.names import ANONYMOUS
from claudeusage_server.surroundings import Surroundings

LOCAL_PROVIDER = "local"
LOCAL_SUBJECT = "local"
_NAME_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_NAME_LENGTH = 8

_FIND = text("SELECT account FROM identities WHERE provider = :provider AND subject = :subject")
_ADD = text(
    "INSERT INTO accounts (account, public_id, anonymous_name, name, anonymous, visible, on_board,"
    " live, country, joined_on, generation)"
    " VALUES (:account, :public_id, :anonymous_name, NULL, 1, 1, 0, :live, :country, :joined_on, 0)"
)
_IDENTIFY = text("INSERT INTO identities VALUES (:account, :provider, :subject)")
_READ = text(
    "SELECT name, anonymous, visible, anonymous_name FROM accounts WHERE account = :account"
)
_ANONYMOUS = text("SELECT 1 FROM accounts WHERE anonymous_name = :name")
_RAISE = text(
    "UPDATE accounts SET generation = generation + 1 WHERE account = :account RETURNING generation"
)


@dataclass(frozen=True, slots=True)
class Account:
    """What an account is called. *name* is None while it is anonymous or hidden."""

    account: str
    name: str | None
    public_name: str

    @property
    def path(self) -> str:
        """The profile's path."""
        return f"/u/{self.public_name}"


def sign_up_or_find(  # noqa: PLR0913 -- all that an account begins with
    connection: Connection,
    provider: str,
    subject: str,
    surroundings: Surroundings,
    *,
    live: bool = False,
    country: str | None = None,
) -> str:
    """Return the account of an identity; make one where there is none.

    *country* is what the first connection told, two lower-case letters.
    """
    identity = {"provider": provider, "subject": subject}
    found: str | None = connection.execute(_FIND, identity).scalar_one_or_none()
    if found is not None:
        return found
    account = surroundings.random_hex(16)
    values = {
        "account": account,
        "public_id": surroundings.random_hex(16),
        "anonymous_name": draw_anonymous_name(connection, surroundings),
        "live": int(live),
        "country": country,
        "joined_on": surroundings.now().date().isoformat(),
    }
    connection.execute(_ADD, values)
    connection.execute(_IDENTIFY, {"account": account, **identity})
    return account


def local_account(connection: Connection, surroundings: Surroundings) -> str:
    """Return the one account of a local server; it is live."""
    return sign_up_or_find(connection, LOCAL_PROVIDER, LOCAL_SUBJECT, surroundings, live=True)


def read_account(connection: Connection, account: str) -> Account:
    """Read what an account is called."""
    row = connection.execute(_READ, {"account": account}).one()
    name: str | None = row.name if row.visible and not row.anonymous else None
    return Account(account, name, name or row.anonymous_name)


def draw_anonymous_name(connection: Connection, surroundings: Surroundings) -> str:
    """Draw an anonymous name that nobody has."""
    while True:
        name = ANONYMOUS + "-" + surroundings.random_word(_NAME_LETTERS, _NAME_LENGTH)
        if connection.execute(_ANONYMOUS, {"name": name}).first() is None:
            return name


def raise_generation(connection: Connection, account: str) -> int:
    """Count one change of what the account shows; return the new generation."""
    generation: int = connection.execute(_RAISE, {"account": account}).scalar_one()
    return generation
