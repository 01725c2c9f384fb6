"""The windows that are open, and the look that they all have."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from claudeusage_app.tray.preview_view import PreviewView, Stage
from claudeusage_app.tray.situation import TrayView
from claudeusage_app.tray.theme import Text, chosen_tokens, dress, font

if TYPE_CHECKING:
    from claudeusage_app.tray.preview_window import PreviewWindow


class Windows(QObject):
    """Opens each window once, and remembers where it was."""

    accepted = Signal(object)

    def __init__(
        self,
        theme: str,
        qt: QApplication,
        now: Callable[[], datetime],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._now = now
        self._tokens = chosen_tokens(theme, qt.styleHints().colorScheme())
        self._preview: PreviewWindow | None = None
        self._preview_place: QRect | None = None
        self._hint: HintWindow | None = None
        self._reading = ""
        dress(qt, self._tokens)

    @Slot(object)
    def show_preview(self, view: PreviewView) -> None:
        """Show *view*, in the open window or in a new one if the person is to answer."""
        if self._preview is None and view.stage in (Stage.SENDING, Stage.SENT):
            return
        window = self._preview or self._open_preview()
        window.show_view(view, self._now())

    def raise_preview(self) -> bool:
        """Bring the open preview to the front; return whether one waits there for an answer."""
        if self._preview is None:
            return False
        _bring_to_front(self._preview)
        return self._preview.is_open_question

    @Slot()
    def show_hint(self) -> None:
        """Say once that there is no tray, in a window that nobody has to answer."""
        self._hint = HintWindow()
        self._hint.show()

    def show_figures(self, view: TrayView) -> None:
        """Say today's figures where the icon cannot, and how far a scan is."""
        self._reading = view.reading
        if self._hint:
            self._hint.figures.setText(view.tooltip)
        if self._preview:
            self._preview.show_reading(view.reading)

    def close(self) -> None:
        for window in (self._preview, self._hint):
            if window:
                window.close()

    def _open_preview(self) -> "PreviewWindow":
        from claudeusage_app.tray.preview_window import PreviewWindow

        window = PreviewWindow(self._tokens)
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        window.accepted.connect(self.accepted)
        window.closing.connect(self._forget_preview)
        if self._preview_place:
            window.setGeometry(self._preview_place)
        window.show_reading(self._reading)
        self._preview = window
        _bring_to_front(window)
        return window

    @Slot()
    def _forget_preview(self) -> None:
        if self._preview:
            self._preview_place = self._preview.geometry()
            self._preview = None


class HintWindow(QWidget):
    """What is shown where there is no tray."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("claudeusage")
        self.figures = QLabel()
        self.figures.setFont(font(Text.TITLE))
        self.figures.setTextFormat(Qt.TextFormat.PlainText)
        text = QLabel(
            "This desktop shows no tray icons. claudeusage goes on counting, and its icon appears "
            "as soon as there is a tray. Start claudeusage again to see the upload's preview."
        )
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(12)
        layout.addWidget(self.figures)
        layout.addWidget(text)
        self.setMinimumWidth(420)


def _bring_to_front(window: QWidget) -> None:
    window.show()
    window.raise_()
    window.activateWindow()
