"""The cut, done: by one process, the one that holds the lease, at start-up and at every cut.

Each process also publishes what it took in between the cuts, and what owners changed. What could
not be published then is tried again soon, and what is owed at the end is made good at the next
start.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from math import inf

from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from starlette.concurrency import run_in_threadpool

from claudeusage_server.cuts import next_cut
from claudeusage_server.database import Store
from claudeusage_server.errors import StoreBusy, StoreFull
from claudeusage_server.publish import Publisher
from claudeusage_server.surroundings import Surroundings
from claudeusage_server.web.guard import log_failure

LEASE_SECONDS = 600
"""How long a process may take over a cut before another takes it on."""

_LONGEST_WAIT = 600.0
"""Seconds; the clock is looked at again after that, for it may have been set or slept."""

_RETRY_AFTER = 60.0
"""Seconds after which a cut that could not be made is tried again."""

SOON_SECONDS = 10.0
"""After that what could not be published is tried again; then after ever longer, up to a minute."""

_KEPT = "What you asked for is noted, and done as soon as it can be. Look again in a minute."

ERASE_SECONDS = 300.0
"""Between two rebuilds of the files, so that nobody keeps them being rebuilt."""

_TAKE = text(
    "INSERT INTO leases (name, holder, until) VALUES ('cut', :holder, :until)"
    " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until"
    " WHERE leases.until <= :now OR leases.holder = excluded.holder RETURNING holder"
)
_GIVE_BACK = text("DELETE FROM leases WHERE name = 'cut' AND holder = :holder")


class CutTimer:
    """Makes the cut when it is due, and publishes in between, as long as the server runs."""

    def __init__(self, store: Store, publisher: Publisher, surroundings: Surroundings) -> None:
        self._store = store
        self._publisher = publisher
        self._surroundings = surroundings
        self._holder = surroundings.random_hex(16)
        self._owed: dict[str, bool] = {}
        """The accounts that could not be published, and whether their owner waits for it."""
        self._guarding = threading.Lock()
        self._wake: Callable[[], object] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Cut, and make good what is owed, in the background until left."""
        failed = asyncio.Event()
        async with AsyncExitStack() as stack:
            for work in (self._run(), self._make_good(failed)):
                stack.push_async_callback(_ended, asyncio.create_task(work))
            with self._guarding:
                self._wake = partial(asyncio.get_running_loop().call_soon_threadsafe, failed.set)
                if self._owes():
                    self._wake()
            try:
                yield
            finally:
                with self._guarding:
                    self._wake = None

    def publish(self, account: str) -> None:
        """Publish an account; where that fails it is tried again soon, and nothing is raised.

        What is to be published is stored by then: whoever sent it has to hear that.
        """
        with suppress(StoreBusy):
            self._try(account, at_once=False)

    def publish_at_once(self, account: str) -> None:
        """Publish what an owner changed or took away.

        Raises `StoreBusy` where the public store does not follow yet, so that nobody is told that
        something is gone which is not; then too it is tried again soon.
        """
        self._try(account, at_once=True)

    def _try(self, account: str, *, at_once: bool) -> None:
        publish = self._publisher.at_once if at_once else self._publisher.after_upload
        try:
            publish(account, self._surroundings.now())
        except Exception as error:
            log_failure("an account could not be published and is tried again", error)
            with self._guarding:
                self._owed[account] = at_once or self._owed.get(account, False)
            self._make_good_soon()
            raise StoreBusy(_KEPT) from error
        with self._guarding:
            if at_once or not self._owed.get(account):
                self._owed.pop(account, None)
        if at_once and self._owes():
            self._make_good_soon()

    def resume(self) -> None:
        """Carry out the removals that were noted and cut short; this comes before any request."""
        self._publisher.resume(self._surroundings.now())
        self._publisher.erase_traces()

    def make_good(self, *, erase: bool = True) -> None:
        """Try again to publish what could not be published, and to erase what was removed."""
        with self._guarding:
            owed = sorted(self._owed.items())
        for account, at_once in owed:
            with suppress(StoreBusy):
                self._try(account, at_once=at_once)
        if erase:
            with suppress(DatabaseError, StoreBusy, StoreFull):
                self._publisher.erase_traces()

    def _owes(self) -> bool:
        """Say whether anything is still to be made good; where that cannot be read it may be."""
        try:
            return bool(self._owed) or self._publisher.has_traces()
        except DatabaseError:
            return True

    def _make_good_soon(self) -> None:
        with self._guarding:
            if self._wake is not None:
                self._wake()

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

    async def _make_good(self, failed: asyncio.Event) -> None:
        clock, erased_at = asyncio.get_running_loop().time, -inf
        while True:
            await failed.wait()
            pause = SOON_SECONDS
            while await run_in_threadpool(self._owes):
                await asyncio.sleep(pause)
                erase = clock() - erased_at >= ERASE_SECONDS
                await run_in_threadpool(partial(self.make_good, erase=erase))
                erased_at = clock() if erase else erased_at
                pause = min(2 * pause, _RETRY_AFTER)
            failed.clear()

    async def _until(self, due: datetime) -> None:
        while (now := self._surroundings.now()) < due:  # noqa: ASYNC110 -- a clock gives no event
            await asyncio.sleep(min((due - now).total_seconds(), _LONGEST_WAIT))

    def _try_to_cut(self) -> bool:
        try:
            return self.cut()
        # A full disk, a lock held too long, rows that cannot be read: a later try may do, and
        # nothing else would ever make a cut again.
        except Exception as error:  # noqa: BLE001 -- see above
            log_failure("the cut could not be made and is tried again", error)
            return False


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
