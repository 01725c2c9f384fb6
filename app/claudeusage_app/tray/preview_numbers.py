"""The page "Numbers" of the preview window: the table, painted."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    Qt,
)
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from claudeusage_app.tray.preview_table import COST, DAY_FIGURES, HEADERS, Cell, Row, Tone
from claudeusage_app.tray.theme import Text, font
from claudeusage_app.tray.tokens import Tokens

Index = QModelIndex | QPersistentModelIndex

_AROUND = 13
_BETWEEN = 10
_MARGIN = 8
_NAME_MARGIN = 28
_WIDEST = ("", "was 18,402", "was 88.8M", "was 88.8M", "was 88.8M", "was 88.8M", "$8,888.88")
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class RowsModel(QAbstractTableModel):
    """Rows of cells for the view; a cell as one text for those who listen."""

    def __init__(self, rows: Sequence[Row], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows = rows

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 -- as Qt declares it
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 -- as Qt declares it
        return 0 if parent.isValid() else len(HEADERS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 -- as Qt declares it
        spoken = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
        if role in spoken and (cell := self.cell(index)):
            return cell.spoken
        return None

    def headerData(  # noqa: N802 -- as Qt declares it
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:  # noqa: ANN401 -- as Qt declares it
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return HEADERS[section]
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if section else _LEFT
        return None

    def cell(self, index: Index) -> Cell | None:
        """Return the cell at *index*, if there is one."""
        return self.rows[index.row()].cells.get(index.column())


class RowsDelegate(QStyledItemDelegate):
    """Paints a cell: figures by weight, and "was 61" under those that have changed."""

    def __init__(self, rows: Sequence[Row], tokens: Tokens, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._tokens = tokens
        self._fonts = {
            Tone.STRONG: font(Text.STRONG),
            Tone.PLAIN: font(Text.PLAIN),
            Tone.QUIET: font(Text.PLAIN),
        }
        self._small = font(Text.SMALL)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = self._rows[index.row()]
        place: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.is_day:
            painter.fillRect(place, QColor(self._tokens.sunk))
        painter.setPen(QPen(QColor(self._tokens.line), 1))
        painter.drawLine(place.bottomLeft(), place.bottomRight())
        if cell := row.cells.get(index.column()):
            if index.column() == 0:
                self._mark(painter, place, row)
                self._name(painter, place.adjusted(_NAME_MARGIN, 0, -_MARGIN, -1), cell)
            else:
                self._figures(painter, place.adjusted(_MARGIN, 0, -_MARGIN, -1), cell)
        painter.restore()

    def _mark(self, painter: QPainter, place: QRect, row: Row) -> None:
        middle = QPointF(place.left() + 12.5, place.center().y() + 0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        if row.slot is None:
            painter.setBrush(QColor(self._tokens.accent))
            points = ((-4.5, 0.0), (0.0, -4.5), (4.5, 0.0), (0.0, 4.5))
            painter.drawPolygon(QPolygonF([middle + QPointF(x, y) for x, y in points]))
        else:
            painter.setBrush(QColor(self._tokens.models[row.slot]))
            painter.drawRoundedRect(QRectF(middle.x() - 5, middle.y() - 5, 10, 10), 2, 2)

    def _name(self, painter: QPainter, place: QRect, cell: Cell) -> None:
        part = cell.parts[0]
        metrics = self._take(painter, part.tone)
        tag_width = QFontMetrics(self._small).horizontalAdvance(cell.tag) + 22 if cell.tag else 0
        text = metrics.elidedText(part.text, Qt.TextElideMode.ElideRight, place.width() - tag_width)
        painter.drawText(place, _LEFT, text)
        if cell.tag:
            left = place.left() + metrics.horizontalAdvance(text) + 10
            frame = QRectF(left + 0.5, place.center().y() - 8.5, tag_width - 10, 18)
            painter.setPen(QPen(QColor(self._tokens.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame, 2, 2)
            painter.setFont(self._small)
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, cell.tag)

    def _figures(self, painter: QPainter, place: QRect, cell: Cell) -> None:
        upper = place
        if cell.was:
            lines = place.adjusted(0, 5, 0, -4)
            upper = QRect(lines.left(), lines.top(), lines.width(), lines.height() // 2)
            lower = QRect(lines.left(), upper.bottom() + 1, lines.width(), lines.height() // 2)
            painter.setFont(self._small)
            painter.setPen(QColor(self._tokens.ink3))
            painter.drawText(lower, _RIGHT, cell.was)
        right = upper.right() + 1
        for part in reversed(cell.parts):
            metrics = self._take(painter, part.tone)
            right -= metrics.horizontalAdvance(part.text)
            spot = QRect(right, upper.top(), upper.right() + 1 - right, upper.height())
            painter.drawText(spot, _LEFT, part.text)

    def _take(self, painter: QPainter, tone: Tone) -> QFontMetrics:
        quiet = tone is Tone.QUIET
        painter.setFont(self._fonts[tone])
        painter.setPen(QColor(self._tokens.ink3 if quiet else self._tokens.ink))
        return QFontMetrics(self._fonts[tone])


class NumbersPage(QWidget):
    """The table, and under it what the mark of a day means."""

    def __init__(
        self, rows: Sequence[Row], note: str, tokens: Tokens, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.table = QTableView(self)
        self.table.setAccessibleName("Numbers of this upload, by day and model")
        self.table.setModel(RowsModel(rows, self.table))
        self.table.setItemDelegate(RowsDelegate(rows, tokens, self.table))
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        _size_columns(self.table)
        _size_rows(self.table, rows)
        self.note = QLabel(f"◆ {note}" if note else "")
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setFont(font(Text.SMALL))
        self.note.setProperty("tone", "quiet")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.note)


def _size_columns(view: QTableView) -> None:
    header = view.horizontalHeader()
    header.setFont(font(Text.SMALL))
    header.setHighlightSections(False)
    header.setSectionsClickable(False)
    header.setMinimumSectionSize(40)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    strong, small = QFontMetrics(font(Text.STRONG)), QFontMetrics(font(Text.SMALL))
    header.setFixedHeight(small.height() + _AROUND)
    for column, (title, widest) in enumerate(zip(HEADERS, _WIDEST, strict=True)):
        if widest:
            needed = max(small.horizontalAdvance(title) + _MARGIN, strong.horizontalAdvance(widest))
            header.resizeSection(column, needed + 2 * _MARGIN)


def _size_rows(view: QTableView, rows: Sequence[Row]) -> None:
    plain, small = QFontMetrics(font(Text.PLAIN)).height(), QFontMetrics(font(Text.SMALL)).height()
    header = view.verticalHeader()
    header.hide()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    header.setDefaultSectionSize(plain + _AROUND)
    for at, row in enumerate(rows):
        if row.has_two_lines:
            header.resizeSection(at, plain + small + _BETWEEN + 3)
        if row.is_day:
            view.setSpan(at, DAY_FIGURES, 1, COST - DAY_FIGURES)
