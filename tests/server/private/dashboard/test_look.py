"""The dashboard in a real browser: what it holds, and what is done there."""

import re
from pathlib import Path

import pytest

from claudeusage_server.private.visibility import Showing, Visibility, change_visibility
from tests.server import somebody
from tests.server.private.dashboard.desk import page
from tests.server.visits import visit
from tests.server.world import World, day

LONGEST = "a" * 39
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def show(world: World, account: str, showing: Showing = Showing.NAMED) -> None:
    """Show somebody under the longest name there is."""
    wanted = Visibility(showing, LONGEST, None, True, False, "is", True)
    change_visibility(world.app.context, account, wanted)


@pytest.mark.parametrize("count", [0, pytest.param(40, marks=pytest.mark.long)])
def test_the_page_stays_small_with_forty_machines_and_a_thousand_tokens(
    public_world: World, output: Path, count: int
) -> None:
    account = public_world.sign_in_as("somebody")
    show(public_world, account)
    links = [public_world.link_as(account) for _ in range(25 * count)]
    for number, link in enumerate(links[:count]):
        each = day(f"2026-11-{1 + number % 20:02d}", active_seconds=number)
        public_world.upload(link.token, each, machine=f"{number:064x}")
        somebody.label(public_world, account, number + 1, f"{number:02d}" + "計" * 38)
    for number in range(min(count, 20)):
        somebody.put_under_review(public_world, account, number + 1, f"2026-11-{1 + number:02d}")
    for query in ("", "?tokens=25", "?tokens=999", "?tokens=-1"):
        listed = page(public_world, query)
        assert len(listed.encode()) < 60_000
        assert listed.count("/dashboard/tokens/revoke?") == min(count, 10)
        assert listed.count("/dashboard/machines/remove?") == min(count, 20)
    assert ("991 – 1000 of 1000" in page(public_world, "?tokens=999")) == bool(count)
    assert ("21 – 40 of 40" in page(public_world, "?machines=2")) == bool(count)
    with visit(public_world, 320) as seen:
        seen.goto(public_world.origin + "/dashboard")
        assert seen.evaluate(WIDER) <= 0
        seen.screenshot(path=output / f"dashboard-many-{count}.png", full_page=True)


def test_every_form_is_reached_by_keyboard_in_the_order_of_the_page(public_world: World) -> None:
    somebody.fill_dashboard(public_world)
    with visit(public_world, 1280) as seen:
        seen.goto(public_world.origin + "/dashboard")
        places = seen.evaluate(
            "() => [...document.querySelectorAll('a, button, input, select, summary')]"
            ".filter(each => each.tabIndex > 0).length"
        )
        assert places == 0
        reached: list[str] = []
        for _ in range(60):
            seen.keyboard.press("Tab")
            reached.append(seen.evaluate("document.activeElement.textContent.trim()"))
        for words in ("Skip to the content", "How to fix", "Merge…", "Revoke…", "Save"):
            assert words in reached
        radios = seen.locator("fieldset:has(legend) input[type=radio]")
        assert radios.count() == seen.locator("input[type=radio]").count() == 3
        for described in seen.locator("[aria-describedby]").all():
            words = described.get_attribute("aria-describedby") or ""
            assert seen.locator(f"#{words}").count() == 1


def test_the_button_waits_for_the_name_and_then_deletes(public_world: World) -> None:
    account = public_world.sign_in_as("somebody")
    show(public_world, account)
    with visit(public_world, 1280) as seen:
        seen.goto(public_world.origin + "/dashboard")
        button = seen.get_by_role("button", name="Delete for good")
        assert button.is_disabled()
        field = seen.get_by_label("Name of the account")
        field.fill(LONGEST[1:])
        assert button.is_disabled()
        field.fill(LONGEST)
        button.click()
        seen.get_by_role("heading", name="The account is deleted").wait_for()
    assert public_world.get("/dashboard").status_code == 303


def test_everything_works_without_a_script(public_world: World) -> None:
    somebody.fill_dashboard(public_world)
    with visit(public_world, 1280, scripts=False) as seen:
        seen.goto(public_world.origin + "/dashboard")
        seen.get_by_label("Show as a name of your choice").check()
        seen.get_by_label("Username").fill("northbeam")
        seen.get_by_label("On the leaderboard").check()
        seen.get_by_role("button", name="Save", exact=True).click()
        seen.get_by_role("status").wait_for()
        assert seen.get_by_label("Show as northbeam").is_checked()
        assert seen.get_by_label("On the leaderboard").is_checked()
        seen.get_by_role("row", name="build box").get_by_role("link", name="Merge…").click()
        seen.get_by_role("button", name="Merge them").click()
        seen.get_by_role("status").wait_for()
        assert re.search(r"\?done=merged$", seen.url)
        seen.get_by_label("Name of the account").fill("another")
        seen.get_by_role("button", name="Delete for good").click()
        seen.get_by_role("status").wait_for()
        assert re.search(r"\?done=other-name$", seen.url)
