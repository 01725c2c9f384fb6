"""The pages that belong to one person: the list of their routes."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from claudeusage_server.private.context import Context
from claudeusage_server.private.device_page import DevicePage
from claudeusage_server.private.onward import DEVICE, SIGN_IN
from claudeusage_server.private.sign_in.by_provider import ByProvider
from claudeusage_server.private.sign_in.configured import providers
from claudeusage_server.private.sign_in.page import SignInPage
from claudeusage_server.private.sign_out import SignOut

Endpoint = Callable[[Request], Awaitable[Response]]


def private_pages(context: Context) -> list[Route]:
    """Make the routes."""
    offered = providers(context)
    sign_in, device, sign_out = SignInPage(context, offered), DevicePage(context), SignOut(context)
    at_provider = ByProvider(context, sign_in, offered)
    local = [_post(SIGN_IN, sign_in.post)] if context.settings.local else []
    return [
        _get(SIGN_IN, sign_in.show),
        *local,
        _get(SIGN_IN + "/{provider}", at_provider.begin),
        _post(SIGN_IN + "/{provider}", at_provider.begin_link),
        _get(SIGN_IN + "/{provider}/callback", at_provider.finish),
        _post(SIGN_IN + "/{provider}/unlink", at_provider.unlink),
        _post("/sign-out", sign_out.here),
        _post("/sign-out-everywhere", sign_out.everywhere),
        _get(DEVICE, device.show),
        _post(DEVICE, device.post),
    ]


def _get(path: str, endpoint: Endpoint) -> Route:
    return Route(path, endpoint, methods=["GET"])


def _post(path: str, endpoint: Endpoint) -> Route:
    return Route(path, endpoint, methods=["POST"])
