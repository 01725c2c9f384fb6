"""Sync tokens: each opens the upload of one computer's days, and nothing else."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from claudeusage_core import wire
from claudeusage_server.errors import TokenDead, TooManyTokens
from claudeusage_server.private.hashes import stored
from claudeusage_server.surroundings import Surroundings

_SCHEME = "bearer "
_HINT = 4
MOST_TOKENS = 200
"""Of one account: two for each computer that it can have."""

_ADD = text(
    "INSERT INTO tokens (account, token, hint, label, created_on, used_on, machine, sequence)"
    " VALUES (:account, :token, :hint, :label, :created_on, NULL, NULL, 0)"
)
_FIND = text("SELECT account, machine, sequence, used_on FROM tokens WHERE token = :token")
_USE = text("UPDATE tokens SET used_on = :today WHERE token = :token")
_BIND = text(
    "UPDATE tokens SET machine = :machine, sequence = :sequence, used_on = :today"
    " WHERE token = :token"
)
_COUNT = text("SELECT COUNT(*) FROM tokens WHERE account = :account")
_DELETE = text("DELETE FROM tokens WHERE token = :token RETURNING account")


@dataclass(frozen=True, slots=True)
class Token:
    """A live token: *stored* is its hash, *machine* is None until its first upload."""

    account: str
    stored: str
    machine: str | None
    sequence: int
    used: bool


def new_token(surroundings: Surroundings) -> str:
    """Draw a token."""
    return "cu_live_" + surroundings.random_hex(24)


def keep_token(
    connection: Connection,
    account: str,
    token: str,
    surroundings: Surroundings,
    label: str | None = None,
) -> None:
    """Store the hash of a token, with its last four characters as a hint."""
    values = {
        "account": account,
        "token": stored(token),
        "hint": token[-_HINT:],
        "label": label,
        "created_on": surroundings.now().date().isoformat(),
    }
    connection.execute(_ADD, values)


def refuse_more_tokens(connection: Connection, account: str) -> None:
    """Raise `TooManyTokens` where an account has as many as it can have."""
    if connection.execute(_COUNT, {"account": account}).scalar_one() >= MOST_TOKENS:
        raise TooManyTokens


def bearer(authorization: str) -> str:
    """Hash the token of an ``Authorization`` header; raise `TokenDead` where it has none."""
    token = authorization[len(_SCHEME) :].strip()
    if authorization[: len(_SCHEME)].lower() != _SCHEME or not wire.TOKEN.fullmatch(token):
        raise TokenDead
    return stored(token)


def find_token(connection: Connection, token: str) -> Token:
    """Find a token by its hash; raise `TokenDead` where there is none."""
    row = connection.execute(_FIND, {"token": token}).one_or_none()
    if row is None:
        raise TokenDead
    return Token(row.account, token, row.machine, row.sequence, row.used_on is not None)


def mark_used(connection: Connection, token: Token, surroundings: Surroundings) -> None:
    """Note the day on which a token was used."""
    today = surroundings.now().date().isoformat()
    connection.execute(_USE, {"token": token.stored, "today": today})


def bind_token(
    connection: Connection, token: Token, machine: str, sequence: int, today: str
) -> None:
    """Bind a token to its computer, and keep the highest sequence that it sent."""
    highest = max(token.sequence, sequence)
    values = {"token": token.stored, "machine": machine, "sequence": highest, "today": today}
    connection.execute(_BIND, values)


def revoke_token(connection: Connection, token: str) -> None:
    """Delete a token by its hash; raise `TokenDead` where there is none."""
    if connection.execute(_DELETE, {"token": token}).one_or_none() is None:
        raise TokenDead
