"""The cut, done: by one process, the one that holds the lease, at start-up and at every cut.

Each process also publishes what it took in between the cuts. What it could not publish then it
tries again soon; what it still owes when it ends is made good at the next start.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from functools import partial

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool

from claudeusage_server.cuts import next_cut
from claudeusage_server.database import Store
from claudeusage_server.errors import StoreBusy
from claudeusage_server.publish import Publisher
from claudeusage_server.surroundings import Surroundings
from claudeusage_server.web.guard import error_log, log_failure

LEASE_SECONDS = 600
"""How long a process may take over a cut before another takes it on."""

_LONGEST_WAIT = 600.0
"""Seconds; the clock is looked at again after that, for it may have been set or slept."""

_RETRY_AFTER = 60.0
"""Seconds after which a cut that could not be made is tried again."""

SOON_SECONDS = 10.0
"""After that what could not be published is tried again; then after ever longer, up to a minute."""

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
        self._owed: set[str] = set()
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
                if self._owed:
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
        self._try(account, self._publisher.after_upload)

    def publish_at_once(self, account: str) -> None:
        """Publish what an owner changed, in the same way."""
        self._try(account, self._publisher.at_once)

    def _try(self, account: str, publish: Callable[[str, datetime], None]) -> None:
        try:
            publish(account, self._surroundings.now())
        except Exception as error:  # noqa: BLE001 -- see above
            log_failure("an account could not be published and is tried again", error)
            with self._guarding:
                self._owed.add(account)
                if self._wake is not None:
                    self._wake()
        else:
            with self._guarding:
                self._owed.discard(account)

    def make_good(self) -> None:
        """Try again to publish what could not be published."""
        with self._guarding:
            owed = sorted(self._owed)
        for account in owed:
            self.publish(account)

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
        while True:
            await failed.wait()
            pause = SOON_SECONDS
            while self._owed:
                await asyncio.sleep(pause)
                await run_in_threadpool(self.make_good)
                pause = min(2 * pause, _RETRY_AFTER)
            failed.clear()

    async def _until(self, due: datetime) -> None:
        while (now := self._surroundings.now()) < due:  # noqa: ASYNC110 -- a clock gives no event
            await asyncio.sleep(min((due - now).total_seconds(), _LONGEST_WAIT))

    def _try_to_cut(self) -> bool:
        try:
            return self.cut()
        except (
            OperationalError,
            StoreBusy,
        ):  # a full disk, a lock held too long: the next try may do
            error_log.error("the cut could not be made and is tried again")
            return False


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
