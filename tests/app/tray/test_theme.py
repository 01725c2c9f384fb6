"""The look of windows: both palettes are complete, whatever the system says."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette

from claudeusage_app.tray.theme import chosen_tokens, palette
from claudeusage_app.tray.tokens import Tokens, tokens_of
from claudeusage_resources.tokens import Theme

UNKNOWN = Qt.ColorScheme.Unknown


LIGHT, DARK = tokens_of(Theme.LIGHT), tokens_of(Theme.DARK)


@pytest.mark.parametrize(
    ("theme", "scheme", "tokens"),
    [
        ("system", Qt.ColorScheme.Dark, DARK),
        ("system", Qt.ColorScheme.Light, LIGHT),
        ("system", UNKNOWN, LIGHT),
        ("dark", Qt.ColorScheme.Light, DARK),
        ("light", Qt.ColorScheme.Dark, LIGHT),
    ],
)
def test_a_chosen_theme_goes_before_the_system(
    theme: str, scheme: Qt.ColorScheme, tokens: Tokens
) -> None:
    assert chosen_tokens(theme, scheme) is tokens


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_the_palette_is_the_apps_own(tokens: Tokens) -> None:
    made = palette(tokens)
    role = QPalette.ColorRole
    assert made.color(role.Window).name() == tokens.bg
    assert made.color(role.WindowText).name() == tokens.ink
    assert made.color(role.Highlight).name() == tokens.accent
    disabled = made.color(QPalette.ColorGroup.Disabled, role.ButtonText)
    assert disabled.name() == tokens.ink3
