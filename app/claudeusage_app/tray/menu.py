"""The tray's menu: texts only, the first two of which are today's figures and the state."""

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from claudeusage_app.tray.situation import TrayView


class TrayMenu(QObject):
    """The menu and what was chosen in it."""

    preview_chosen = Signal()
    sync_chosen = Signal()
    automatic_chosen = Signal(bool)
    hour_chosen = Signal()
    day_chosen = Signal()
    resume_chosen = Signal()
    profile_chosen = Signal()
    quit_chosen = Signal()
    about_to_show = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.menu = QMenu()
        self.menu.aboutToShow.connect(self.about_to_show)
        self._today = self._add("", self.preview_chosen)
        self._state = self._add("", self.preview_chosen)
        self.menu.addSeparator()
        self._add("Preview upload…", self.preview_chosen)
        self._sync = self._add("Sync now", self.sync_chosen)
        self._automatic = self.menu.addAction("Automatic sync")
        self._automatic.setCheckable(True)
        self._automatic.triggered.connect(self.automatic_chosen)
        self._pause = self.menu.addMenu("Pause")
        for text, chosen in (("1 hour", self.hour_chosen), ("Until tomorrow", self.day_chosen)):
            self._pause.addAction(text).triggered.connect(chosen)
        self._resume = self._add("Resume", self.resume_chosen)
        self.menu.addSeparator()
        self._profile = self._add("Open my profile", self.profile_chosen)
        self.menu.addSeparator()
        self._add("Quit", self.quit_chosen)

    @Slot(object)
    def show_view(self, view: TrayView) -> None:
        """Say what *view* says, touching only what has changed."""
        _say(self._today, view.today_line)
        _say(self._state, view.state_line)
        _enable(self._profile, enabled=bool(view.profile))
        if self._automatic.isChecked() != view.automatic:
            self._automatic.setChecked(view.automatic)
        _show(self._pause.menuAction(), shown=view.automatic and not view.paused)
        _show(self._resume, shown=view.automatic and view.paused)

    def _add(self, text: str, chosen: SignalInstance) -> QAction:
        action = self.menu.addAction(text)
        action.triggered.connect(chosen)
        return action


def _say(action: QAction, text: str) -> None:
    if action.text() != text:
        action.setText(text)


def _enable(action: QAction, *, enabled: bool) -> None:
    if action.isEnabled() != enabled:
        action.setEnabled(enabled)


def _show(action: QAction, *, shown: bool) -> None:
    if action.isVisible() != shown:
        action.setVisible(shown)
