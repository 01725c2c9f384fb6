"""The colours of the style sheet, measured: contrast of text, controls and charts."""

import re

import pytest

from claudeusage_resources.tokens import Theme, colours
from claudeusage_server.web.style import style_sheet
from tests.contrast import contrast

CSS = style_sheet().decode()
THEMES = [dict(colours(theme)) for theme in Theme]


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
def test_text_and_marks_have_enough_contrast(theme: dict[str, str]) -> None:
    for ground in ("bg", "surface"):
        for text in ("ink", "ink2", "ink3", "accent", "warn", "bad"):
            assert contrast(theme[text], theme[ground]) >= 4.5, (text, ground)
        assert contrast(theme["control"], theme[ground]) >= 3
    for mark in (*(f"model{number}" for number in range(6)), "other"):
        assert contrast(theme[mark], theme["bg"]) >= 2.95, mark
    assert contrast(theme["on-accent"], theme["accent"]) >= 4.5
    for text in ("ink", "ink2", "ink3", "accent", "bad"):  # also under the pointer
        assert contrast(theme[text], theme["sunk"]) >= 4.5, text
    assert contrast(theme["accent"], theme["tint"]) >= 4.5
    assert contrast(theme["ink"], theme["tint"]) >= 4.5


def test_both_themes_have_the_same_tokens() -> None:
    light, dark = THEMES
    assert set(light) == set(dark)


def test_text_is_never_smaller_than_twelve_pixels() -> None:
    sizes = re.findall(r"(?:font(?:-size)?: (?:\d{3} )?)(\d+)px", CSS)
    assert min(map(int, sizes)) >= 12


def test_weights_are_two_and_one_for_the_code() -> None:
    assert set(re.findall(r"font-weight: (\d+)", CSS)) == {"400", "600"}
