"""Every page, in a real browser and before a validator; the pictures are in tests/output."""

from collections.abc import Generator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page as Shown

from tests.server.look import findings
from tests.server.look.pages import Page, Scene, Where, prepare
from tests.server.visits import visit

Theme = Literal["light", "dark"]
PHONE, DESK = 390, 1280


@pytest.fixture
def scene(tmp_path: Path) -> Generator[Scene]:
    made = prepare(tmp_path)
    yield made
    made.close()


def opened(shown: Shown, scene: Scene, page: Page) -> bytes:
    """Open a page, by its button where it has one, and return its source."""
    scene.enter(page.who)
    answer = shown.goto(scene.worlds[page.where].origin + page.path)
    if page.press:
        with shown.expect_navigation() as navigation:
            shown.get_by_role("button", name=page.press).click()
        answer = navigation.value
    assert answer is not None
    return answer.body()


def problems(shown: Shown, width: int, source: bytes) -> list[str]:
    """Ask everything of the page that is shown."""
    found = findings.too_large(source) + findings.sideways(shown, width)
    found += findings.accessibility(shown)
    if width == PHONE:
        return found + findings.small_targets(shown) + findings.sideways(shown, findings.SMALLEST)
    return found + findings.unreached(shown) + findings.sideways(shown, findings.ENLARGED)


@pytest.mark.parametrize(
    ("theme", "width"),
    [
        ("light", DESK),
        ("dark", PHONE),
        pytest.param("light", PHONE, marks=pytest.mark.long),
        pytest.param("dark", DESK, marks=pytest.mark.long),
    ],
)
def test_every_page_is_sound(scene: Scene, output: Path, theme: Theme, width: int) -> None:
    found: dict[str, list[str]] = {}
    sources: dict[str, bytes] = {}
    for where in Where:
        with visit(scene.worlds[where], width, theme) as shown:
            for page in (page for page in scene.pages if page.where is where):
                shown.set_viewport_size({"width": width, "height": 900})
                sources[page.name] = opened(shown, scene, page)
                picture = output / f"{page.name}-{width}-{theme}.png"
                shown.screenshot(path=picture, full_page=True)
                found[page.name] = problems(shown, width, sources[page.name])
    assert len(sources) == len(scene.pages)
    assert {name: said for name, said in found.items() if said} == {}
    if theme == "light":
        assert findings.invalid(sources) == {}


@pytest.mark.long
def test_public_pages_are_seen_in_forced_colours_and_on_paper(scene: Scene, output: Path) -> None:
    found: list[str] = []
    for where in Where:
        with visit(scene.worlds[where], DESK) as shown:
            for page in (page for page in scene.pages if page.where is where and page.public):
                opened(shown, scene, page)
                shown.emulate_media(forced_colors="active")
                shown.screenshot(path=output / f"{page.name}-forced.png", full_page=True)
                found += findings.sideways(shown, DESK)
                shown.emulate_media(forced_colors="none", media="print")
                found += findings.sideways(shown, 720)  # A4 within its margins
                shown.screenshot(path=output / f"{page.name}-print.png", full_page=True)
                shown.emulate_media(media="screen")
                shown.set_viewport_size({"width": DESK, "height": 900})
    assert found == []
