"""The public pages: profile, leaderboard, home, about, privacy, checks, one for nothing."""

import functools
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from claudeusage_server.drawn.periods import Period, read_period
from claudeusage_server.public.answers import Answers, Ready, Shown
from claudeusage_server.public.board import Board
from claudeusage_server.public.board_page import board_values
from claudeusage_server.public.checks import checks_values
from claudeusage_server.public.choices import Choice, of_somebody, read_choice
from claudeusage_server.public.drawings import SVG, Drawings
from claudeusage_server.public.home import home_values
from claudeusage_server.public.privacy import privacy_values
from claudeusage_server.public.profile import profile_values
from claudeusage_server.web.assets import asset
from claudeusage_server.web.frame import (
    HTML,
    ICON_PATH,
    SCRIPT_PATH,
    STYLE_PATH,
    Frame,
    etag,
    public_answer,
)
from claudeusage_server.web.style import style_sheet

CSS = "text/css; charset=utf-8"
JAVASCRIPT = "text/javascript; charset=utf-8"


class PublicPages:
    """Public routes: they never look at a cookie."""

    def __init__(self, answers: Answers, frame: Frame, *, local: bool) -> None:
        """Take whether the server is a *local* one, which lists its profiles, and has no board."""
        self._answers = answers
        self._frame = frame
        self._local = local
        self._nothing = _ready(frame.render("nothing_here.html", {}))
        self._about = _ready(frame.render("about.html", {}))
        self._privacy = _ready(frame.render("privacy.html", privacy_values()))
        self._checks = _ready(frame.render("checks.html", checks_values()))
        self._style = _ready(style_sheet())
        self._script = _ready(asset("site.js"))
        self._icon = _ready(asset("icon.svg"))

    def routes(self) -> list[Route]:
        """Make the routes."""
        return [
            Route("/", self.home if self._local else self.leaderboard),
            Route("/about", self.about),
            Route("/u/{name}", self.profile),
            *Drawings(self._answers, self.nothing_here).routes(),
            Route("/privacy", self.privacy),
            Route("/checks", self.checks),
            Route("/healthz", self.healthz),
            Route(STYLE_PATH, self.style),
            Route(SCRIPT_PATH, self.script),
            Route(ICON_PATH, self.icon),
            Route("/favicon.ico", self.icon),
        ]

    def nothing_here(self) -> Response:
        """Answer the same for what never was, what was taken away, and what is hidden."""
        headers = {"Cache-Control": "no-cache", "ETag": self._nothing.tag}
        return Response(self._nothing.body, status_code=404, media_type=HTML, headers=headers)

    async def profile(self, request: Request) -> Response:
        """Show the profile for the period of the query."""
        period = read_period(request.query_params.get("period", ""))
        render = functools.partial(self._profile, period)
        ready = await self._answers.about(request.path_params["name"], f"page {period}", render)
        if ready is None:
            return self.nothing_here()
        return public_answer(request, ready.body, ready.tag, HTML, {})

    async def home(self, request: Request) -> Response:
        """List the profiles of a local server."""
        values = home_values(self._answers.overviews())
        ready = _ready(self._frame.render("home.html", values))
        return public_answer(request, ready.body, ready.tag, HTML, {})

    async def leaderboard(self, request: Request) -> Response:
        """Show a page of the leaderboard: the first one, that of a cursor, or around somebody."""
        choice = of_somebody(read_choice(request.query_params), self._answers.knows)
        render = functools.partial(self._leaderboard, choice)
        ready = await self._answers.board(f"board page {choice.query}", render)
        return public_answer(request, ready.body, ready.tag, HTML, {})

    async def about(self, request: Request) -> Response:
        """Say what this server is, and how to begin."""
        return public_answer(request, self._about.body, self._about.tag, HTML, {})

    async def privacy(self, request: Request) -> Response:
        """Tell what leaves a computer, what is stored, and what anybody may see."""
        return public_answer(request, self._privacy.body, self._privacy.tag, HTML, {})

    async def checks(self, request: Request) -> Response:
        """Tell what is checked of a day before it counts in public."""
        return public_answer(request, self._checks.body, self._checks.tag, HTML, {})

    async def healthz(self, _request: Request) -> Response:
        """Say that the server answers."""
        headers = {"Cache-Control": "no-store"}
        return Response(b"ok\n", media_type="text/plain; charset=utf-8", headers=headers)

    async def style(self, request: Request) -> Response:
        """Return the style sheet, whose address changes with its content."""
        return _asset(request, self._style, CSS)

    async def script(self, request: Request) -> Response:
        """Return the one script, whose address changes with its content too."""
        return _asset(request, self._script, JAVASCRIPT)

    async def icon(self, request: Request) -> Response:
        """Return the mark."""
        return _asset(request, self._icon, SVG)

    def _leaderboard(self, choice: Choice, board: Board, now: datetime) -> bytes:
        return self._frame.render("leaderboard.html", board_values(choice, board, now))

    def _profile(self, period: Period, shown: Shown, board: Board) -> bytes:
        return self._frame.render("profile.html", profile_values(shown, board, period))


def _asset(request: Request, ready: Ready, media_type: str) -> Response:
    versioned = "v" in request.query_params
    headers = {"Cache-Control": "public, max-age=31536000, immutable"} if versioned else {}
    return public_answer(request, ready.body, ready.tag, media_type, headers)


def _ready(body: bytes) -> Ready:
    return Ready(body, etag(body))
