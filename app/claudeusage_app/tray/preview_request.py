"""The page "Exact request" of the preview window: what is sent, byte for byte."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from claudeusage_app.tray.preview_view import indented, request_head
from claudeusage_app.tray.theme import Text, font, mono
from claudeusage_app.tray.tokens import Tokens

if TYPE_CHECKING:
    from claudeusage_app.sync import Prepared

_LINE_HEIGHT = 125.0
"""In percent of the font's own."""


class RequestPage(QWidget):
    """Method, address, headers, an empty line and the body; read-only, selectable by keyboard."""

    def __init__(self, prepared: "Prepared", tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prepared = prepared
        self._tokens = tokens
        self.text = QTextEdit(self)
        self.text.setAccessibleName("The exact request")
        self.text.setReadOnly(True)
        self.text.setUndoRedoEnabled(False)
        self.text.setAcceptRichText(False)
        self.text.setFont(mono())
        self.text.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setTabChangesFocus(True)
        self.text.document().setDocumentMargin(12)
        self.indent = QCheckBox("Indent for reading", self)
        self.indent.toggled.connect(self._show_body)
        self.note = QLabel(self)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setFont(font(Text.SMALL))
        self.note.setProperty("tone", "quiet")
        self.copy = QPushButton("Copy body", self)
        self.copy.setProperty("link", "true")
        self.copy.setAutoDefault(False)
        self.copy.clicked.connect(self._copy_body)
        foot = QHBoxLayout()
        foot.addWidget(self.indent)
        foot.addWidget(self.note, 1)
        foot.addWidget(self.copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 12, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.text, 1)
        layout.addLayout(foot)
        self._show_body(indent=False)

    @Slot(bool)
    def _show_body(self, indent: bool) -> None:  # noqa: FBT001 -- as the signal comes
        body = self._prepared.body
        self.note.setText("Indented here. What is sent is not." if indent else "")
        self.text.clear()
        head = request_head(self._prepared)
        line, _, headers = head.partition("\n")
        self._write(line, self._tokens.accent)
        self._write(f"\n{headers}\n\n", self._tokens.ink3)
        self._write(indented(body) if indent else body.decode(), self._tokens.ink)
        self.text.moveCursor(QTextCursor.MoveOperation.Start)

    def _write(self, text: str, colour: str) -> None:
        form = QTextCharFormat()
        form.setForeground(QColor(colour))
        lines = QTextBlockFormat()
        lines.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor = self.text.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.setBlockFormat(lines)
        cursor.insertText(text, form)

    @Slot()
    def _copy_body(self) -> None:
        QGuiApplication.clipboard().setText(self._prepared.body.decode())
        self.note.setText("Copied.")
