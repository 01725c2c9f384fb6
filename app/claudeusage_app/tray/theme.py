"""The look of windows: palette, style sheet and fonts, made of the tokens.

Qt's own dark scheme does nothing on plain X11, so both palettes are set in full.
"""

from enum import Enum

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from claudeusage_app.tray.tokens import Tokens, tokens_of
from claudeusage_resources.tokens import Theme

SANS = ["Segoe UI", "Helvetica Neue", "Noto Sans", "Liberation Sans", "Arial", "sans-serif"]
MONO = ["Cascadia Mono", "Liberation Mono", "Menlo", "Consolas", "monospace"]
_KINDS = ("QPushButton", "QCheckBox", "QLabel", "QTabBar", "QHeaderView", "QTextEdit")
_POINTS_PER_PIXEL = 0.75
"""A pixel of the design is one at 96 to the inch; points grow with the system's text size."""


class Text(Enum):
    """A role of text, by its size in the design and its weight."""

    TITLE = (18, QFont.Weight.DemiBold)
    STRONG = (13, QFont.Weight.DemiBold)
    PLAIN = (13, QFont.Weight.Normal)
    SMALL = (12, QFont.Weight.Normal)


def font(role: Text) -> QFont:
    """Return the font of a role."""
    pixels, weight = role.value
    return _font(SANS, pixels, weight)


def mono() -> QFont:
    """Return the font of a request's body."""
    return _font(MONO, 12, QFont.Weight.Normal)


def chosen_tokens(theme: str, scheme: Qt.ColorScheme) -> Tokens:
    """Return the tokens of the theme ``light``, ``dark`` or, with ``system``, of the scheme."""
    dark = theme == "dark" or (theme != "light" and scheme == Qt.ColorScheme.Dark)
    return tokens_of(Theme.DARK if dark else Theme.LIGHT)


def dress(application: QApplication, tokens: Tokens) -> None:
    """Give every window of the application this look."""
    application.setStyle("Fusion")
    application.setPalette(palette(tokens))
    application.setFont(font(Text.PLAIN))
    for kind in _KINDS:  # the desktop's theme has fonts of its own for some of them
        application.setFont(font(Text.PLAIN), kind)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] -- the stubs ask for bytes, Qt takes str
    application.setStyleSheet(style_sheet(tokens))


def palette(tokens: Tokens) -> QPalette:
    """Return the tokens as Qt's roles."""
    role = QPalette.ColorRole
    made = QPalette()
    colours = (
        (tokens.bg, (role.Window, role.ToolTipBase)),
        (tokens.surface, (role.Base, role.Button, role.Light)),
        (tokens.sunk, (role.AlternateBase,)),
        (
            tokens.ink,
            (role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.BrightText),
        ),
        (tokens.ink3, (role.PlaceholderText,)),
        (tokens.accent, (role.Highlight, role.Accent, role.Link, role.LinkVisited)),
        (tokens.on_accent, (role.HighlightedText,)),
        (tokens.control, (role.Mid, role.Dark, role.Shadow)),
        (tokens.line, (role.Midlight,)),
    )
    for colour, roles in colours:
        for each in roles:
            made.setColor(each, QColor(colour))
    for each in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, each, QColor(tokens.ink3))
    return made


def style_sheet(tokens: Tokens) -> str:
    """Return what Fusion draws without a visible edge, with one."""
    return f"""
QPushButton {{ background: {tokens.surface}; color: {tokens.ink}; padding: 0 13px; min-height: 28px;
  border: 1px solid {tokens.control}; border-radius: 3px; }}
QPushButton:hover, QPushButton:pressed {{ background: {tokens.sunk}; }}
QPushButton:focus {{ border: 2px solid {tokens.accent}; padding: 0 12px; min-height: 26px; }}
QPushButton:disabled {{ color: {tokens.ink3}; }}
QPushButton[main="true"] {{ background: {tokens.accent}; color: {tokens.on_accent};
  border-color: {tokens.accent}; }}
QPushButton[main="true"]:focus {{ border: 2px solid {tokens.ink}; }}
QPushButton[main="true"]:disabled {{ background: {tokens.surface}; color: {tokens.ink3};
  border-color: {tokens.control}; }}
QPushButton[link="true"] {{ background: transparent; color: {tokens.accent}; border: none;
  padding: 0 2px; }}
QPushButton[link="true"]:focus {{ border: 2px solid {tokens.accent}; padding: 0; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {tokens.control}; top: -1px; }}
QTabBar {{ qproperty-drawBase: 0; }}
QTabBar::tab {{ font-weight: 400; padding: 0 15px; height: 30px; color: {tokens.ink2};
  border: 1px solid transparent; border-bottom: 1px solid {tokens.control}; }}
QTabBar::tab:selected {{ color: {tokens.ink}; background: {tokens.bg};
  border-color: {tokens.control}; border-bottom-color: {tokens.bg};
  border-top-left-radius: 3px; border-top-right-radius: 3px; }}
QTabBar::tab:selected {{ font-weight: 600; }}
QTabBar:focus {{ border: 1px solid {tokens.accent}; border-radius: 3px; }}
QTextEdit {{ background: {tokens.surface}; border: 1px solid {tokens.line};
  border-radius: 4px; }}
QTextEdit:focus {{ border-color: {tokens.accent}; }}
QTableView {{ background: transparent; border: none; }}
QHeaderView, QHeaderView::section {{ background: {tokens.bg}; color: {tokens.ink3}; border: none; }}
QHeaderView::section {{ padding: 0 8px; }}
QHeaderView {{ border-bottom: 1px solid {tokens.control}; }}
QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {tokens.control};
  border-radius: 2px; background: {tokens.surface}; }}
QCheckBox::indicator:checked {{ background: {tokens.accent}; border-color: {tokens.accent}; }}
QCheckBox::indicator:focus {{ border: 2px solid {tokens.accent}; width: 12px; height: 12px; }}
QMenu {{ background: {tokens.surface}; color: {tokens.ink}; border: 1px solid {tokens.control}; }}
QToolTip {{ background: {tokens.bg}; color: {tokens.ink}; border: 1px solid {tokens.control}; }}
QLabel[tone="quiet"] {{ color: {tokens.ink3}; }}
QLabel[tone="second"] {{ color: {tokens.ink2}; }}
QLabel[tone="bad"] {{ color: {tokens.bad}; }}
QFrame[rule="true"] {{ background: {tokens.line}; border: none; }}
"""


def _font(families: list[str], pixels: int, weight: QFont.Weight) -> QFont:
    made = QFont(families)
    made.setPointSizeF(pixels * _POINTS_PER_PIXEL)
    made.setWeight(weight)
    return made
