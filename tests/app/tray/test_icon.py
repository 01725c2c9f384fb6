"""The tray icon: readable in every state and size, and different where it says something else."""

from itertools import combinations

import pytest
from PySide6.QtGui import QFontMetricsF, QImage

from claudeusage_app.tray.icon import PLATES, SIZES, drawn, figure_font, tray_icon
from claudeusage_app.tray.situation import IconState
from claudeusage_app.tray.tokens import Tokens, tokens_of
from claudeusage_core.figures import tray_label
from claudeusage_resources.tokens import Theme
from tests.contrast import contrast

LIGHT, DARK = tokens_of(Theme.LIGHT), tokens_of(Theme.DARK)

LABELS = ("$0", "$4", "$12", "$99", "123", "999", "1.2k", "9.9k", "12k", "999k", "1M")

pytestmark = pytest.mark.usefixtures("qapp")


def shape(image: QImage) -> list[bool]:
    """Return which pixels are there at all, whatever their colour."""
    grid = [(x, y) for y in range(image.height()) for x in range(image.width())]
    return [image.pixelColor(x, y).alpha() > 127 for x, y in grid]


def test_a_label_has_at_most_four_glyphs() -> None:
    for dollars in (0, 4, 99, 100, 999, 1_000, 9_999, 10_000, 999_999, 5_000_000):
        assert len(tray_label(dollars * 1_000_000 + 999_999)) <= 4


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("label", LABELS)
def test_every_label_fits_its_plate(label: str, size: int) -> None:
    text = label.removeprefix("$") if size <= 16 else label
    font = figure_font(text, size)
    assert QFontMetricsF(font).horizontalAdvance(text) <= size * 19.8 / 22
    assert font.pixelSize() >= min(11, size / 2)


def test_a_figure_is_condensed_before_it_goes_below_eleven_pixels() -> None:
    font = figure_font("9.9k", 22)
    assert font.pixelSize() == 11
    assert font.stretch() < 100


@pytest.mark.parametrize("size", [22, 64])
def test_states_differ_without_their_colours(size: int) -> None:
    masks = {state: shape(drawn(state, "$12", size, mask=True)) for state in IconState}
    for one, other in combinations(IconState, 2):
        assert masks[one] != masks[other], f"{one} looks like {other}"


def test_the_figure_stands_out_from_every_plate() -> None:
    for state, plate in PLATES.items():
        assert contrast(plate.fill, plate.figure) >= 4.5, state


def test_the_icon_is_drawn_in_every_size_that_a_panel_asks_for() -> None:
    icon = tray_icon(IconState.IDLE, "$12")
    assert sorted(size.width() for size in icon.availableSizes()) == list(SIZES)
    assert not icon.isMask()


def test_a_menu_bar_gets_a_mask_with_the_figure_cut_out() -> None:
    assert tray_icon(IconState.IDLE, "$12", mask=True).isMask()
    image = drawn(IconState.IDLE, "$12", 64, mask=True)
    colours = {image.pixelColor(x, y).rgb() & 0xFFFFFF for x in range(64) for y in range(64)}
    assert colours == {0}
    assert not all(shape(image)[64 * 32 + 4 : 64 * 32 + 60])


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_text_reaches_four_and_a_half_and_edges_three(tokens: Tokens) -> None:
    for ground in (tokens.bg, tokens.surface):
        for text in (tokens.ink, tokens.ink2, tokens.ink3, tokens.accent, tokens.warn, tokens.bad):
            assert contrast(text, ground) >= 4.5
        assert contrast(tokens.control, ground) >= 3
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert contrast(tokens.ink3, tokens.sunk) >= 4.5
    assert all(contrast(model, tokens.bg) >= 3 for model in tokens.models)
