"""The window "Preview upload": every number before it leaves."""

from datetime import datetime

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from claudeusage_app.tray.preview_numbers import NumbersPage
from claudeusage_app.tray.preview_request import RequestPage
from claudeusage_app.tray.preview_table import table_rows
from claudeusage_app.tray.preview_view import (
    PreviewView,
    Stage,
    amount,
    cause,
    destination,
    heading,
    lead,
    unsent_days,
)
from claudeusage_app.tray.theme import Text, font
from claudeusage_app.tray.tokens import Tokens
from claudeusage_core.preview import NEVER_LEAVES

SIZE = QSize(940, 600)
_SIDE_WIDTH = 210


class PreviewWindow(QWidget):
    """Shows a `PreviewView`; says when the person accepts it."""

    accepted = Signal(object)
    closing = Signal()

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._tokens = tokens
        self._view = PreviewView(Stage.READING)
        self._shown_body: bytes | None = None
        self.setWindowTitle("Preview upload")
        self.setMinimumSize(QSize(760, 460))
        self.resize(SIZE)
        self.heading = _label(Text.TITLE)
        self.lead = _label(Text.PLAIN, "second")
        self.lead.setWordWrap(True)
        self.reading = _label(Text.SMALL, "quiet")
        self.reading.hide()
        self.tabs = QTabWidget(self)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.tabBar().setFont(font(Text.STRONG))  # as wide as the chosen tab, which is bold
        self.side = _Side()
        self.foot = _Foot()
        self.foot.upload.clicked.connect(self._accept)
        self.foot.leave.clicked.connect(self.close)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Cancel), self, self.close)
        self._lay_out()

    def show_view(self, view: PreviewView, now: datetime) -> None:
        """Show *view*; the table and the request stay as they are while the body is the same."""
        before, self._view = self._view, view
        self.heading.setText(heading(view))
        self.lead.setText(lead(view))
        self.side.show_view(view)
        body = view.prepared.body if view.prepared else None
        if body != self._shown_body:
            self._shown_body = body
            self._fill_tabs(now)
        self.tabs.setVisible(body is not None)
        self.foot.show_view(view)
        if view.stage is not before.stage:
            self.foot.focus(view)

    def show_reading(self, line: str) -> None:
        """Say how far a scan is; what it finds waits for the next upload."""
        self.reading.setText(line)
        self.reading.setVisible(bool(line))

    @property
    def is_open_question(self) -> bool:
        """Whether it shows numbers that wait for an answer, or are being read or sent."""
        return self._view.stage in (Stage.READING, Stage.READY, Stage.SENDING)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 -- as Qt calls it
        self.closing.emit()
        super().closeEvent(event)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.tabs, 1)
        left.addStretch(0)
        middle = QHBoxLayout()
        middle.setSpacing(20)
        middle.addLayout(left, 1)
        middle.addWidget(_rule(vertical=True))
        middle.addWidget(self.side)
        above = QVBoxLayout()
        above.setContentsMargins(20, 18, 20, 16)
        above.setSpacing(2)
        above.addWidget(self.heading)
        above.addWidget(self.lead)
        above.addWidget(self.reading)
        above.addSpacing(12)
        above.addLayout(middle, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(above, 1)
        whole.addWidget(_rule(vertical=False))
        whole.addWidget(self.foot)

    def _fill_tabs(self, now: datetime) -> None:
        chosen = self.tabs.currentIndex()
        while self.tabs.count():
            if page := self.tabs.widget(0):
                page.deleteLater()
            self.tabs.removeTab(0)
        prepared = self._view.prepared
        if prepared is None:
            return
        rows = table_rows(prepared.preview, now.date(), len(self._tokens.models))
        note = unsent_days(self._view, now)
        self.tabs.addTab(NumbersPage(rows, note, self._tokens), "Numbers")
        self.tabs.addTab(RequestPage(prepared, self._tokens), "Exact request")
        self.tabs.setCurrentIndex(max(chosen, 0))

    @Slot()
    def _accept(self) -> None:
        self.accepted.emit(self._view)


class _Side(QWidget):
    """Where to, how much, and what never leaves: always in view."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(_SIDE_WIDTH - 20)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        self._goes_to = self._part(layout, "Goes to")
        self._how_much = self._part(layout, "How much")
        layout.addWidget(_label(Text.STRONG, text="Never leaves this computer"))
        for what in NEVER_LEAVES:
            line = QHBoxLayout()
            line.setSpacing(9)
            ring = _label(Text.SMALL, "quiet", "○")
            line.addWidget(ring, 0, Qt.AlignmentFlag.AlignTop)
            text = _label(Text.PLAIN, "second", what)
            text.setWordWrap(True)
            line.addWidget(text, 1)
            layout.addSpacing(3)
            layout.addLayout(line)
        layout.addStretch(1)

    def show_view(self, view: PreviewView) -> None:
        for labels, texts in (
            (self._goes_to, destination(view)),
            (self._how_much, amount(view)),
        ):
            for label, text in zip(labels, texts, strict=True):
                label.setText(text)
                label.setVisible(bool(text))

    def _part(self, layout: QVBoxLayout, title: str) -> tuple[QLabel, QLabel]:
        labels = (_label(Text.PLAIN), _label(Text.SMALL, "quiet"))
        layout.addWidget(_label(Text.STRONG, text=title))
        for label in labels:
            label.setWordWrap(True)
            layout.addWidget(label)
        layout.addSpacing(14)
        return labels


class _Foot(QWidget):
    """The two answers, and above them what stands in the way."""

    def __init__(self) -> None:
        super().__init__()
        self.cause = _label(Text.PLAIN, "bad")
        self.cause.setWordWrap(True)
        self.leave = QPushButton("Not now")
        self.upload = QPushButton("Upload these numbers")
        self.upload.setFont(font(Text.STRONG))
        self.upload.setProperty("main", "true")
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        buttons.addWidget(self.upload)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 12, 20, 12)
        layout.setSpacing(10)
        layout.addWidget(self.cause)
        layout.addLayout(buttons)

    def show_view(self, view: PreviewView) -> None:
        text = cause(view)
        self.cause.setText(text)
        self.cause.setVisible(bool(text))
        self.leave.setText("Close" if view.ended else "Not now")
        self.upload.setVisible(not view.ended)
        self.upload.setEnabled(view.may_upload)

    def focus(self, view: PreviewView) -> None:
        """Choose nothing for the person the first time; afterwards offer the upload."""
        offered = view.may_upload and not view.first_time
        self.upload.setDefault(offered)
        self.upload.setAutoDefault(offered)
        self.leave.setDefault(not offered)
        (self.upload if offered else self.leave).setFocus()


def _label(role: Text, tone: str = "", text: str = "") -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setFont(font(role))
    label.setProperty("tone", tone)
    return label


def _rule(*, vertical: bool) -> QFrame:
    rule = QFrame()
    rule.setProperty("rule", "true")
    if vertical:
        rule.setFixedWidth(1)
    else:
        rule.setFixedHeight(1)
    return rule
