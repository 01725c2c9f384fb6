"""The board's half of ``/api``: a page of a list as JSON, with the numbers that its page shows."""

from datetime import date, datetime
from functools import partial

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, TypeAdapter

from claudeusage_core import wire
from claudeusage_server.cuts import next_cut
from claudeusage_server.errors import NothingHere, QueryInvalid
from claudeusage_server.public.answers import Answers
from claudeusage_server.public.board import Board, Entry, Page
from claudeusage_server.public.choices import CODE, Choice, of_somebody, page_of, read_strictly
from claudeusage_server.public.details import Details
from claudeusage_server.public.rankings import Measure, Reach
from claudeusage_server.web.bodies import JSON
from claudeusage_server.web.frame import public_answer
from claudeusage_server.web.openapi import Operation

PATH = "/v1/leaderboard"


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ranked(_Told):
    """Somebody in a list; *value* is in the measure's unit, and *days* are the last 14 up to now.

    *before* is the rank at the cut before, null where there was none and in the list of a country;
    *cost_microusd* and *tokens* are of the same days as *value*, of all days for the streak, and
    null where there are none.
    """

    rank: int
    before: int | None
    name: str
    display_name: str | None
    anonymous: bool
    country: str | None
    value: int
    cost_microusd: int | None
    tokens: int | None
    days: list[int]


class Leaderboard(_Told):
    """A page of a list; *previous* and *next* are cursors, null at the ends.

    *value* is micro-USD, tokens, seconds of active time or days of a streak; *through* is the last
    day that is ranked, null before the first cut.
    """

    measure: Measure
    period: Reach | None
    country: str | None
    through: date | None
    next_cut: datetime
    people: int
    entries: list[Ranked]
    previous: str | None
    next: str | None


def board_router(answers: Answers) -> APIRouter:
    """Make the router; its path is below ``/api``."""
    router = APIRouter()

    async def leaderboard(request: Request) -> Response:
        """Return a page of the leaderboard: the first one, that of a cursor, or around a name."""
        choice = of_somebody(read_strictly(request.query_params), answers.knows)
        ready = await answers.board(f"board json {choice.query}", partial(_leaderboard, choice))
        return public_answer(request, ready.body, ready.tag, JSON, {})

    operation = Operation(
        answers=Leaderboard,
        may_query={
            "measure": TypeAdapter(Measure).json_schema(),
            "period": TypeAdapter(Reach).json_schema(),
            "country": {"type": "string", "pattern": CODE},
            "cursor": {"type": "string"},
            "around": {"type": "string"},
        },
        refuses=(NothingHere, QueryInvalid),
    )
    router.add_api_route(
        PATH,
        leaderboard,
        methods=["GET"],
        response_class=Response,
        openapi_extra=operation.members,
    )
    router.add_api_route(PATH, leaderboard, methods=["HEAD"], include_in_schema=False)
    return router


def _leaderboard(choice: Choice, board: Board, now: datetime) -> bytes:
    page = page_of(board, choice)
    if page is None:
        raise NothingHere
    told = Leaderboard(
        measure=choice.measure,
        period=choice.ranking.reach,
        country=choice.country,
        through=board.through,
        next_cut=next_cut(now),
        people=board.people(choice.ranking, choice.country),
        entries=_entries(board, choice, page),
        previous=page.previous,
        next=page.following,
    )
    return wire.canonical(told.model_dump(mode="json"))


def _entries(board: Board, choice: Choice, page: Page) -> list[Ranked]:
    details = board.details(choice.ranking, page.entries)
    return [_ranked(*each) for each in zip(page.entries, details, strict=True)]


def _ranked(entry: Entry, details: Details) -> Ranked:
    return Ranked(
        rank=entry.rank,
        before=entry.before,
        name=entry.name,
        display_name=entry.display_name,
        anonymous=entry.anonymous,
        country=entry.country,
        value=entry.value,
        cost_microusd=details.cost,
        tokens=details.tokens,
        days=list(details.days),
    )
