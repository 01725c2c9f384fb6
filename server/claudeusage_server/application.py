"""The wiring: the only place where the parts of the server meet."""

import functools
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import Receive, Scope, Send

from claudeusage_core import __version__
from claudeusage_resources.price_table import shipped_prices
from claudeusage_server import folder
from claudeusage_server.cutting import CutTimer
from claudeusage_server.database import Store, open_store
from claudeusage_server.errors import Failed, MethodNotAllowed, NothingHere, Refusal
from claudeusage_server.private.api import private_router
from claudeusage_server.private.context import Context
from claudeusage_server.private.countries import Countries
from claudeusage_server.private.dashboard.routes import dashboard_pages
from claudeusage_server.private.hashes import load_hashes
from claudeusage_server.private.local import SignInCode, mint_code
from claudeusage_server.private.pages import private_pages
from claudeusage_server.private.reviewer import Reviewer
from claudeusage_server.private.visibility import hide_local_account
from claudeusage_server.public.answers import Answers
from claudeusage_server.public.api import public_router
from claudeusage_server.public.board_api import board_router
from claudeusage_server.public.pages import PublicPages
from claudeusage_server.publish import Publisher
from claudeusage_server.restored import withdraw_unknown
from claudeusage_server.settings import Settings, refuse_unsafe_exposure
from claudeusage_server.surroundings import Surroundings
from claudeusage_server.web.frame import Frame
from claudeusage_server.web.guard import REQUEST_ID, Guard
from claudeusage_server.web.openapi import document
from claudeusage_server.web.problems import problem
from claudeusage_server.web.rates import Rates


class Application:
    """The server as an ASGI application, with what its command line asks of it."""

    def __init__(self, asgi: Guard, context: Context, public: Store, timer: CutTimer) -> None:
        self.context = context
        self.public = public
        self._asgi = asgi
        self._timer = timer
        self._closing = ExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ASGI has it."""
        await self._asgi(scope, receive, send)

    @property
    def paths(self) -> frozenset[str]:
        """The path of every route, with names in braces where it has parts that vary."""
        return self._asgi.paths

    def sign_in_code(self) -> SignInCode:
        """Mint a sign-in code for the person who started the server."""
        return mint_code(self.context, self.context.settings.origin)

    def cut(self) -> bool:
        """Make the cut now; False where another process is at it."""
        return self._timer.cut()

    def make_good(self) -> None:
        """Publish what could not be published before."""
        self._timer.make_good()

    def close_last(self, close: Callable[[], None]) -> None:
        """Have something closed with the application, the latest first."""
        self._closing.callback(close)

    def close(self) -> None:
        """Close both stores."""
        self._closing.close()


def create_app(settings: Settings, surroundings: Surroundings | None = None) -> Application:
    """Open the data folder and make the application.

    Raises the errors under `CannotStart` where the folder or the settings do not allow it.
    """
    refuse_unsafe_exposure(settings)
    around = surroundings or Surroundings()
    countries = Countries(settings)
    folder.prepare(settings.data, around)
    private = open_store(settings.data / folder.PRIVATE_STORE, "private")
    public = open_store(settings.data / folder.PUBLIC_STORE, "public")
    withdraw_unknown(private, public)
    if not settings.local:
        hide_local_account(private)
    timer = CutTimer(private, Publisher(private, public, around), around)
    frame = Frame(settings)
    reviewer = Reviewer(shipped_prices(), on=settings.reviews)
    reviewer.release_all(private)
    context = Context(
        settings=settings,
        store=private,
        hashes=load_hashes(private, around),
        rates=Rates(around),
        surroundings=around,
        frame=frame,
        local_secret=folder.local_secret(settings.data),
        publish=timer.publish,
        publish_at_once=timer.publish_at_once,
        countries=countries,
        reviewer=reviewer,
    )
    answers = Answers(public, around)
    pages = PublicPages(answers, frame, local=settings.local)
    routers = private_router(context), public_router(answers), board_router(answers)
    api = _api(routers)
    routes: list[BaseRoute] = [
        *pages.routes(),
        *private_pages(context),
        *dashboard_pages(context),
        Mount("/api", api),
    ]
    asgi = Starlette(
        routes=routes,
        exception_handlers={
            Refusal: functools.partial(_refusal_page, frame),
            HTTPException: functools.partial(_http_page, pages, routes),
            Exception: functools.partial(_failed_page, frame),
        },
        lifespan=functools.partial(_lifespan, timer),
    )
    asgi.router.redirect_slashes = False
    templates = route_templates(routes, [route for router in routers for route in router.routes])
    guard = Guard(asgi, settings, around, templates)
    application = Application(guard, context, public, timer)
    for part in (private, public, answers, countries):
        application.close_last(part.close)
    timer.resume()
    return application


@asynccontextmanager
async def _lifespan(timer: CutTimer, _app: Starlette) -> AsyncGenerator[None]:
    async with timer.running():
        yield


def _api(routers: Sequence[APIRouter]) -> FastAPI:
    listed = [route for router in routers for route in router.routes]
    api = FastAPI(
        title="claudeusage",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            Refusal: _refusal_problem,
            HTTPException: functools.partial(_http_problem, listed),
            Exception: _failed_problem,
        },
    )
    for router in routers:
        api.include_router(router)
    api.openapi = functools.cache(functools.partial(document, api))  # type: ignore[method-assign]
    return api


def route_templates(
    pages: Iterable[BaseRoute], below_api: Iterable[BaseRoute]
) -> Mapping[object, str]:
    """Name the template of each endpoint, for the access log."""
    found: dict[object, str] = {}
    for prefix, listed in (("", pages), ("/api", below_api)):
        for route in listed:
            if isinstance(route, Route):
                found[route.endpoint] = prefix + route.path
    return found


async def _refusal_problem(_request: Request, error: Exception) -> Response:
    return problem(error if isinstance(error, Refusal) else NothingHere())


async def _http_problem(
    routes: Iterable[BaseRoute], request: Request, error: Exception
) -> Response:
    return problem(_refusal(routes, request, error))


async def _failed_problem(request: Request, _error: Exception) -> Response:
    return problem(Failed(request.scope[REQUEST_ID]))


async def _failed_page(frame: Frame, request: Request, _error: Exception) -> Response:
    return _page(frame, Failed(request.scope[REQUEST_ID]))


async def _refusal_page(frame: Frame, _request: Request, error: Exception) -> Response:
    return _page(frame, error if isinstance(error, Refusal) else NothingHere())


def _page(frame: Frame, refusal: Refusal) -> Response:
    values = {"title": refusal.title, "remedy": refusal.remedy}
    response = frame.private_page("refused.html", values, refusal.status)
    response.headers.update(refusal.headers)
    return response


async def _http_page(
    pages: PublicPages, routes: Iterable[BaseRoute], request: Request, error: Exception
) -> Response:
    refusal = _refusal(routes, request, error)
    # A mount does not take a path with a line feed in it, so some of `/api` comes here.
    is_page = isinstance(refusal, NothingHere) and not request.scope["path"].startswith("/api/")
    return pages.nothing_here() if is_page else problem(refusal)


def _refusal(routes: Iterable[BaseRoute], request: Request, error: Exception) -> Refusal:
    if isinstance(error, HTTPException) and error.status_code == MethodNotAllowed.status:
        return MethodNotAllowed(headers={"Allow": ", ".join(_methods(routes, request))})
    return NothingHere()


def _methods(routes: Iterable[BaseRoute], request: Request) -> list[str]:
    """List the methods of every route at an address, of which there may be one for each."""
    found = [
        route.methods or set()
        for route in routes
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE
    ]
    return sorted(set[str]().union(*found))
