"""A long scan, shared among processes: each reads some of the transcripts into the same ledger.

It does not matter who reads what, nor when: states merge in any order, inside write transactions.
A process divides only while it has one thread and no ledger open, so not in the tray; and only on
Linux, where that costs a millisecond.
"""

import os
import select
import signal
import struct
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Self, TypeAlias

from claudeusage_app.collect import Collector
from claudeusage_app.ledger import by_time
from claudeusage_app.ledger.database import Database
from claudeusage_app.looked import Collected, Looked, Stale
from claudeusage_app.progress import Progress
from claudeusage_core.pricing import PriceTable

MOST_PROCESSES = 4
"""More of them would wait for each other to write."""
_SAID = struct.Struct("<qq")
_DONE = -1
"""Instead of a number of files: what follows tells how the share ended."""

Ledger: TypeAlias = Callable[[], AbstractContextManager[Database]]
OnProgress: TypeAlias = Callable[[Progress], None]


def read(
    ledger: Ledger,
    prices: PriceTable,
    looked: Looked,
    on_progress: OnProgress | None,
    *,
    among: int,
) -> Collected:
    """Read what has to be read *among* so many processes, this one included.

    Call it while no ledger is open. The share of a process that was ended is read here. Raise
    what `Collector.read` does.
    """
    own, *others = divided(looked.stale, among)
    with ledger() as database:
        by_time.drop_from_empty(database)
    telling = on_progress is not None
    with ExitStack() as running:
        helpers = [
            running.enter_context(
                _Helper(ledger, prices, looked._replace(stale=share), telling=telling)
            )
            for share in others
        ]
        tell = _told_with(helpers, looked.stale, on_progress)
        with ledger() as database:
            found = Collector(database, prices).read(looked._replace(stale=own), tell)
        for helper in helpers:
            helper.wait(tell)
        ended = [helper for helper in helpers if helper.unreadable is None]
        again = [each for helper in ended for each in helper.share]
    changed = found.changed or any(helper.changed for helper in helpers)
    unreadable = found.unreadable + sum(helper.unreadable or 0 for helper in helpers)
    with ledger() as database:
        if again:
            rest = Collector(database, prices).read(looked._replace(stale=again), None)
            changed |= rest.changed
            unreadable += rest.unreadable - looked.walk.unreadable
        by_time.keep(database)
    return found._replace(changed=changed, unreadable=unreadable, written=None)


def divided(stale: Sequence[Stale], processes: int) -> list[list[Stale]]:
    """Divide transcripts into shares of about as many bytes, the largest first in each."""
    shares: list[list[Stale]] = [[] for _ in range(processes)]
    sizes = [0] * processes
    for each in sorted(stale, key=lambda each: -each.new_bytes):
        smallest = sizes.index(min(sizes))
        shares[smallest].append(each)
        sizes[smallest] += each.new_bytes
    return shares


class _Helper:
    """A process that reads one share, and tells how far it is."""

    def __init__(
        self, ledger: Ledger, prices: PriceTable, looked: Looked, *, telling: bool
    ) -> None:
        self.share = looked.stale
        self.files = self.bytes = 0
        self.changed = False
        self.unreadable: int | None = None
        """How many of its transcripts could not be read; None until it has ended well."""
        self._pipe, writing = os.pipe()
        self._rest = b""
        self._process = os.fork()
        if self._process == 0:
            code = 1
            try:
                os.close(self._pipe)
                _read_share(ledger, prices, looked, writing, telling=telling)
                code = 0
            finally:
                os._exit(code)
        os.close(writing)
        os.set_blocking(self._pipe, False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process where this one has something else to do, and wait for its end."""
        os.close(self._pipe)
        if kind is not None:
            os.kill(self._process, signal.SIGTERM)
        os.waitpid(self._process, 0)

    def listen(self) -> bool:
        """Take what the process has said, and return whether it may say more."""
        try:
            said = os.read(self._pipe, 1 << 16)
        except BlockingIOError:
            return True
        self._rest += said
        whole = len(self._rest) // _SAID.size * _SAID.size
        for files, number in _SAID.iter_unpack(self._rest[:whole]):
            if files == _DONE:
                self.unreadable, self.changed = number >> 1, bool(number & 1)
            else:
                self.files, self.bytes = files, number
        self._rest = self._rest[whole:]
        return bool(said)

    def wait(self, tell: OnProgress | None) -> None:
        """Wait until the process has nothing more to say."""
        while self.listen():
            if tell is not None:
                tell(_NOTHING_MORE)
            select.select([self._pipe], [], [])


_NOTHING_MORE = Progress(0, 0, 0, 0)


def _read_share(
    ledger: Ledger, prices: PriceTable, looked: Looked, pipe: int, *, telling: bool
) -> None:
    def tell(progress: Progress) -> None:
        os.write(pipe, _SAID.pack(progress.files_done, progress.bytes_done))

    with ledger() as database:
        found = Collector(database, prices).read(looked, tell if telling else None)
    unreadable = found.unreadable - looked.walk.unreadable
    os.write(pipe, _SAID.pack(_DONE, unreadable << 1 | found.changed))


def _told_with(
    helpers: Sequence[_Helper], stale: Sequence[Stale], on_progress: OnProgress | None
) -> OnProgress | None:
    """Return what tells the progress of this process and of all the others as one."""
    if on_progress is None:
        return None
    files, size = len(stale), sum(each.new_bytes for each in stale)
    own = Progress(0, 0, 0, 0)

    def tell(progress: Progress) -> None:
        nonlocal own
        own = max(own, progress)
        for helper in helpers:
            helper.listen()
        done = own.files_done + sum(helper.files for helper in helpers)
        read = own.bytes_done + sum(helper.bytes for helper in helpers)
        on_progress(Progress(done, files, read, size))

    return tell


def processes() -> int:
    """Return how many processes may share a scan: one where this one must not divide."""
    if sys.platform != "linux" or len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208 -- names only
        return 1
    return min(len(os.sched_getaffinity(0)), MOST_PROCESSES)
