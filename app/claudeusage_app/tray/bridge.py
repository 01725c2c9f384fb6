"""The one crossing from the workers' threads to the thread of the windows."""

import threading
from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal, Slot

from claudeusage_app.tray.preview_view import PreviewView
from claudeusage_app.tray.situation import Situation

PAUSE_MS = 250
"""Between two deliveries: four a second are as many as anybody can read."""


class Bridge(QObject):
    """Holds what is known, and delivers it as whole values, never faster than `PAUSE_MS`."""

    situation_changed = Signal(object)
    preview_changed = Signal(object)
    _poked = Signal()

    def __init__(self, situation: Situation, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._situation = situation
        self._delivered = situation
        self._lock = threading.Lock()
        self._under_way = False
        self._since_delivery = QElapsedTimer()
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self._deliver)
        self._poked.connect(self._deliver_soon, Qt.ConnectionType.QueuedConnection)

    @property
    def situation(self) -> Situation:
        """What is known now, from any thread."""
        with self._lock:
            return self._situation

    def tell(self, change: Callable[[Situation], Situation]) -> None:
        """Change what is known, from any thread."""
        with self._lock:
            self._situation = change(self._situation)
            if self._under_way or self._situation == self._delivered:
                return
            self._under_way = True
        self._poked.emit()

    def tell_preview(self, view: PreviewView) -> None:
        """Tell what the preview window shows, from any thread."""
        self.preview_changed.emit(view)

    @Slot()
    def _deliver_soon(self) -> None:
        rest = PAUSE_MS - self._since_delivery.elapsed() if self._since_delivery.isValid() else 0
        if rest > 0:
            self._later.start(rest)
        else:
            self._deliver()

    @Slot()
    def _deliver(self) -> None:
        self._since_delivery.start()
        with self._lock:
            self._under_way = False
            situation, before = self._situation, self._delivered
            self._delivered = situation
        if situation != before:
            self.situation_changed.emit(situation)
