"""The line above the grid, and the choice of theme, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.server.visits import visit
from tests.server.world import Link, World, dates, day, model


@pytest.fixture
def used(world: World, link: Link) -> Link:
    days = [
        day(when, model(3, 38_940_000 + number), sessions_active=1 + number % 7)
        for number, when in enumerate(dates("2026-11-22", 300))
    ]
    world.upload(link.token, *days)
    return link


def said(page: Page) -> str:
    return page.locator(".readout").inner_text().replace("\u202f", " ")


def test_the_readout_tells_the_last_day_without_a_script(world: World, used: Link) -> None:
    with visit(world, 1280, scripts=False) as page:
        page.goto(world.origin + used.path)
        assert said(page) == "Sun 22 November · $38.94 · 11.1k tokens · 1 h 00 m · 6 sessions"


def test_arrow_keys_move_by_day_and_week_and_escape_leaves(world: World, used: Link) -> None:
    with visit(world, 1280) as page:
        page.goto(world.origin + used.path)
        first = said(page)
        page.locator(".grid.wide").focus()
        page.keyboard.press("ArrowUp")
        assert said(page) == "Sat 21 November · $38.94 · 11.1k tokens · 1 h 00 m · 5 sessions"
        page.keyboard.press("ArrowLeft")
        assert said(page).startswith("Sat 14 November · ")
        assert page.locator(".grid.wide .ring").count() == 1
        page.keyboard.press("Home")
        assert said(page) == "Mon 17 November 2025 · no usage"
        page.keyboard.press("End")
        assert said(page) == first
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Escape")
        assert said(page) == first
        assert page.locator(".ring").count() == 0


def test_the_pointer_chooses_a_day(world: World, used: Link, output: Path) -> None:
    with visit(world, 1280) as page:
        page.goto(world.origin + used.path)
        box = page.locator(".grid.wide svg").last.bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] - 8, box["y"] + 22 + 2 * 19 + 8)
        assert said(page).startswith("Wed 18 November · ")
        page.screenshot(path=output / "profile-readout.png", full_page=True)


def test_a_chosen_theme_is_kept_and_the_system_can_be_followed_again(
    world: World, used: Link
) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    with visit(world, 390, "light") as page:
        page.goto(world.origin + used.path)
        light = page.evaluate(ground)
        page.get_by_role("button", name="Dark").click()
        assert page.evaluate(ground) != light
        page.goto(world.origin + "/privacy")
        assert page.evaluate(ground) != light
        assert page.get_by_role("button", name="Dark").get_attribute("aria-pressed") == "true"
        page.get_by_role("button", name="System").click()
        assert page.evaluate(ground) == light


def test_without_a_script_there_is_no_choice_of_theme(world: World) -> None:
    with visit(world, 390, scripts=False) as page:
        page.goto(world.origin + "/")
        assert not page.locator(".theme").is_visible()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_a_profile_fits_its_screen(world: World, used: Link, output: Path, width: int) -> None:
    with visit(world, width) as page:
        page.goto(world.origin + used.path)
        wide = "document.documentElement.scrollWidth"
        assert page.evaluate(wide) <= width
        page.screenshot(path=output / f"profile-{width}.png", full_page=True)
