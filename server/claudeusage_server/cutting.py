"""The cut, done: by one process, the one that holds the lease, at start-up and at every cut."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool

from claudeusage_server.cuts import next_cut
from claudeusage_server.database import Store
from claudeusage_server.publish import Publisher
from claudeusage_server.surroundings import Surroundings
from claudeusage_server.web.guard import error_log

LEASE_SECONDS = 600
"""How long a process may take over a cut before another takes it on."""

_LONGEST_WAIT = 600.0
"""Seconds; the clock is looked at again after that, for it may have been set or slept."""

_RETRY_AFTER = 60.0
"""Seconds after which a cut that could not be made is tried again."""

_TAKE = text(
    "INSERT INTO leases (name, holder, until) VALUES ('cut', :holder, :until)"
    " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until"
    " WHERE leases.until <= :now OR leases.holder = excluded.holder RETURNING holder"
)
_GIVE_BACK = text("DELETE FROM leases WHERE name = 'cut' AND holder = :holder")


class CutTimer:
    """Makes the cut when it is due, as long as the server runs."""

    def __init__(self, store: Store, publisher: Publisher, surroundings: Surroundings) -> None:
        self._store = store
        self._publisher = publisher
        self._surroundings = surroundings
        self._holder = surroundings.random_hex(16)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Cut in the background until left."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def cut(self) -> bool:
        """Make the cut; False where another process holds the lease."""
        now = self._surroundings.seconds()
        lease = {"holder": self._holder, "now": now, "until": now + LEASE_SECONDS}
        with self._store.write() as connection:
            if connection.execute(_TAKE, lease).one_or_none() is None:
                return False
        self._publisher.at_cut(self._surroundings.now())
        with self._store.write() as connection:
            connection.execute(_GIVE_BACK, {"holder": self._holder})
        return True

    async def _run(self) -> None:
        while True:
            due = next_cut(self._surroundings.now())
            if not await run_in_threadpool(self._try_to_cut):
                await asyncio.sleep(_RETRY_AFTER)
                continue
            await self._until(due)

    async def _until(self, due: datetime) -> None:
        while (now := self._surroundings.now()) < due:  # noqa: ASYNC110 -- a clock gives no event
            await asyncio.sleep(min((due - now).total_seconds(), _LONGEST_WAIT))

    def _try_to_cut(self) -> bool:
        try:
            return self.cut()
        except OperationalError:  # a full disk, a lock held too long: the next try may do
            error_log.error("the cut could not be made and is tried again")
            return False
