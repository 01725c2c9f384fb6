"""Where a person may go on to after signing in: a short list of this server's own routes."""

from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from claudeusage_server.private.device import grouped, plain

SIGN_IN = "/sign-in"
DEVICE = "/device"
DASHBOARD = "/dashboard"


def allowed_next(onward: str) -> str | None:
    """Return *onward* as far as it is listed: the dashboard, or the device page with its code."""
    path, _, query = onward.partition("?")
    if path == DASHBOARD:
        return DASHBOARD
    if path != DEVICE:
        return None
    code = plain(query.removeprefix("code="))
    return f"{DEVICE}?code={grouped(code)}" if code else DEVICE


def to_sign_in(onward: str) -> Response:
    """Send a visitor to the sign-in page, and from there on to what is allowed of *onward*."""
    allowed = allowed_next(onward)
    query = f"?{urlencode({'next': allowed})}" if allowed else ""
    return to(SIGN_IN + query)


def to(address: str) -> Response:
    """Send a browser on to an address, which is asked for with GET."""
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})
