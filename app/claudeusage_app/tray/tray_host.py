"""Whether there is a tray to show an icon in, and of which kind.

Qt decides once: an icon that is made before `org.kde.StatusNotifierWatcher` is on the bus goes to
the older XEmbed tray for good. So nothing of Qt's tray is touched, `isSystemTrayAvailable` not
either, before one of the two is known to be there.
"""

import ctypes
import ctypes.util
import sys

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtDBus import QDBusConnection, QDBusServiceWatcher
from PySide6.QtGui import QGuiApplication

WATCHER = "org.kde.StatusNotifierWatcher"
PATIENCE_MS = 3_000
"""How long a panel may take to bring its watcher before the older tray is used."""


class TrayHost(QObject):
    """Says once that there is a tray, and once, after some patience, that there is none yet."""

    ready = Signal()
    absent = Signal()

    def __init__(self, parent: QObject | None = None, patience_ms: int = PATIENCE_MS) -> None:
        super().__init__(parent)
        self._found = False
        self._bus = QDBusConnection.sessionBus()
        self._watcher = QDBusServiceWatcher(
            WATCHER, self._bus, QDBusServiceWatcher.WatchModeFlag.WatchForRegistration, self
        )
        self._watcher.serviceRegistered.connect(self._find)
        self._patience = QTimer(self, singleShot=True, interval=patience_ms)
        self._patience.timeout.connect(self._give_up_waiting)

    @Slot()
    def look(self) -> None:
        """Begin to wait for a tray."""
        if sys.platform != "linux" or self._watcher_is_there():
            self._find()
        else:
            self._patience.start()

    @Slot()
    def look_again(self) -> None:
        """Use an XEmbed tray that has come later; a watcher on the bus makes itself known."""
        if not self._found and not self._patience.isActive() and xembed_tray_is_there():
            self._find()

    @Slot()
    def _find(self) -> None:
        if not self._found:
            self._found = True
            self._patience.stop()
            self.ready.emit()

    @Slot()
    def _give_up_waiting(self) -> None:
        if self._watcher_is_there() or xembed_tray_is_there():
            self._find()
        else:
            self.absent.emit()

    def _watcher_is_there(self) -> bool:
        if not self._bus.isConnected():
            return False
        return bool(self._bus.interface().isServiceRegistered(WATCHER).value())


def xembed_tray_is_there() -> bool:
    """Return whether a window owns the selection of the X11 system tray."""
    if QGuiApplication.platformName() != "xcb":
        return False
    try:
        x11 = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
    except OSError:
        return False
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = ctypes.c_ulong
    x11.XGetSelectionOwner.restype = ctypes.c_ulong
    address: int | None = x11.XOpenDisplay(None)
    if address is None:
        return False
    display = ctypes.c_void_p(address)
    try:
        selection = f"_NET_SYSTEM_TRAY_S{x11.XDefaultScreen(display)}".encode()
        atom = ctypes.c_ulong(x11.XInternAtom(display, selection, 0))
        return bool(x11.XGetSelectionOwner(display, atom))
    finally:
        x11.XCloseDisplay(display)
