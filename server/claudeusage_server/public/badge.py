"""A badge for a README: mark, label and figure, 20 pixels high."""

from markupsafe import escape

from claudeusage_resources.tokens import Theme, colours
from claudeusage_server.drawn.badges import Badge, figure
from claudeusage_server.drawn.lettering import SANS, SIZE, width
from claudeusage_server.public.answers import Shown
from claudeusage_server.public.board import Board

_HEIGHT = 20
_RADIUS = 3
_BASE = 14
_WORDS_AT = 26
"""Where the label begins, after the mark."""
_GAP = 7
_PAD = 9
_MARK = ((0, 3), (3, 6), (9, 6), (12, 3))
_NOW = (6, 10)
"""Bars of the mark, two pixels wide: where each begins, and how high it is."""


def draw(badge: Badge, theme: Theme, shown: Shown, _board: Board) -> bytes:
    """Draw a badge in a theme; no font makes its words wider than they are here."""
    tokens = colours(theme)
    value = figure(badge, shown.history, shown.last, live=shown.profile.live)
    label_width, value_width = width(badge.label), width(value, semibold=True)
    seam = _WORDS_AT + label_width + _GAP
    whole = seam + value_width + 2 * _PAD
    title = escape(f"{shown.profile.name}: {badge.spoken}: {value}")
    now = colours(Theme.DARK)["accent"]
    words = f'font-family="{SANS}" font-size="{SIZE}" fill="{tokens["badge-text"]}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{_HEIGHT}"'
        f' viewBox="0 0 {whole} {_HEIGHT}" role="img" aria-labelledby="t">'
        f'<title id="t">{title}</title>'
        f'<path fill="{tokens["badge-label"]}" d="M{seam} 0H{_RADIUS}a{_RADIUS} {_RADIUS} 0 0 0'
        f"-{_RADIUS} {_RADIUS}v{_HEIGHT - 2 * _RADIUS}a{_RADIUS} {_RADIUS} 0 0 0 {_RADIUS}"
        f' {_RADIUS}H{seam}z"/>'
        f'<path fill="{tokens["badge-value"]}" d="M{seam} 0H{whole - _RADIUS}a{_RADIUS} {_RADIUS}'
        f" 0 0 1 {_RADIUS} {_RADIUS}v{_HEIGHT - 2 * _RADIUS}a{_RADIUS} {_RADIUS} 0 0 1-{_RADIUS}"
        f' {_RADIUS}H{seam}z"/>'
        f'<path fill="{tokens["badge-text"]}" d="{"".join(_bar(*bar) for bar in _MARK)}"/>'
        f'<path fill="{now}" d="{_bar(*_NOW)}"/>'
        f'<g aria-hidden="true" {words}>'
        f"{_text(badge.label, _WORDS_AT, label_width)}"
        f'<g font-weight="600">{_text(value, seam + _PAD, value_width)}</g></g></svg>'
    ).encode()


def _bar(at: int, height: int) -> str:
    return f"M{7 + at} 15v-{height}h2v{height}z"


def _text(words: str, at: int, length: int) -> str:
    return (
        f'<text x="{at}" y="{_BASE}" textLength="{length}" lengthAdjust="spacingAndGlyphs">'
        f"{escape(words)}</text>"
    )
