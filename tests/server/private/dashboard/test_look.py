"""The dashboard and the pages around it, in a real browser; their pictures are in tests/output."""

from pathlib import Path
from typing import Literal

import pytest

from tests.server import somebody
from tests.server.visits import visit
from tests.server.world import World

Theme = Literal["light", "dark"]


def settled(world: World) -> str:
    account = world.sign_in_as("somebody")
    somebody.settle(world, account)
    for number, words in ((1, "workbench"), (2, "travel laptop"), (3, "build box")):
        somebody.label(world, account, number, words)
    somebody.put_under_review(world, account, 2, "2026-11-18")
    return account


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_dashboard(public_world: World, output: Path, theme: Theme, width: int) -> None:
    settled(public_world)
    with visit(public_world, width, theme) as page:
        page.goto(public_world.origin + "/dashboard")
        page.screenshot(path=output / f"dashboard-{width}-{theme}.png", full_page=True)
