"""The public half of ``/api``: a profile's numbers as JSON, the same that its page shows."""

from datetime import date

from fastapi import APIRouter, Request, Response

from claudeusage_core import wire
from claudeusage_server.drawn.days import Day, Spent
from claudeusage_server.drawn.periods import Period
from claudeusage_server.drawn.summary import Summary, summarise
from claudeusage_server.errors import NothingHere
from claudeusage_server.public.answers import Answers, Shown
from claudeusage_server.public.board import Board
from claudeusage_server.public.grid import grid_span
from claudeusage_server.web.bodies import AnyObject
from claudeusage_server.web.frame import public_answer
from claudeusage_server.web.openapi import Operation

PROFILE_PATH = "/v1/profile/{name}"


def public_router(answers: Answers) -> APIRouter:
    """Make the router; its path is below ``/api``."""
    router = APIRouter()

    async def profile(request: Request) -> Response:
        """Return a profile: the sums of each period, and each day of the last 53 weeks."""
        ready = await answers.about(request.path_params["name"], "json", _profile)
        if ready is None:
            raise NothingHere
        return public_answer(request, ready.body, ready.tag, "application/json", {})

    operation = Operation(answers=AnyObject, in_path=("name",), refuses=(NothingHere,))
    router.add_api_route(
        PROFILE_PATH,
        profile,
        methods=["GET"],
        response_class=Response,
        openapi_extra=operation.members,
    )
    return router


def _profile(shown: Shown, _board: Board) -> bytes:
    who = shown.profile
    span = grid_span(shown.last)
    summaries = [summarise(shown.history, period, shown.last, live=who.live) for period in Period]
    return wire.canonical(
        {
            "name": who.name,
            "display_name": who.display_name,
            "anonymous": who.anonymous,
            "country": who.country,
            "joined": who.joined_month,
            "through": shown.last.isoformat(),
            "live": who.live,
            "streak": summaries[0].running.days,
            "longest_streak": summaries[0].longest.days,
            "periods": {summary.period.value: _period(summary) for summary in summaries},
            "days": [_day(when, day) for when, day in shown.history.items() if span.holds(when)],
        }
    )


def _period(summary: Summary) -> dict[str, object]:
    return {
        "first": summary.span.first.isoformat(),
        "last": summary.span.last.isoformat(),
        "active_days": summary.sums.active_days,
        "active_seconds": summary.sums.active_seconds,
        "sessions": summary.sums.sessions,
        **_spent(summary.sums.spent),
        "models": [{"model": model, **_spent(spent)} for model, spent in summary.models],
    }


def _day(when: date, day: Day) -> dict[str, object]:
    return {
        "date": when.isoformat(),
        "active_seconds": day.active_seconds,
        "sessions_active": day.sessions_active,
        "sessions_started": day.sessions_started,
        **_spent(day.spent),
    }


def _spent(spent: Spent) -> dict[str, object]:
    return {
        "messages": spent.messages,
        "tokens": spent.tokens,
        "input_tokens": spent.input,
        "output_tokens": spent.output,
        "cache_write_tokens": spent.cache_write,
        "cache_read_tokens": spent.cache_read,
        "cost_microusd": spent.cost,
        "unpriced_tokens": spent.unpriced,
    }
