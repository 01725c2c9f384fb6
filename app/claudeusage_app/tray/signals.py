"""SIGTERM and SIGINT, brought into Qt's event loop without a timer that looks for them."""

import signal
import socket
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Signal, Slot


class Signals(QObject):
    """Emits `asked_to_end` in the event loop when the process is told to end."""

    asked_to_end = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.settimeout(0)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._take)
        self._before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._handlers = {
            each: signal.signal(each, _noted) for each in (signal.SIGTERM, signal.SIGINT)
        }

    def restore(self) -> None:
        """Give the signals back to whoever had them before."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._reader.close()
        self._writer.close()

    @Slot()
    def _take(self) -> None:
        self._reader.recv(64)
        self.asked_to_end.emit()


def _noted(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: that there is a handler makes Python write to the wake-up socket."""
