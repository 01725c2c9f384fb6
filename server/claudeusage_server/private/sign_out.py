"""Signing out: on this browser, or on every one."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from claudeusage_server.private.context import Context
from claudeusage_server.private.onward import SIGN_IN, to
from claudeusage_server.private.sessions import (
    end_session,
    end_sessions,
    forget_session,
    read_own_form,
)


class SignOut:
    """The two forms of the dashboard that end sessions."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def here(self, request: Request) -> Response:
        """Sign this browser out."""
        session, _form = await read_own_form(self._context, request)
        await run_in_threadpool(end_session, self._context, session)
        return self._signed_out()

    async def everywhere(self, request: Request) -> Response:
        """Sign every browser out, this one too."""
        session, _form = await read_own_form(self._context, request)
        await run_in_threadpool(end_sessions, self._context, session.account)
        return self._signed_out()

    def _signed_out(self) -> Response:
        response = to(SIGN_IN)
        forget_session(self._context, response)
        return response
