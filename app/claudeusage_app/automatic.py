"""When the next automatic upload is due: after a change, never too often, later after failures.

Moments are by the wall clock, so that the time which a computer slept counts; a clock that is set
back delays nothing for longer than it would have waited anyway.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from claudeusage_app.errors import ServerBusy, ServerUnreachable, UploadUnderWay
from claudeusage_app.ledger.errors import LedgerUnavailable
from claudeusage_app.link_errors import CredentialsUnavailable
from claudeusage_core.errors import ClaudeusageError

SETTLED = timedelta(minutes=1)
"""A change has settled when nothing was added for so long."""
LONGEST_PAUSE = timedelta(hours=1)
_SPREAD = 0.2
"""By how much of itself each wait may be longer, so that not all computers come at once."""
_PASSING = (
    CredentialsUnavailable,
    LedgerUnavailable,
    ServerBusy,
    ServerUnreachable,
    UploadUnderWay,
)


class Automatic:
    """Says when to upload; whoever does it tells what came of it, from any thread."""

    def __init__(self, every: timedelta, chance: Callable[[], float]) -> None:
        """Upload at most *every* so often; *chance* gives numbers from 0 to 1."""
        self._every = every
        self._chance = chance
        self._lock = threading.Lock()
        self._last: datetime | None = None
        self._gap = every
        self._changes: tuple[datetime, datetime] | None = None
        """The first and the last change that is not uploaded."""
        self._failures = 0
        self._pause: timedelta | None = None
        """How long after a failure the next one waits; None where the last has not failed."""

    def changed(self, now: datetime) -> None:
        """Note that there are new numbers."""
        with self._lock:
            self._changes = (self._changes[0] if self._changes else now, now)

    def last_was(self, moment: datetime) -> None:
        """Take when the last upload was, before this program ran."""
        with self._lock:
            self._last = moment

    def begun(self) -> None:
        """Note that an upload of all that has changed so far was begun."""
        with self._lock:
            self._changes = None
            self._pause = None

    def answered(self, now: datetime) -> None:
        """Note that the server has everything that had changed when the upload was begun."""
        with self._lock:
            self._last = now
            self._gap = self._longer(self._every)
            self._failures = 0
            self._pause = None

    def failed(self, now: datetime, error: ClaudeusageError) -> None:
        """Note that an upload has failed: it is due again later, ever later.

        What does not pass by itself is tried once in a long while: somebody may have mended it.
        """
        from claudeusage_app.retrying import back_off  # memory that most days need not

        with self._lock:
            self._failures += 1
            pause = LONGEST_PAUSE
            if isinstance(error, _PASSING):
                pause = timedelta(seconds=back_off(self._failures))
            asked = timedelta(seconds=getattr(error, "seconds", None) or 0)
            self._last = now
            self._pause = max(self._longer(pause), asked)

    def due(self, now: datetime) -> datetime | None:
        """Return when the next upload is due, as seen from *now*; None while there is no reason."""
        with self._lock:
            self._heed_clock(now)
            if self._last is not None and self._pause is not None:
                return self._last + self._pause
            if self._changes is None:
                return None
            first, last = self._changes
            settled = min(last + SETTLED, first + self._every)
            return settled if self._last is None else max(settled, self._last + self._gap)

    def _heed_clock(self, now: datetime) -> None:
        """Let waiting begin at *now* where it began later: the clock was set back meanwhile."""
        if self._last is not None:
            self._last = min(self._last, now)
        if self._changes is not None:
            first, last = self._changes
            self._changes = (min(first, now), min(last, now))

    def _longer(self, wait: timedelta) -> timedelta:
        return wait * (1 + _SPREAD * self._chance())
