"""Automatic uploads: begun when one is due, unless they are paused or turned off."""

from collections.abc import Callable
from datetime import datetime, timedelta

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from claudeusage_app.automatic import Automatic

_SHORTEST_MS = 60_000
_LONGEST_MS = 24 * 60 * 60 * 1000


class AutoSync(QObject):
    """One timer, never shorter than a minute, that is set anew whenever something has happened."""

    due = Signal()
    resumed = Signal()

    def __init__(
        self,
        automatic: Automatic,
        now: Callable[[], datetime],
        *,
        is_on: bool,
        paused_until: datetime | None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._automatic = automatic
        self._now = now
        self._is_on = is_on
        self._paused_until = paused_until
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.VeryCoarseTimer)
        self._timer.timeout.connect(self.look)

    def turn(self, *, on: bool) -> None:
        """Turn automatic uploads on or off."""
        self._is_on = on
        self.look()

    def pause(self, until: datetime | None) -> None:
        """Upload nothing by itself *until* then; None goes on."""
        self._paused_until = until
        self.look()

    @Slot()
    def look(self) -> None:
        """Begin an upload if one is due, and else be awake when it is."""
        now = self._now()
        if self._paused_until is not None and self._paused_until <= now:
            self._paused_until = None
            self.resumed.emit()
        wake = self._paused_until or (self._automatic.due(now) if self._is_on else None)
        if wake is None:
            self._timer.stop()
        elif wake <= now:
            self.due.emit()
        else:
            left = (wake - now) // timedelta(milliseconds=1)
            self._timer.start(min(max(left, _SHORTEST_MS), _LONGEST_MS))


def tomorrow(now: datetime) -> datetime:
    """Return the next midnight of the zone that *now* is in."""
    day = now.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0, fold=0)
    return (day + timedelta(days=1)).astimezone()
