"""The drawings that other sites show: a badge and the contribution grid, in two themes."""

import functools
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from claudeusage_resources.tokens import Theme
from claudeusage_server.drawn.badges import read_badge
from claudeusage_server.public import badge, readme_grid
from claudeusage_server.public.answers import Answers, Render
from claudeusage_server.web.frame import public_answer

SVG = "image/svg+xml"
_HEADERS = {"Cache-Control": "max-age=300", "Cross-Origin-Resource-Policy": "cross-origin"}
_POLICY = "Content-Security-Policy"
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
_OWN_STYLE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


class Drawings:
    """Public routes: they never look at a cookie."""

    def __init__(self, answers: Answers, nothing_here: Callable[[], Response]) -> None:
        """Take what is answered where there is nobody."""
        self._answers = answers
        self._nothing_here = nothing_here

    def routes(self) -> list[Route]:
        """Make the routes."""
        return [Route("/u/{name}/badge.svg", self.badge), Route("/u/{name}/grid.svg", self.grid)]

    async def badge(self, request: Request) -> Response:
        """Draw one figure of a profile."""
        wanted, theme = read_badge(request.query_params), _theme(request)
        render = functools.partial(badge.draw, wanted, theme)
        return await self._drawn(request, f"badge {wanted.query} {theme}", render, _NOTHING)

    async def grid(self, request: Request) -> Response:
        """Draw the contribution grid."""
        theme = _theme(request)
        render = functools.partial(readme_grid.draw, theme)
        return await self._drawn(request, f"grid {theme}", render, _OWN_STYLE)

    async def _drawn(self, request: Request, kind: str, render: Render, policy: str) -> Response:
        ready = await self._answers.about(request.path_params["name"], kind, render)
        if ready is None:
            return self._nothing_here()
        headers = {**_HEADERS, _POLICY: policy}
        return public_answer(request, ready.body, ready.tag, SVG, headers)


def _theme(request: Request) -> Theme:
    return Theme.DARK if request.query_params.get("theme") == Theme.DARK else Theme.LIGHT
