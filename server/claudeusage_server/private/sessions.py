"""Sessions: who is signed in on this browser, and whether a form came from our own page."""

import hmac
from dataclasses import dataclass

from sqlalchemy import text
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from claudeusage_server.errors import FormForeign
from claudeusage_server.private.context import Context
from claudeusage_server.private.hashes import stored
from claudeusage_server.web.bodies import read_form

SESSION_SECONDS = 30 * 24 * 3600
"""Counted from the sign-in, however often the session is used."""

_FORGET = text("DELETE FROM sessions WHERE expires_at <= :now OR session = :old")
_END = text("DELETE FROM sessions WHERE session = :session")
_END_ALL = text("DELETE FROM sessions WHERE account = :account")
_ADD = text("INSERT INTO sessions VALUES (:account, :session, :expires_at)")
_FIND = text("SELECT account FROM sessions WHERE session = :session AND expires_at > :now")


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser, what its forms carry, and its id as it is stored."""

    account: str
    form_token: str
    hashed: str


def find_session(context: Context, request: Request) -> Session | None:
    """Find the session of a request's cookie, None where nobody is signed in."""
    cookie = request.cookies.get(context.settings.cookie)
    if not cookie:
        return None
    values = {"session": stored(cookie), "now": context.surroundings.seconds()}
    with context.store.read() as connection:
        account: str | None = connection.execute(_FIND, values).scalar_one_or_none()
    if account is None:
        return None
    return Session(account, context.hashes.form_token(cookie), stored(cookie))


def begin_session(context: Context, account: str, request: Request, response: Response) -> None:
    """Sign a browser in under a new id; the id that it had before is worthless from now on."""
    session = new_session(context, account, request.cookies.get(context.settings.cookie, ""))
    response.set_cookie(
        context.settings.cookie,
        session,
        max_age=SESSION_SECONDS,
        secure=context.settings.secure,
        httponly=True,
        samesite="lax",
    )


def new_session(context: Context, account: str, before: str = "") -> str:
    """Draw the id of a session, and store its hash in the place of the one *before*."""
    session, now = context.surroundings.random_hex(32), context.surroundings.seconds()
    values = {
        "account": account,
        "session": stored(session),
        "expires_at": now + SESSION_SECONDS,
    }
    with context.store.write() as connection:
        connection.execute(_FORGET, {"now": now, "old": stored(before)})
        connection.execute(_ADD, values)
    return session


def end_session(context: Context, session: Session) -> None:
    """Sign this browser out."""
    with context.store.write() as connection:
        connection.execute(_END, {"session": session.hashed})


def end_sessions(context: Context, account: str) -> None:
    """Sign every browser out."""
    with context.store.write() as connection:
        connection.execute(_END_ALL, {"account": account})


def forget_session(context: Context, response: Response) -> None:
    """Have a browser forget the id of a session that has ended."""
    response.delete_cookie(
        context.settings.cookie, secure=context.settings.secure, httponly=True, samesite="lax"
    )


async def read_own_form(context: Context, request: Request) -> tuple[Session, dict[str, str]]:
    """Read a form that somebody who is signed in sent from our own page.

    Raises `FormForeign` where it is not, or where the session has ended since.
    """
    refuse_foreign_form(context, request)
    form = await read_form(request)
    session = await run_in_threadpool(find_session, context, request)
    if session is None:
        raise FormForeign
    refuse_foreign_token(session, form.get("form_token", ""))
    return session, form


def refuse_foreign_form(context: Context, request: Request) -> None:
    """Raise `FormForeign` unless the browser says that the form stood on our own page."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is None and origin is None:
        raise FormForeign
    if site not in {None, "same-origin"} or origin not in {None, context.origin(request)}:
        raise FormForeign


def refuse_foreign_token(session: Session, given: str) -> None:
    """Raise `FormForeign` unless the form carries this session's token."""
    if not hmac.compare_digest(session.form_token.encode(), given.encode()):
        raise FormForeign
