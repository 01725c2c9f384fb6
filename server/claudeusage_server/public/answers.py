"""Ready bytes of public answers, kept in memory and made anew only when what they show has changed.

Each request reads an indexed row or two, on the event loop: that costs less than a thread would.
Making an answer happens in a thread, in one read of the store.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from claudeusage_server.cuts import next_cut
from claudeusage_server.database import Store
from claudeusage_server.drawn.days import History
from claudeusage_server.public.board import Board
from claudeusage_server.public.store import (
    Overview,
    Profile,
    find_profile,
    read_history,
    read_overviews,
)
from claudeusage_server.surroundings import Surroundings
from claudeusage_server.web.frame import etag

MOST_BYTES = 32 * 1024 * 1024
"""How much is kept before the least recently used answers are dropped."""

MOST_HISTORIES = 4
"""How many profiles' days are kept beside the answers made from them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A profile at a moment: what an answer is made from."""

    profile: Profile
    history: History
    last: date
    now: datetime


@dataclass(frozen=True, slots=True)
class Ready:
    """The bytes of an answer and their entity tag."""

    body: bytes
    tag: str


Render = Callable[[Shown, Board], bytes]
"""Makes an answer about a profile; the board is of the same read of the store."""

RenderBoard = Callable[[Board, datetime], bytes]
"""Makes an answer about the board, at a moment."""


class _Version(NamedTuple):
    """Which state of a profile its days are of."""

    public_id: str
    generation: int
    through: date


class _Stamp(NamedTuple):
    """What an answer is made of: where all of this is the same, so are its bytes.

    A country comes and goes with those who share it, so that it is no part of *version*, which is
    None for an answer about the board.
    """

    version: _Version | None
    country: str | None
    board: int
    turns: date


def last_day(profile: Profile, history: History, today: date) -> date:
    """Return the day that a profile ends with: for a live one today, or its last if later."""
    if not profile.live:
        return profile.through
    return max([today, *history])


class Answers:
    """Makes answers about profiles, and keeps them."""

    def __init__(self, store: Store, surroundings: Surroundings) -> None:
        self._store = store
        self._surroundings = surroundings
        self._watcher = store.watcher()
        self._kept: OrderedDict[tuple[str, str], tuple[_Stamp, Ready]] = OrderedDict()
        self._bytes = 0
        self._histories: OrderedDict[str, tuple[_Version, History]] = OrderedDict()

    async def about(self, name: str, kind: str, render: Render) -> Ready | None:
        """Return the answer of one *kind* about a profile, None where there is no such profile."""
        profile = find_profile(self._watcher, name)
        if profile is None:
            return None
        now = self._surroundings.now()
        stamp = _stamp(profile, Board(self._watcher).generation, now)
        kept = self._known((name, kind), stamp)
        if kept is not None:
            return kept
        made = await run_in_threadpool(self._make, name, now, render)
        if made is None:
            return None
        return self._keep((name, kind), *made)

    async def board(self, kind: str, render: RenderBoard) -> Ready:
        """Return the answer of one *kind* about the board."""
        now = self._surroundings.now()
        kept = self._known(("", kind), _board_stamp(Board(self._watcher), now))
        if kept is not None:
            return kept
        stamp, body = await run_in_threadpool(self._make_board, now, render)
        return self._keep(("", kind), stamp, body)

    def knows(self, name: str) -> bool:
        """Say whether there is a profile of a name."""
        return find_profile(self._watcher, name) is not None

    def overviews(self) -> Sequence[Overview]:
        """Return what every profile comes to, as far as one page lists them."""
        return read_overviews(self._watcher)

    def close(self) -> None:
        """Close the connection that watches the store."""
        self._watcher.close()

    def _make(self, name: str, now: datetime, render: Render) -> tuple[_Stamp, bytes] | None:
        with self._store.read() as connection:
            profile = find_profile(connection, name)
            if profile is None:
                return None
            board = Board(connection)
            history = self._history(connection, profile)
            shown = Shown(profile, history, last_day(profile, history, now.date()), now)
            return _stamp(profile, board.generation, now), render(shown, board)

    def _make_board(self, now: datetime, render: RenderBoard) -> tuple[_Stamp, bytes]:
        with self._store.read() as connection:
            board = Board(connection)
            return _board_stamp(board, now), render(board, now)

    def _history(self, connection: Connection, profile: Profile) -> History:
        """Read the days, or take those that were read for another period of the same profile."""
        version = _version(profile)
        known = self._histories.get(profile.public_id)
        if known is not None and known[0] == version:
            return known[1]
        history = read_history(connection, profile.public_id)
        self._histories.pop(profile.public_id, None)
        self._histories[profile.public_id] = (version, history)
        while len(self._histories) > MOST_HISTORIES:
            self._histories.popitem(last=False)
        return history

    def _known(self, key: tuple[str, str], stamp: _Stamp) -> Ready | None:
        kept = self._kept.get(key)
        if kept is None or kept[0] != stamp:
            return None
        self._kept.move_to_end(key)
        return kept[1]

    def _keep(self, key: tuple[str, str], stamp: _Stamp, body: bytes) -> Ready:
        ready = Ready(body, etag(body))
        old = self._kept.pop(key, None)
        self._bytes += len(body) - (len(old[1].body) if old else 0)
        self._kept[key] = (stamp, ready)
        while self._bytes > MOST_BYTES:
            _key, (_old, dropped) = self._kept.popitem(last=False)
            self._bytes -= len(dropped.body)
        return ready


def _version(profile: Profile) -> _Version:
    return _Version(profile.public_id, profile.generation, profile.through)


def _stamp(profile: Profile, board: int, now: datetime) -> _Stamp:
    turns = now.date() if profile.live else next_cut(now).date()
    return _Stamp(_version(profile), profile.country, board, turns)


def _board_stamp(board: Board, now: datetime) -> _Stamp:
    return _Stamp(None, None, board.generation, next_cut(now).date())
