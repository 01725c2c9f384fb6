"""What every page and form of the dashboard goes through: its owner, and its own page."""

from collections.abc import Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from claudeusage_server.private.context import Context
from claudeusage_server.private.dashboard.notices import Notice
from claudeusage_server.private.onward import DASHBOARD, to, to_sign_in
from claudeusage_server.private.sessions import (
    Session,
    find_session,
    refuse_foreign_form,
    refuse_foreign_token,
)
from claudeusage_server.web.bodies import read_form

Fields = Mapping[str, str]
Answer = Callable[[Session, Fields], Response]


class Desk:
    """Makes routes that are only for whoever is signed in."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def page(self, path: str, show: Answer) -> Route:
        """Make a route that shows something, and changes nothing, for its query."""

        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(self._show, request, show)

        return Route(path, endpoint, methods=["GET"])

    def form(self, path: str, act: Answer) -> Route:
        """Make a route that takes a form, which has to come from this session's own page."""

        async def endpoint(request: Request) -> Response:
            refuse_foreign_form(self._context, request)
            return await run_in_threadpool(self._act, request, await read_form(request), act)

        return Route(path, endpoint, methods=["POST"])

    def _show(self, request: Request, show: Answer) -> Response:
        session = self._session(request)
        return to_sign_in(DASHBOARD) if session is None else show(session, request.query_params)

    def _act(self, request: Request, fields: Fields, act: Answer) -> Response:
        session = self._session(request)
        if session is None:
            return to_sign_in(DASHBOARD)
        refuse_foreign_token(session, fields.get("form_token", ""))
        return act(session, fields)

    def _session(self, request: Request) -> Session | None:
        """Find who is signed in, and count what they ask for; raise `TooManyRequests`."""
        session = find_session(self._context, request)
        if session is not None:
            limit = self._context.settings.limits.dashboard
            self._context.rates.count("dashboard", session.account, limit)
        return session


def done(notice: Notice) -> Response:
    """Send the browser back to the dashboard, which says what was done."""
    return to(f"{DASHBOARD}?done={notice.value}")
