"""Local sign-in: whoever can read the data folder's secret may sign in; see docs/local-sign-in.md.

The secret itself is never sent. The server proves that it knows it, then the client proves the same
for one action, bound to a challenge that works once. Both proofs are bound to the host that the
client connected to, so that a program on another port cannot pass them on.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text

from claudeusage_core import wire
from claudeusage_server.database import Store
from claudeusage_server.errors import ProofWrong
from claudeusage_server.private.accounts import local_account, read_account
from claudeusage_server.private.context import Context
from claudeusage_server.private.hashes import stored
from claudeusage_server.private.tokens import keep_token, new_token
from claudeusage_server.surroundings import Surroundings

CODE_SECONDS = 600
WRONG_CODES = "30/minute"
"""Sign-in codes that were not valid, in all: each has 128 bits, so guessing is only a burden."""

CHALLENGE_SECONDS = 60
_MOST_CHALLENGES = 1_000

_ADD_CODE = text("INSERT INTO sign_in_codes VALUES (:code, :expires_at)")
_FORGET_CODES = text("DELETE FROM sign_in_codes WHERE expires_at <= :now")
_TAKE_CODE = text(
    "DELETE FROM sign_in_codes WHERE code = :code AND expires_at > :now RETURNING code"
)

_Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Hello(_Body):
    """The client's question who the server is."""

    nonce: _Hex


class Answered(_Body):
    """The client's proof for one action."""

    challenge: _Hex
    proof: _Hex


class Proven(_Body):
    """The server's proof, and a challenge for the client."""

    proof: _Hex
    challenge: _Hex


class Linked(_Body):
    """A new token, and whose it is."""

    token: str
    account: str
    profile: str
    name: str | None


class Minted(_Body):
    """A sign-in code, the address at which it signs in, and for how many seconds."""

    code: str
    address: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class SignInCode:
    """A code, and the address at which it signs in."""

    code: str
    address: str


def server_proof(secret: bytes, host: str, nonce: str) -> str:
    """Prove to a client that connected to *host* that this server knows the secret."""
    return _hmac(secret, f"claudeusage-server-proof:{host}:{nonce}")


def client_proof(secret: bytes, action: str, host: str, challenge: str) -> str:
    """Compute what a client has to send for *action*."""
    return _hmac(secret, f"claudeusage-client-proof:{action}:{host}:{challenge}")


class Challenges:
    """The challenges that were given out and not yet answered, in memory."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._expiry: dict[str, int] = {}

    def give(self) -> str:
        """Give out a challenge; beyond a thousand open ones the oldest is dropped."""
        now = self._surroundings.seconds()
        self._expiry = {key: until for key, until in self._expiry.items() if until > now}
        while len(self._expiry) >= _MOST_CHALLENGES:
            del self._expiry[next(iter(self._expiry))]
        challenge = self._surroundings.random_hex(32)
        self._expiry[challenge] = now + CHALLENGE_SECONDS
        return challenge

    def take(self, challenge: str) -> bool:
        """Use a challenge up; say whether it was open."""
        return self._expiry.pop(challenge, 0) > self._surroundings.seconds()


class LocalSignIn:
    """The server's side of the handshake."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._challenges = Challenges(context.surroundings)

    def hello(self, host: str, hello: Hello) -> bytes:
        """Prove the server, and give out a challenge."""
        limit = self._context.settings.limits.local_proofs
        self._context.rates.count("local-proof", "", limit)
        proof = server_proof(self._context.local_secret, host, hello.nonce)
        proven = Proven(proof=proof, challenge=self._challenges.give())
        return wire.canonical(proven.model_dump())

    def verify(self, action: str, host: str, answered: Answered) -> None:
        """Raise `ProofWrong` unless the client knows the secret."""
        known = self._challenges.take(answered.challenge)
        expected = client_proof(self._context.local_secret, action, host, answered.challenge)
        if not (known and hmac.compare_digest(expected, answered.proof)):
            raise ProofWrong

    def link(self, origin: str) -> bytes:
        """Make a token for the local account, which is made where there is none.

        *origin* is the address that the client connected to.
        """
        context = self._context
        token = new_token(context.surroundings)
        with context.store.write() as connection:
            account = local_account(connection, context.surroundings)
            keep_token(connection, account, token, context.surroundings, "This computer")
            known = read_account(connection, account)
        context.publish(account)
        profile = origin + known.path
        linked = Linked(token=token, account=account, profile=profile, name=known.name)
        return wire.canonical(linked.model_dump())

    def sign_in_code(self, origin: str) -> bytes:
        """Mint a sign-in code, for a browser that is to connect to *origin*."""
        minted = mint_code(self._context, origin)
        answer = Minted(code=minted.code, address=minted.address, expires_in=CODE_SECONDS)
        return wire.canonical(answer.model_dump())


def mint_code(context: Context, origin: str) -> SignInCode:
    """Mint a code for the running server, which answers at *origin*."""
    code = store_code(context.store, context.surroundings)
    return SignInCode(code, f"{origin}/sign-in?code={code}")


def store_code(store: Store, surroundings: Surroundings) -> str:
    """Store the hash of a new sign-in code, and forget the old ones."""
    code, now = surroundings.random_hex(16), surroundings.seconds()
    with store.write() as connection:
        connection.execute(_FORGET_CODES, {"now": now})
        values = {"code": stored(code), "expires_at": now + CODE_SECONDS}
        connection.execute(_ADD_CODE, values)
    return code


def take_code(context: Context, code: str) -> str | None:
    """Use a sign-in code up; return the local account, None where the code is not valid.

    Raises `TooManyRequests` where too many were not; a valid one is taken nevertheless.
    """
    values = {"code": stored(code), "now": context.surroundings.seconds()}
    with context.store.write() as connection:
        if connection.execute(_TAKE_CODE, values).one_or_none() is not None:
            return local_account(connection, context.surroundings)
    context.rates.count("wrong-sign-in-code", "", WRONG_CODES)
    return None


def _hmac(secret: bytes, message: str) -> str:
    return hmac.new(secret, message.encode(), hashlib.sha256).hexdigest()
