"""An attempt to sign in at a provider: one secret in a cookie, and what is derived from it.

Nothing is stored. State, nonce and code verifier are keyed hashes of the secret and of all that the
attempt is bound to: the provider, what it is for, whose session it began in, where it leads and
when it began. Whatever of that is another at the return, the state does not fit.
"""

import hmac
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from claudeusage_server.private.context import Context
from claudeusage_server.private.onward import allowed_next
from claudeusage_server.private.sessions import Session
from claudeusage_server.private.sign_in.provider import Asked
from claudeusage_server.settings import Settings

VALID_SECONDS = 600
_SECRET_BYTES = 32


class Purpose(StrEnum):
    """What an attempt is for."""

    SIGN_IN = "sign-in"
    LINK = "link"
    """Linking a further provider to the account that is signed in."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the browser keeps of an attempt. *begun* is in seconds since 1970."""

    purpose: Purpose
    onward: str
    begun: int
    secret: str

    def cookie(self) -> str:
        """Write it as a cookie's value."""
        return f"{self.begun}.{self.purpose}.{quote(self.onward, safe='')}.{self.secret}"


def new_attempt(context: Context, purpose: Purpose, onward: str = "") -> Attempt:
    """Begin an attempt that leads to what is allowed of *onward*."""
    secret, now = context.surroundings.random_hex(_SECRET_BYTES), context.surroundings.seconds()
    return Attempt(purpose, allowed_next(onward) or "", now, secret)


def read_attempt(context: Context, request: Request) -> Attempt | None:
    """Read a browser's attempt, None where it has none that is younger than ten minutes."""
    parts = request.cookies.get(_cookie_name(context.settings), "").split(".")
    try:
        begun, purpose, onward, secret = parts
        found = Attempt(Purpose(purpose), unquote(onward), int(begun), secret)
    except ValueError:
        return None
    age = context.surroundings.seconds() - found.begun
    return found if 0 <= age < VALID_SECONDS else None


def asked(
    context: Context, attempt: Attempt, provider: str, session: Session | None, callback: str
) -> Asked:
    """Derive what the provider is asked with; *session* is bound where the attempt is to link."""
    began_in = session.hashed if session and attempt.purpose is Purpose.LINK else ""
    bound = (provider, attempt.purpose, began_in, attempt.onward, str(attempt.begun))
    state, nonce, verifier = (
        context.hashes.of_attempt(part, attempt.secret, *bound)
        for part in ("state", "nonce", "verifier")
    )
    return Asked(callback, state, nonce, verifier)


def fits(expected: Asked, state: str) -> bool:
    """Say whether a provider came back with the state of this attempt."""
    return hmac.compare_digest(expected.state.encode(), state.encode())


def keep(context: Context, attempt: Attempt, response: Response) -> None:
    """Have the browser keep an attempt until it comes back."""
    response.set_cookie(
        _cookie_name(context.settings),
        attempt.cookie(),
        max_age=VALID_SECONDS,
        secure=context.settings.secure,
        httponly=True,
        samesite="lax",
    )


def forget(context: Context, response: Response) -> None:
    """Have the browser forget its attempt: each comes back once."""
    response.delete_cookie(
        _cookie_name(context.settings),
        secure=context.settings.secure,
        httponly=True,
        samesite="lax",
    )


def _cookie_name(settings: Settings) -> str:
    return f"{settings.cookie}-attempt"
