"""The sign-in page: the providers that are configured, and a one-time code on a local server."""

from collections.abc import Collection

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from claudeusage_server.errors import SignInEnded
from claudeusage_server.private.context import Context
from claudeusage_server.private.identities import PROVIDERS
from claudeusage_server.private.local import take_code
from claudeusage_server.private.onward import DASHBOARD, allowed_next, to
from claudeusage_server.private.sessions import begin_session, refuse_foreign_form
from claudeusage_server.web.bodies import read_form


class SignInPage:
    """Every way to sign in that this server has."""

    def __init__(self, context: Context, offered: Collection[str]) -> None:
        """Take the keys of the providers that are *offered*."""
        self._context = context
        self._offered = {key: name for key, name in PROVIDERS.items() if key in offered}

    async def show(self, request: Request) -> Response:
        """Show the buttons; only a button signs in."""
        code = request.query_params.get("code", "")
        return self._page(request.query_params.get("next", ""), code=code)

    async def post(self, request: Request) -> Response:
        """Take a code and set the session's cookie."""
        refuse_foreign_form(self._context, request)
        form = await read_form(request)
        code, onward = form.get("code", "").strip(), form.get("next", "")
        return await run_in_threadpool(self._sign_in, request, code, onward)

    def again(self, ended: SignInEnded, onward: str) -> Response:
        """Show the buttons again, below why nobody was signed in."""
        problem = ended.title.removesuffix(".") + "; try again below."
        return self._page(onward, status=ended.status, problem=problem)

    def _sign_in(self, request: Request, code: str, onward: str) -> Response:
        account = take_code(self._context, code)
        if account is None:
            return self._page(onward, status=403, wrong_code=True)
        return signed_in(self._context, account, request, onward)

    def _page(
        self,
        onward: str,
        *,
        status: int = 200,
        code: str = "",
        problem: str = "",
        wrong_code: bool = False,
    ) -> Response:
        values = {
            "providers": self._offered,
            "next": allowed_next(onward) or "",
            "code": code,
            "problem": problem,
            "wrong_code": wrong_code,
        }
        return self._context.frame.private_page("sign_in.html", values, status)


def signed_in(context: Context, account: str, request: Request, onward: str) -> Response:
    """Begin a session, and send the browser on to where it wanted to go."""
    context.publish(account)
    response = to(allowed_next(onward) or DASHBOARD)
    begin_session(context, account, request, response)
    return response
