"""The jobs of the worker that reads transcripts into the ledger."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from claudeusage_app.hinted import Hinted
from claudeusage_app.progress import Pace, Progress
from claudeusage_app.tray.bridge import Bridge
from claudeusage_app.tray.needs import TrayProgram
from claudeusage_app.watcher import Watcher
from claudeusage_app.worker import Worker
from claudeusage_core.errors import ClaudeusageError

PAUSE_SECONDS = 0.1
"""Between two looks at the transcripts that follow hints; the first one comes at once."""
TELL_AFTER_SECONDS = 1.0
"""A scan that takes longer than this is shown."""
QUIET_WALKS = 5
QUIET_FACTOR = 5
"""After so many walks that found nothing, the next ones are so many times rarer."""


class Scanning:
    """Reads when there is a hint and at every walk, and tells the bridge what came of it."""

    def __init__(
        self,
        program: TrayProgram,
        bridge: Bridge,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        on_found: Callable[[], None] = lambda: None,
    ) -> None:
        """Take, beside what it works with, what is told on the worker's thread of new numbers."""
        self._on_found = on_found
        self._program = program.on_one_thread()
        self._bridge = bridge
        self._now = now
        self._monotonic = monotonic
        self._worker = Worker("claudeusage-scan", self._failed, self._program.close)
        self._hints = _Hints()
        self._walk_seconds = program.settings.walk_seconds
        watch = program.settings.watch
        self._watcher = Watcher(program.roots(), self._hint) if watch else None
        self._began = 0.0
        self._pace = Pace(monotonic)
        self._ended = 0.0
        self._linked: frozenset[str] | None = None
        self._quiet_walks = 0

    def start(self) -> None:
        """Tell the ledger's figures first, then listen, then read everything."""
        self._worker.start()
        self._worker.post(self.tell_today)
        self._worker.post(self._listen)
        self._worker.post(self._walk)

    def walk(self) -> None:
        """Look at all transcripts."""
        self._worker.post(self._walk)

    def new_day(self) -> None:
        """Read the figures of the day that has begun."""
        self._worker.post(self.tell_today)

    def stop(self) -> None:
        self._worker.stop()
        if self._watcher:
            self._watcher.stop()

    def join(self, timeout: float) -> bool:
        return self._worker.join(timeout)

    @property
    def seconds_to_next_walk(self) -> int:
        """How long the walk may wait: rarer while nothing happens, if events announce it."""
        trusted = self._watcher is not None and not self._watcher.by_polling
        quiet = trusted and self._quiet_walks >= QUIET_WALKS
        return self._walk_seconds * (QUIET_FACTOR if quiet else 1)

    def tell_today(self) -> None:
        """Tell the figures of the ledger as it is."""
        today = self._program.today()
        self._bridge.tell(lambda known: replace(known, today=today))

    def _listen(self) -> None:
        if self._watcher:
            self._watcher.start()

    def _hint(self, path: str | None) -> None:
        self._hints.add(path)
        self._quiet_walks = 0
        self._worker.post(self._look)

    def _look(self) -> None:
        self._worker.pause(self._ended + PAUSE_SECONDS - self._monotonic())
        paths = self._hints.take()
        if None in paths or self._linked is None:
            self._look_at_all()
        elif paths:
            self._collect(Hinted(frozenset(filter(None, paths)), self._linked))

    def _look_at_all(self) -> bool:
        if self._watcher:
            self._watcher.arm()
        self._hints.take()
        return self._collect(None)

    def _walk(self) -> None:
        first, changed = not self._ended, self._look_at_all()
        announced = self._hints.came()
        self._quiet_walks = 0 if changed else self._quiet_walks + 1
        if self._watcher and not first:
            self._watcher.told(found=changed, announced=announced)

    def _collect(self, hinted: Hinted | None) -> bool:
        self._began = self._monotonic()
        self._pace = Pace(self._monotonic)
        try:
            found = self._program.collect(self._progress, hinted)
        except BaseException:
            self._linked = None  # so that the next look leaves nothing out
            raise
        self._linked = found.linked
        self._ended = self._monotonic()
        self._bridge.tell(lambda known: replace(known, reading=None, scan_error=None))
        today = self._bridge.situation.today
        if found.changed or today is None or self._now() >= today.until:
            self.tell_today()
        if found.changed:
            self._on_found()
        return found.changed

    def _progress(self, progress: Progress) -> None:
        self._worker.pause(0)
        if self._monotonic() - self._began >= TELL_AFTER_SECONDS:
            forecast = self._pace.told(progress)
            if forecast is not None:
                self._bridge.tell(lambda known: replace(known, reading=forecast))

    def _failed(self, error: ClaudeusageError) -> None:
        self._bridge.tell(lambda known: replace(known, reading=None, scan_error=error))


class _Hints:
    """What was hinted at since it was last taken: paths, or None for everything."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paths: set[str | None] = set()
        self._came = False

    def add(self, path: str | None) -> None:
        with self._lock:
            self._paths.add(path)
            self._came = True

    def take(self) -> set[str | None]:
        with self._lock:
            paths, self._paths = self._paths, set()
            return paths

    def came(self) -> bool:
        """Say whether there was any hint since this was last asked."""
        with self._lock:
            came, self._came = self._came, False
            return came
