"""Signing in at a provider, linking one more, and unlinking: the steps that a browser goes through.

Anybody may begin to sign in with a link. Linking changes an account, so it begins with a form of
our own page, and ends in the very session in which it began.
"""

import logging
from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from claudeusage_server.errors import (
    LastIdentity,
    ProviderFailed,
    SignInCancelled,
    SignInEnded,
    SignInForeign,
)
from claudeusage_server.private import identities
from claudeusage_server.private.accounts import sign_up_or_find
from claudeusage_server.private.context import Context
from claudeusage_server.private.identities import PROVIDERS
from claudeusage_server.private.onward import DASHBOARD, SIGN_IN, to, to_sign_in
from claudeusage_server.private.sessions import Session, find_session, read_own_form
from claudeusage_server.private.sign_in import attempt as attempts
from claudeusage_server.private.sign_in.attempt import Attempt, Purpose
from claudeusage_server.private.sign_in.page import SignInPage, signed_in
from claudeusage_server.private.sign_in.provider import Asked, Provider

log = logging.getLogger("claudeusage_server.sign_in")

_FROM_HERE = frozenset({None, "none", "same-origin"})
"""What a browser says of an address that was typed, or that stood on our own page."""
_LONGEST_CODE = 4_096


class ByProvider:
    """What stands below ``/sign-in/{provider}``."""

    def __init__(
        self, context: Context, page: SignInPage, providers: Mapping[str, Provider]
    ) -> None:
        self._context = context
        self._page = page
        self._providers = providers

    async def begin(self, request: Request) -> Response:
        """Send a browser to a provider; one that another site sent here sees our page first."""
        key, provider = self._provider(request)
        onward = request.query_params.get("next", "")
        if request.headers.get("sec-fetch-site") not in _FROM_HERE:
            return to_sign_in(onward)
        attempt = attempts.new_attempt(self._context, Purpose.SIGN_IN, onward)
        try:
            address = await provider.authorize_url(self._asked(request, attempt, key, None))
        except ProviderFailed as failed:
            return self._ended(failed, attempt, key)
        response = to(address)
        attempts.keep(self._context, attempt, response)
        return response

    async def begin_link(self, request: Request) -> Response:
        """Send whoever is signed in to a provider, by way of a page that goes on by itself.

        A redirect would be a form's, and the page that the form stood on forbids those.
        """
        key, provider = self._provider(request)
        session, _form = await read_own_form(self._context, request)
        attempt = attempts.new_attempt(self._context, Purpose.LINK)
        try:
            address = await provider.authorize_url(self._asked(request, attempt, key, session))
        except ProviderFailed as failed:
            return self._ended(failed, attempt, key)
        values = {"name": PROVIDERS[key], "address": address}
        response = self._context.frame.private_page("leaving.html", values)
        attempts.keep(self._context, attempt, response)
        return response

    async def finish(self, request: Request) -> Response:
        """Take a browser back from a provider; its attempt is used up, whatever comes of it."""
        key, provider = self._provider(request)
        attempt = attempts.read_attempt(self._context, request)
        try:
            response = await self._finish(request, key, provider, attempt)
        except SignInEnded as ended:
            response = self._ended(ended, attempt, key)
        attempts.forget(self._context, response)
        return response

    async def unlink(self, request: Request) -> Response:
        """Forget the provider's identity, unless it is the only way in."""
        key, _provider = self._provider(request)
        session, _form = await read_own_form(self._context, request)
        try:
            await run_in_threadpool(self._unlink, session.account, key)
        except LastIdentity as ended:
            return self._say(ended)
        return to(DASHBOARD)

    async def _finish(
        self, request: Request, key: str, provider: Provider, attempt: Attempt | None
    ) -> Response:
        if attempt is None:
            raise SignInForeign
        session = await run_in_threadpool(find_session, self._context, request)
        asked = self._asked(request, attempt, key, session)
        answer = dict(request.query_params)
        if not attempts.fits(asked, answer.get("state", "")):
            raise SignInForeign
        subject = await provider.subject(asked, _code(answer, key), answer)
        if attempt.purpose is Purpose.SIGN_IN:
            return await run_in_threadpool(self._sign_in, request, key, subject, attempt.onward)
        if session is None:
            raise SignInForeign
        await run_in_threadpool(self._link, session.account, key, subject)
        return to(DASHBOARD)

    def _sign_in(self, request: Request, key: str, subject: str, onward: str) -> Response:
        context = self._context
        country = context.countries.of(request)
        with context.store.write() as connection:
            account = sign_up_or_find(
                connection, key, subject, context.surroundings, country=country
            )
        return signed_in(context, account, request, onward)

    def _link(self, account: str, key: str, subject: str) -> None:
        with self._context.store.write() as connection:
            identities.link_identity(connection, account, key, subject)

    def _unlink(self, account: str, key: str) -> None:
        with self._context.store.write() as connection:
            identities.unlink_provider(connection, account, key, self._providers)

    def _ended(self, ended: SignInEnded, attempt: Attempt | None, key: str) -> Response:
        if isinstance(ended, ProviderFailed):
            log.warning("signing in with %s failed: %s", PROVIDERS[key], ended.reason)
        if attempt is None or attempt.purpose is Purpose.SIGN_IN:
            return self._page.again(ended, attempt.onward if attempt else "")
        return self._say(ended)

    def _say(self, ended: SignInEnded) -> Response:
        values = {"title": ended.title, "remedy": ended.remedy}
        return self._context.frame.private_page("refused.html", values, ended.status)

    def _asked(
        self, request: Request, attempt: Attempt, key: str, session: Session | None
    ) -> Asked:
        callback = f"{self._context.origin(request)}{SIGN_IN}/{key}/callback"
        return attempts.asked(self._context, attempt, key, session, callback)

    def _provider(self, request: Request) -> tuple[str, Provider]:
        """Find the provider of an address, whose every request is counted."""
        key: str = request.path_params["provider"]
        if key not in self._providers:
            raise HTTPException(404)
        visitor = self._context.visitor(request)
        self._context.rates.count("sign-in", visitor, self._context.settings.limits.sign_ins)
        return key, self._providers[key]


def _code(answer: Mapping[str, str], key: str) -> str:
    match answer:
        case {"error": "access_denied"}:
            raise SignInCancelled(PROVIDERS[key])
        case {"error": _}:
            raise ProviderFailed(PROVIDERS[key], "it came back with an error")
        case {"code": str(code)} if 0 < len(code) <= _LONGEST_CODE:
            return code
        case _:
            raise ProviderFailed(PROVIDERS[key], "it came back without a code")
