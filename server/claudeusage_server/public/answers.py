"""Ready bytes of public answers, kept in memory and made anew only when a profile has changed.

Each request reads one indexed row, on the event loop: that costs less than a thread would. Making a
page happens in a thread.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool

from claudeusage_server.cuts import next_cut
from claudeusage_server.database import Store
from claudeusage_server.drawn.days import History
from claudeusage_server.public.store import (
    Profile,
    find_profile,
    read_history,
    read_names,
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


Render = Callable[[Shown], bytes]


class _Version(NamedTuple):
    """Which state of a profile its days are of."""

    public_id: str
    generation: int
    through: date


class _Stamp(NamedTuple):
    """What an answer is made of: where all of this is the same, so are its bytes.

    A country comes and goes with those who share it, so that it is no part of *version*.
    """

    version: _Version
    country: str | None
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
        turns = now.date() if profile.live else next_cut(now).date()
        version = _Version(profile.public_id, profile.generation, profile.through)
        stamp = _Stamp(version, profile.country, turns)
        kept = self._kept.get((name, kind))
        if kept is not None and kept[0] == stamp:
            self._kept.move_to_end((name, kind))
            return kept[1]
        known = self._histories.get(profile.public_id)
        old = known[1] if known is not None and known[0] == version else None
        history, body = await run_in_threadpool(self._make, profile, old, now, render)
        self._remember(version, history)
        ready = Ready(body, etag(body))
        self._keep((name, kind), stamp, ready)
        return ready

    def names(self, most: int) -> list[str]:
        """Return the names of up to *most* profiles."""
        return list(read_names(self._watcher, most))

    def close(self) -> None:
        """Close the connection that watches the store."""
        self._watcher.close()

    def _make(
        self, profile: Profile, old: History | None, now: datetime, render: Render
    ) -> tuple[History, bytes]:
        history = self._read(profile) if old is None else old
        shown = Shown(profile, history, last_day(profile, history, now.date()), now)
        return history, render(shown)

    def _read(self, profile: Profile) -> History:
        with self._store.read() as connection:
            return read_history(connection, profile.public_id)

    def _remember(self, version: _Version, history: History) -> None:
        """Keep the histories that were read last, for the other periods of the same profile."""
        self._histories.pop(version.public_id, None)
        self._histories[version.public_id] = (version, history)
        while len(self._histories) > MOST_HISTORIES:
            self._histories.popitem(last=False)

    def _keep(self, key: tuple[str, str], stamp: _Stamp, ready: Ready) -> None:
        old = self._kept.pop(key, None)
        self._bytes += len(ready.body) - (len(old[1].body) if old else 0)
        self._kept[key] = (stamp, ready)
        while self._bytes > MOST_BYTES:
            _key, (_stamp, dropped) = self._kept.popitem(last=False)
            self._bytes -= len(dropped.body)
