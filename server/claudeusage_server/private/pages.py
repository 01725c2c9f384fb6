"""The pages that belong to one person: signing in, and approving a computer."""

from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from claudeusage_core.figures import plural
from claudeusage_server.private.accounts import read_account
from claudeusage_server.private.context import Context
from claudeusage_server.private.device import Decision, DeviceAuthorization, grouped, plain
from claudeusage_server.private.local import take_code
from claudeusage_server.private.sessions import (
    Session,
    begin_session,
    find_session,
    refuse_foreign_form,
    refuse_foreign_token,
)
from claudeusage_server.web.bodies import read_form

SIGN_IN = "/sign-in"
DEVICE = "/device"
_MINUTE = 60
_WRONG_CODE = "wrong-code"


def private_pages(context: Context) -> list[Route]:
    """Make the routes."""
    sign_in, device = SignInPage(context), DevicePage(context)
    return [
        Route(SIGN_IN, sign_in.show, methods=["GET"]),
        Route(SIGN_IN, sign_in.post, methods=["POST"]),
        Route(DEVICE, device.show, methods=["GET"]),
        Route(DEVICE, device.post, methods=["POST"]),
    ]


class SignInPage:
    """Signing in on this browser with a one-time code."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def show(self, request: Request) -> Response:
        """Show the button; only the button signs in."""
        code = request.query_params.get("code", "")
        return self._page(code, request.query_params.get("next", ""))

    async def post(self, request: Request) -> Response:
        """Take the code and set the session's cookie."""
        refuse_foreign_form(self._context, request)
        form = await read_form(request)
        code, onward = form.get("code", "").strip(), form.get("next", "")
        return await run_in_threadpool(self._sign_in, request, code, onward)

    def _sign_in(self, request: Request, code: str, onward: str) -> Response:
        account = take_code(self._context, code)
        if account is None:
            return self._page("", onward, failed=True)
        self._context.publish(account)
        with self._context.store.read() as connection:
            home = read_account(connection, account).path
        response = RedirectResponse(allowed_next(onward) or home, status_code=303)
        response.headers["Cache-Control"] = "no-store"
        begin_session(self._context, account, request, response)
        return response

    def _page(self, code: str, onward: str, *, failed: bool = False) -> Response:
        values = {"code": code, "next": allowed_next(onward) or "", "failed": failed}
        return self._context.frame.private_page("sign_in.html", values, 403 if failed else 200)


class DevicePage:
    """Approving or denying a computer that shows a code."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._authorization = DeviceAuthorization(context)

    async def show(self, request: Request) -> Response:
        """Show what the code asks for; nothing is decided by looking."""
        return await run_in_threadpool(self._show, request)

    async def post(self, request: Request) -> Response:
        """Take the decision."""
        refuse_foreign_form(self._context, request)
        form = await read_form(request)
        return await run_in_threadpool(self._decide, request, form)

    def _show(self, request: Request) -> Response:
        code = request.query_params.get("code", "")
        session = find_session(self._context, request)
        if session is None:
            return _to_sign_in(code)
        return self._ask(session, code) if code else self._page("device_code.html", 200)

    def _ask(self, session: Session, code: str) -> Response:
        if self._tried_too_often(session):
            return self._page("device_code.html", 429, problem="too_often")
        waiting = self._authorization.waiting(code)
        if waiting is None:
            self._count_wrong(session)
            return self._page("device_code.html", 404, problem="unknown")
        with self._context.store.read() as connection:
            account = read_account(connection, session.account)
        return self._page(
            "device.html",
            200,
            code=grouped(plain(code)),
            asked=_ago(waiting.asked_ago),
            valid=_minutes(waiting.valid_for),
            account=account.public_name,
            form_token=session.form_token,
        )

    def _decide(self, request: Request, form: dict[str, str]) -> Response:
        code = form.get("code", "")
        session = find_session(self._context, request)
        if session is None:
            return _to_sign_in(code)
        refuse_foreign_token(session, form.get("form_token", ""))
        approved = form.get("decision") == "approve"
        decision = Decision.APPROVED if approved else Decision.DENIED
        if self._tried_too_often(session):
            return self._page("device_code.html", 429, problem="too_often")
        if not self._authorization.decide(code, session.account, decision):
            self._count_wrong(session)
            return self._page("device_done.html", 410, outcome="expired")
        return self._page("device_done.html", 200, outcome=decision.value)

    def _tried_too_often(self, session: Session) -> bool:
        limit = self._context.settings.limits.wrong_codes
        return self._context.rates.spent(_WRONG_CODE, session.account, limit)

    def _count_wrong(self, session: Session) -> None:
        limit = self._context.settings.limits.wrong_codes
        self._context.rates.within(_WRONG_CODE, session.account, limit)

    def _page(self, template: str, status: int, **values: str) -> Response:
        return self._context.frame.private_page(template, {"problem": "", **values}, status)


def allowed_next(onward: str) -> str | None:
    """Return where to go after signing in: the dashboard, or the device page with its code."""
    path, _, query = onward.partition("?")
    if path == "/dashboard":
        return path
    if path != DEVICE:
        return None
    code = plain(query.removeprefix("code="))
    return f"{DEVICE}?code={grouped(code)}" if code else DEVICE


def _to_sign_in(code: str) -> Response:
    letters = plain(code)
    onward = f"{DEVICE}?code={grouped(letters)}" if letters else DEVICE
    return RedirectResponse(f"{SIGN_IN}?{urlencode({'next': onward})}", status_code=303)


def _ago(seconds: int) -> str:
    minutes = seconds // _MINUTE
    return f"{plural(minutes, 'minute')} ago" if minutes else "just now"


def _minutes(seconds: int) -> str:
    minutes = seconds // _MINUTE
    return plural(minutes, "more minute") if minutes else "less than a minute"
