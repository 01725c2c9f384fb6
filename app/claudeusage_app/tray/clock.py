"""The moments at which something is due without any event: the next walk, the next midnight."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import SLOT, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtDBus import QDBusConnection

_LONGEST_MS = 24 * 60 * 60 * 1000
_LOGIN = "org.freedesktop.login1"
_LOGIN_PATH = "/org/freedesktop/login1"


class Clock(QObject):
    """Two timers of a minute and more, and the system's word that it has woken up."""

    walk_due = Signal()
    day_over = Signal()

    def __init__(
        self,
        now: Callable[[], datetime],
        seconds_to_next_walk: Callable[[], int],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._now = now
        self._seconds_to_next_walk = seconds_to_next_walk
        self._until: datetime | None = None
        self._told: datetime | None = None
        self._walk = QTimer(self, singleShot=True, timerType=Qt.TimerType.VeryCoarseTimer)
        self._walk.timeout.connect(self._walk_now)
        self._midnight = QTimer(self, singleShot=True, timerType=Qt.TimerType.VeryCoarseTimer)
        self._midnight.timeout.connect(self._check_day)

    def start(self) -> None:
        self._walk.start(self._seconds_to_next_walk() * 1000)
        # The timers stand still while the computer sleeps.
        QDBusConnection.systemBus().connect(  # type: ignore[call-overload]  # it takes what SLOT returns
            _LOGIN,
            _LOGIN_PATH,
            f"{_LOGIN}.Manager",
            "PrepareForSleep",
            self,
            SLOT("_sleep_changed(bool)"),  # pyright: ignore[reportArgumentType] -- as above
        )

    def day_ends(self, until: datetime) -> None:
        """Be awake at *until*."""
        self._until = until
        self._arm_midnight()

    @Slot()
    def _walk_now(self) -> None:
        self._check_day()
        self.walk_due.emit()
        self._walk.start(self._seconds_to_next_walk() * 1000)

    @Slot()
    def _check_day(self) -> None:
        if self._until is None:
            return
        if self._now() < self._until:
            self._arm_midnight()
        elif self._told != self._until:
            self._told = self._until
            self.day_over.emit()

    @Slot(bool)
    def _sleep_changed(self, begins: bool) -> None:  # noqa: FBT001 -- as the signal comes
        if not begins:
            self._walk_now()

    def _arm_midnight(self) -> None:
        if self._until is not None:
            left = int((self._until - self._now()).total_seconds() * 1000) + 1
            self._midnight.start(min(max(left, 0), _LONGEST_MS))
