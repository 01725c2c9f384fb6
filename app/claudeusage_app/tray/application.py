"""The wiring of the tray app, its start and its end."""

import logging
import random
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType

from PySide6.QtCore import QLoggingCategory, QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QPixmapCache
from PySide6.QtWidgets import QApplication

from claudeusage_app.automatic import Automatic
from claudeusage_app.instances import instance_name, runtime_folder
from claudeusage_app.tray.auto_sync import AutoSync, tomorrow
from claudeusage_app.tray.bridge import Bridge
from claudeusage_app.tray.clock import Clock
from claudeusage_app.tray.menu import TrayMenu
from claudeusage_app.tray.needs import TrayProgram
from claudeusage_app.tray.scanning import Scanning
from claudeusage_app.tray.signals import Signals
from claudeusage_app.tray.single_instance import SingleInstance
from claudeusage_app.tray.situation import Situation, tray_view
from claudeusage_app.tray.tray_host import TrayHost
from claudeusage_app.tray.tray_icon import TrayIcon
from claudeusage_app.tray.uploading import Uploading
from claudeusage_app.tray.windows import Windows

_JOIN_SECONDS = 2.0
_CACHED_PICTURES_KB = 512
"""Qt would keep ten megabytes of icons with figures that never come again."""

_logger = logging.getLogger(__name__)


def run_application(program: TrayProgram, environ: Mapping[str, str]) -> int:
    """Run the tray until the person quits; a second start shows the first and ends."""
    QLoggingCategory.setFilterRules("qt.qpa.services=false\nqt.qpa.theme*=false")
    qt = QApplication(["claudeusage", *_theme_options(environ)])
    qt.setApplicationName("claudeusage")
    qt.setDesktopFileName("claudeusage")
    qt.setQuitOnLastWindowClosed(False)
    QPixmapCache.setCacheLimit(_CACHED_PICTURES_KB)
    instance = SingleInstance(
        runtime_folder(environ), instance_name(program.places.data, program.label)
    )
    if not instance.claim():
        instance.ask_to_show()
        return 0
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda gone: _log_uncaught(gone.exc_type, None, gone.exc_traceback)
    signals = Signals()
    tray = _Tray(program, qt, instance)
    signals.asked_to_end.connect(tray.quit)
    tray.start()
    code = qt.exec()
    tray.end()
    signals.restore()
    instance.release()
    return code


class _Tray(QObject):
    """Everything that lives as long as the tray app does, connected."""

    def __init__(self, program: TrayProgram, qt: QApplication, instance: SingleInstance) -> None:
        super().__init__()
        self._qt = qt
        settings = program.settings
        situation = Situation(
            label=program.label,
            automatic=settings.automatic_sync,
            paused_until=settings.paused_until,
        )
        self._bridge = Bridge(situation, self)
        automatic = Automatic(timedelta(minutes=settings.sync_minutes), random.random)
        self._uploading = Uploading(program, self._bridge, automatic, _now)
        self._auto_sync = AutoSync(
            automatic,
            _now,
            is_on=settings.automatic_sync,
            paused_until=settings.paused_until,
            parent=self,
        )
        self._scanning = Scanning(
            program,
            self._bridge,
            now=_now,
            monotonic=time.monotonic,
            on_found=self._uploading.changed,
        )
        self._clock = Clock(_now, lambda: self._scanning.seconds_to_next_walk, self)
        self._menu = TrayMenu(self)
        self._icon = TrayIcon(self._menu.menu, self)
        self._host = TrayHost(self)
        self._windows = Windows(settings.theme, qt, _now, self)
        self._connect(instance)

    def start(self) -> None:
        self._say()
        self._host.look()
        self._scanning.start()
        self._uploading.start()
        self._clock.start()

    def end(self) -> None:
        """Stop the workers, without waiting for one that does not end."""
        self._scanning.stop()
        self._uploading.stop()
        for worker in (self._scanning, self._uploading):
            worker.join(_JOIN_SECONDS)

    @Slot()
    def quit(self) -> None:
        self._icon.disappear()
        self._windows.close()
        self._qt.quit()

    def _connect(self, instance: SingleInstance) -> None:
        self._bridge.situation_changed.connect(self._say)
        self._bridge.preview_changed.connect(self._windows.show_preview)
        self._host.ready.connect(self._icon.appear)
        self._host.absent.connect(self._show_without_tray)
        self._clock.walk_due.connect(self._walk)
        self._clock.day_over.connect(self._begin_day)
        self._windows.accepted.connect(self._uploading.upload)
        self._menu.about_to_show.connect(self._say)
        self._menu.preview_chosen.connect(self._show_preview)
        self._menu.sync_chosen.connect(self._uploading.sync)
        self._bridge.situation_changed.connect(self._auto_sync.look)
        self._auto_sync.due.connect(self._uploading.sync_by_itself)
        self._auto_sync.resumed.connect(self._resume)
        self._menu.automatic_chosen.connect(self._turn_automatic)
        self._menu.hour_chosen.connect(self._pause_an_hour)
        self._menu.day_chosen.connect(self._pause_until_tomorrow)
        self._menu.resume_chosen.connect(self._resume)
        self._menu.profile_chosen.connect(self._open_profile)
        self._menu.quit_chosen.connect(self.quit)
        self._icon.activated.connect(self._show_preview)
        instance.shown.connect(self._show_preview)

    @Slot()
    def _say(self) -> None:
        situation = self._bridge.situation
        view = tray_view(situation, _now())
        self._icon.show_view(view)
        self._menu.show_view(view)
        self._windows.show_figures(view)
        if situation.today:
            self._clock.day_ends(situation.today.until)

    @Slot()
    def _walk(self) -> None:
        self._say()
        self._host.look_again()
        self._auto_sync.look()
        self._scanning.walk()

    @Slot()
    def _begin_day(self) -> None:
        self._say()
        self._scanning.new_day()

    @Slot(bool)
    def _turn_automatic(self, on: bool) -> None:  # noqa: FBT001 -- as the signal comes
        self._bridge.tell(lambda known: replace(known, automatic=on))
        self._uploading.change_settings(automatic_sync=on)
        self._auto_sync.turn(on=on)

    @Slot()
    def _pause_an_hour(self) -> None:
        self._pause(_now() + timedelta(hours=1))

    @Slot()
    def _pause_until_tomorrow(self) -> None:
        self._pause(tomorrow(_now()))

    @Slot()
    def _resume(self) -> None:
        self._pause(None)

    def _pause(self, until: datetime | None) -> None:
        self._bridge.tell(lambda known: replace(known, paused_until=until))
        self._uploading.change_settings(paused_until=until)
        self._auto_sync.pause(until)

    @Slot()
    def _show_preview(self) -> None:
        if not self._windows.raise_preview():
            self._uploading.preview()

    @Slot()
    def _show_without_tray(self) -> None:
        self._windows.show_hint()
        self._say()

    @Slot()
    def _open_profile(self) -> None:
        address = tray_view(self._bridge.situation, _now()).profile
        if address:
            QDesktopServices.openUrl(QUrl(address))


def _theme_options(environ: Mapping[str, str]) -> list[str]:
    """Keep Qt from loading GTK, which it would use for file dialogs only: a third of the memory."""
    desktop = environ.get("XDG_CURRENT_DESKTOP", "").lower()
    own = sys.platform != "linux" or "kde" in desktop or "lxqt" in desktop
    return [] if own or environ.get("QT_QPA_PLATFORMTHEME") else ["-platformtheme", "gnome"]


def _now() -> datetime:
    return datetime.now().astimezone()


def _log_uncaught(
    kind: type[BaseException], _error: BaseException | None, trace: TracebackType | None
) -> None:
    """Name what happened and where; the text of an error may quote a transcript."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    module = trace.tb_frame.f_globals.get("__name__") if trace else None
    _logger.error("Not handled: %s in %s", kind.__name__, module)
