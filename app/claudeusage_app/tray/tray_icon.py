"""The icon in the tray: made once there is a tray, drawn again only when it looks different."""

import sys

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from claudeusage_app.tray.icon import tray_icon
from claudeusage_app.tray.situation import IconState, TrayView


class TrayIcon(QObject):
    """Shows the last view that it was given, as soon as it may."""

    activated = Signal()

    def __init__(self, menu: QMenu, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._menu = menu
        self._icon: QSystemTrayIcon | None = None
        self._view: TrayView | None = None
        self._drawn: tuple[IconState, str] | None = None

    @Slot()
    def appear(self) -> None:
        """Show the icon, from the moment that a tray is known to be there."""
        self._icon = QSystemTrayIcon(self)
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._clicked)
        self._paint()
        self._icon.show()
        self._tell()  # a tooltip that was set before is lost when the icon is shown

    @Slot(object)
    def show_view(self, view: TrayView) -> None:
        before, self._view = self._view, view
        self._paint()
        if before is None or before.tooltip != view.tooltip:
            self._tell()

    def disappear(self) -> None:
        if self._icon:
            self._icon.hide()

    def _paint(self) -> None:
        if self._icon is None or self._view is None:
            return
        wanted = (self._view.state, self._view.glyphs)
        if wanted != self._drawn:
            self._drawn = wanted
            self._icon.setIcon(tray_icon(*wanted, mask=sys.platform == "darwin"))

    def _tell(self) -> None:
        if self._icon and self._view:
            self._icon.setToolTip(self._view.tooltip)

    @Slot(QSystemTrayIcon.ActivationReason)
    def _clicked(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason == QSystemTrayIcon.ActivationReason.Trigger and sys.platform != "darwin":
            self.activated.emit()
