"""The tray icon: today's cost on a plate whose shape and colour tell the state.

Drawn on a square of 22 units, once for every size that a panel may ask for.
"""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QIcon,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
)

from claudeusage_app.tray.situation import IconState

SIZES = (16, 22, 24, 32, 44, 48, 64)
UNITS = 22.0
FAMILIES = ["Liberation Sans", "Arial", "Helvetica Neue", "Noto Sans", "sans-serif"]

_FIGURE_WIDTH = 19.8
_FIGURE_HEIGHT = 11.5
_SMALLEST_UNCONDENSED = 11
_STRETCHES = (100, 94, 87, 80, 74)
_TINY = 16


@dataclass(frozen=True, slots=True)
class Plate:
    """The colours of a state, and where the middle of its figure is, in units from the top."""

    fill: str
    figure: str
    middle: float = 11.0


PLATES = {
    IconState.IDLE: Plate("#0B6670", "#FFFFFF"),
    IconState.SCANNING: Plate("#0B6670", "#FFFFFF", 8.3),
    IconState.SYNCING: Plate("#0B6670", "#FFFFFF", 8.3),
    IconState.PAUSED: Plate("#555E5A", "#FFFFFF", 8.3),
    IconState.OFFLINE: Plate("#2A302D", "#C3CBC6"),
    IconState.WAITING: Plate("#F0B429", "#161B19", 14.0),
    IconState.PROBLEM: Plate("#B3271C", "#FFFFFF"),
}
DASHED_EDGE = "#8F9994"


def tray_icon(state: IconState, glyphs: str, *, mask: bool = False) -> QIcon:
    """Draw the icon in every size; *mask* for a menu bar that colours it itself."""
    icon = QIcon()
    for size in SIZES:
        icon.addPixmap(QPixmap.fromImage(drawn(state, glyphs, size, mask=mask)))
    icon.setIsMask(mask)
    return icon


def drawn(state: IconState, glyphs: str, size: int, *, mask: bool = False) -> QImage:
    """Draw one size; as a mask everything that is not plate is cut out of it."""
    image = QImage(QSize(size, size), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    plate = PLATES[state]
    scale = size / UNITS
    painter.save()
    painter.scale(scale, scale)
    _draw_plate(painter, state, QColor("#000000" if mask else plate.fill), mask=mask)
    painter.restore()
    if mask:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationOut)
    colour = QColor("#000000" if mask else plate.figure)
    alone = size <= _TINY and state in _MARKS
    if not alone:
        _write(painter, _glyphs(state, glyphs, size), size, plate.middle, colour)
    painter.scale(scale, scale)
    if state in _MARKS:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPath(_large_mark(state) if alone else _MARKS[state])
    painter.end()
    return image


def figure_font(glyphs: str, size: int) -> QFont:
    """Return the largest bold font in which *glyphs* fit an icon of *size* pixels.

    It is condensed step by step before it goes below eleven pixels.
    """
    room = _FIGURE_WIDTH * size / UNITS
    font = QFont(FAMILIES)
    font.setBold(True)
    font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    largest = max(round(_FIGURE_HEIGHT * size / UNITS), _SMALLEST_UNCONDENSED)
    for pixels in range(largest, 0, -1):
        may_condense = pixels <= _SMALLEST_UNCONDENSED
        for stretch in _STRETCHES if may_condense else _STRETCHES[:1]:
            font.setPixelSize(pixels)
            font.setStretch(stretch)
            if QFontMetricsF(font).horizontalAdvance(glyphs) <= room:
                return font
    return font


def _glyphs(state: IconState, glyphs: str, size: int) -> str:
    if state is IconState.PROBLEM:
        return "!"
    return glyphs.removeprefix("$") if size <= _TINY else glyphs


def _write(painter: QPainter, text: str, size: int, middle: float, colour: QColor) -> None:
    font = figure_font(text, size)
    if text == "!":
        font.setPixelSize(round(size * 16 / UNITS))
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    painter.setPen(colour)
    left = (size - metrics.horizontalAdvance(text)) / 2
    baseline = round(middle * size / UNITS + metrics.capHeight() / 2)
    painter.drawText(QPointF(left, baseline), text)


def _draw_plate(painter: QPainter, state: IconState, fill: QColor, *, mask: bool) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    if state is IconState.PROBLEM:
        painter.drawPolygon(_octagon(6.0))
        return
    if state is IconState.OFFLINE:
        painter.drawRoundedRect(QRectF(0.6, 1.6, UNITS - 1.2, UNITS - 3.2), 4, 4)
        pen = QPen(fill if mask else QColor(DASHED_EDGE), 1.2)
        pen.setDashPattern([2.4, 1.7])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(0.6, 1.6, UNITS - 1.2, UNITS - 3.2), 4, 4)
        return
    painter.drawRoundedRect(QRectF(0, 1, UNITS, UNITS - 2), 4, 4)
    if state is IconState.WAITING:
        corner = QPointF(UNITS - 3.1, 3.1)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
        painter.drawEllipse(corner, 4.1, 4.1)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.drawEllipse(corner, 2.9, 2.9)


def _octagon(cut: float) -> QPolygonF:
    far = UNITS - cut
    corners = (
        (cut, 0), (far, 0), (UNITS, cut), (UNITS, far),
        (far, UNITS), (cut, UNITS), (0, far), (0, cut),
    )  # fmt: skip
    return QPolygonF([QPointF(x, y) for x, y in corners])


def _boxes(*boxes: tuple[float, float, float, float]) -> QPainterPath:
    path = QPainterPath()
    for box in boxes:
        path.addRect(*box)
    return path


def _shape(*corners: tuple[float, float]) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
    path.closeSubpath()
    return path


_MARKS = {
    IconState.SCANNING: _boxes(*((x, 16.8, 3.2, 1.9) for x in (4.4, 9.4, 14.4))),
    IconState.SYNCING: _shape((5.5, 18.9), (11.0, 15.4), (16.5, 18.9)),
    IconState.PAUSED: _boxes(*((x, 16.0, 2.6, 2.8) for x in (7.4, 12.0))),
}


def _large_mark(state: IconState) -> QPainterPath:
    match state:
        case IconState.SCANNING:
            return _boxes(*((x, 9.6, 4.2, 2.8) for x in (3.4, 8.9, 14.4)))
        case IconState.PAUSED:
            return _boxes(*((x, 5.5, 4.0, 11.0) for x in (5.8, 12.2)))
        case _:
            head = ((4.0, 11.5), (11.0, 4.0), (18.0, 11.5))
            return _shape(*head, (13.2, 11.5), (13.2, 18.0), (8.8, 18.0), (8.8, 11.5))
