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


PRINTED = {
    "line": (1.3, None, 1.4, None),
    "control": (3.4, 3.6, 4.2, 3.8),
    "ink": (15.9, 17.0, 15.6, 14.3),
    "ink2": (8.0, 8.5, 9.4, 8.7),
    "ink3": (5.3, 5.7, 6.3, 5.8),
    "accent": (6.1, 6.5, 9.0, 8.2),
    "warn": (6.0, 6.4, 9.0, 8.3),
    "bad": (6.7, 7.2, 7.6, 7.0),
    "level1": (1.5, None, 1.8, None),
    "level2": (2.4, None, 3.2, None),
    "level3": (4.3, None, 6.2, None),
    "level4": (9.7, None, 12.5, None),
}
"""The ratios of the design: light on bg and on surface, dark on bg and on surface."""

PAIRS = (
    ("on-accent", "accent", 6.5, 9.4),
    ("ink", "tint", 14.0, 11.8),
    ("accent", "tint", 5.4, 6.8),
    ("ink3", "sunk", 4.9, 6.6),
    ("ink3", "tint", 4.7, 4.8),
    ("badge-text", "badge-label", 17.4, 13.0),
    ("badge-text", "badge-value", 6.7, 8.3),
)


@pytest.mark.parametrize("token", PRINTED)
def test_each_printed_ratio_is_that_of_the_tokens(token: str) -> None:
    for theme, (on_bg, on_surface) in zip(
        THEMES, (PRINTED[token][:2], PRINTED[token][2:]), strict=True
    ):
        for ground, ratio in (("bg", on_bg), ("surface", on_surface)):
            if ratio is not None:
                assert round(contrast(theme[token], theme[ground]), 1) == ratio, ground


@pytest.mark.parametrize(("mark", "ground", "light", "dark"), PAIRS)
def test_each_pair_has_its_printed_ratio(mark: str, ground: str, light: float, dark: float) -> None:
    found = [round(contrast(theme[mark], theme[ground]), 1) for theme in THEMES]
    assert found == [light, dark]


def test_both_themes_have_the_same_tokens() -> None:
    light, dark = THEMES
    assert set(light) == set(dark)


def test_text_is_never_smaller_than_twelve_pixels() -> None:
    sizes = re.findall(r"(?:font(?:-size)?: (?:\d{3} )?)(\d+)px", CSS)
    assert min(map(int, sizes)) >= 12


def test_weights_are_two_and_one_for_the_code() -> None:
    assert set(re.findall(r"font-weight: (\d+)", CSS)) == {"400", "600"}
