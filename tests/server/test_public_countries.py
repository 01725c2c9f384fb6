"""A country is public only in company: five share it, or nobody shows it."""

import pytest

from claudeusage_server.private.deletion import delete_account
from claudeusage_server.private.visibility import Showing
from tests.server.owners import Choices, choose, named
from tests.server.world import Link, World

FIVE = ["ada", "bob", "cyd", "dan", "eve"]


@pytest.fixture
def five(public_world: World) -> list[Link]:
    """Give five named accounts of one country, as they are after a cut."""
    links = [named(public_world, name, "gb") for name in FIVE]
    assert set(countries(public_world)) == {None}
    public_world.app.cut()
    return links


def countries(world: World) -> list[object]:
    """Return the countries of the five, as everybody is told, None for who is gone."""
    answers = [world.get(f"/api/v1/profile/{name}") for name in FIVE]
    return [each.json().get("country") for each in answers]


def test_four_of_a_country_are_too_few(public_world: World) -> None:
    for name in FIVE[:4]:
        named(public_world, name, "gb")
    named(public_world, FIVE[4], "fr")
    public_world.app.cut()
    assert set(countries(public_world)) == {None}


def test_five_of_a_country_show_it_from_the_next_cut_on(
    public_world: World, five: list[Link]
) -> None:
    assert len(five) == 5
    assert countries(public_world) == ["gb"] * 5


LEAVING: list[Choices] = [
    {"showing": Showing.HIDDEN},
    {"showing": Showing.ANONYMOUS},
    {"country": None},
    {"country": "fr"},
    {"show_country": False},
]


@pytest.mark.parametrize("leaving", LEAVING, ids=str)
def test_when_one_of_five_leaves_the_others_lose_it_at_once(
    public_world: World, five: list[Link], leaving: Choices
) -> None:
    tag = public_world.get("/api/v1/profile/bob").headers["etag"]
    choose(public_world, five[0].account, **leaving)
    assert countries(public_world) == [None] * 5
    again = public_world.get("/api/v1/profile/bob", **{"If-None-Match": tag})
    assert again.status_code == 200
    public_world.app.cut()
    assert countries(public_world) == [None] * 5


def test_who_is_deleted_is_company_no_more(public_world: World, five: list[Link]) -> None:
    delete_account(public_world.app.context, five[4].account)
    assert countries(public_world) == [None] * 5


def test_a_sixth_may_leave_and_comes_back_at_the_cut(public_world: World, five: list[Link]) -> None:
    named(public_world, "fay", "gb")
    public_world.app.cut()
    choose(public_world, five[0].account, show_country=False)
    assert countries(public_world) == [None, "gb", "gb", "gb", "gb"]
    choose(public_world, five[0].account, show_country=True)
    assert countries(public_world) == [None, "gb", "gb", "gb", "gb"]
    public_world.app.cut()
    assert countries(public_world) == ["gb"] * 5


def test_another_name_keeps_the_company(public_world: World, five: list[Link]) -> None:
    choose(public_world, five[0].account, name="countess")
    assert public_world.profile(public_world.link_as(five[0].account))["country"] == "gb"
    assert countries(public_world)[1:] == ["gb"] * 4


def test_who_shows_no_country_is_no_company(public_world: World, five: list[Link]) -> None:
    choose(public_world, five[0].account, show_country=False)
    public_world.app.cut()
    assert countries(public_world) == [None] * 5
