"""The device page: a code is compared, and a computer approved or denied."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from claudeusage_core.figures import plural
from claudeusage_server.private.accounts import read_account
from claudeusage_server.private.context import Context
from claudeusage_server.private.device import Decision, DeviceAuthorization, grouped, plain
from claudeusage_server.private.guessing import count_wrong, seconds_to_wait
from claudeusage_server.private.onward import DEVICE, to_sign_in
from claudeusage_server.private.sessions import (
    Session,
    find_session,
    refuse_foreign_form,
    refuse_foreign_token,
)
from claudeusage_server.private.tokens import refuse_more_tokens
from claudeusage_server.web.bodies import read_form

_MINUTE = 60


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
            return to_sign_in(f"{DEVICE}?code={code}")
        return self._ask(session, code) if code else self._page("device_code.html", 200)

    def _ask(self, session: Session, code: str) -> Response:
        if (seconds := seconds_to_wait(self._context, session.account)) > 0:
            return self._too_often(seconds)
        waiting = self._authorization.waiting(code)
        if waiting is None:
            count_wrong(self._context, session.account)
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
            return to_sign_in(f"{DEVICE}?code={code}")
        refuse_foreign_token(session, form.get("form_token", ""))
        approved = form.get("decision") == "approve"
        decision = Decision.APPROVED if approved else Decision.DENIED
        if (seconds := seconds_to_wait(self._context, session.account)) > 0:
            return self._too_often(seconds)
        if decision is Decision.APPROVED:
            with self._context.store.read() as connection:
                refuse_more_tokens(connection, session.account)
        if not self._authorization.decide(code, session.account, decision):
            count_wrong(self._context, session.account)
            return self._page("device_done.html", 410, outcome="expired")
        return self._page("device_done.html", 200, outcome=decision.value)

    def _too_often(self, seconds: int) -> Response:
        response = self._page("device_code.html", 429, problem="too_often")
        response.headers["Retry-After"] = str(seconds)
        return response

    def _page(self, template: str, status: int, **values: str) -> Response:
        return self._context.frame.private_page(template, {"problem": "", **values}, status)


def _ago(seconds: int) -> str:
    minutes = seconds // _MINUTE
    return f"{plural(minutes, 'minute')} ago" if minutes else "just now"


def _minutes(seconds: int) -> str:
    minutes = seconds // _MINUTE
    return plural(minutes, "more minute") if minutes else "less than a minute"
