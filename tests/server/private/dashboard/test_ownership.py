"""Two accounts: neither sees or changes anything of the other's."""

import pytest

from tests.server import somebody
from tests.server.private.dashboard.desk import machines, page, post, said, tokens
from tests.server.world import World, day


@pytest.fixture
def theirs(public_world: World) -> dict[str, str]:
    """Settle somebody else, return what their forms call things by, and sign in as another."""
    somebody.settle(public_world, public_world.sign_in_as("somebody"))
    found = {"machine": machines(public_world)[0], "token": tokens(public_world)[0]}
    account = public_world.sign_in_as("another")
    public_world.upload(public_world.link_as(account).token, day())
    return found


def their_page(world: World) -> str:
    cookies = dict(world.cookies)
    world.sign_in_as("somebody")
    seen = said(page(world))
    world.cookies = cookies
    return seen


@pytest.mark.parametrize("question", ["machines/rename", "machines/merge", "machines/remove"])
def test_the_computers_of_another_are_not_asked_about(
    public_world: World, theirs: dict[str, str], question: str
) -> None:
    answer = public_world.get(f"/dashboard/{question}?machine={theirs['machine']}")
    assert answer.status_code == 404
    assert "You have no such computer here." in answer.text


def test_the_tokens_of_another_are_not_asked_about(
    public_world: World, theirs: dict[str, str]
) -> None:
    answer = public_world.get(f"/dashboard/tokens/revoke?token={theirs['token']}")
    assert answer.status_code == 404


def test_no_form_changes_anything_of_another(public_world: World, theirs: dict[str, str]) -> None:
    before, own = their_page(public_world), machines(public_world)[0]
    other = theirs["machine"]
    for path, fields in (
        ("machines/rename", {"machine": other, "label": "planted"}),
        ("machines/merge", {"machine": other, "into": own}),
        ("machines/merge", {"machine": own, "into": other}),
        ("machines/remove", {"machine": other}),
        ("tokens/revoke", {"token": theirs["token"]}),
    ):
        assert post(public_world, path, **fields).status_code == 404
    assert their_page(public_world) == before
    assert machines(public_world) == [own]


@pytest.mark.usefixtures("theirs")
def test_what_nobody_has_is_answered_alike(public_world: World) -> None:
    for given in ("", "0" * 12, "%", "0" * 64):
        assert post(public_world, "machines/remove", machine=given).status_code == 404
        assert post(public_world, "tokens/revoke", token=given).status_code == 404


@pytest.mark.usefixtures("theirs")
def test_a_dashboard_shows_its_owners_numbers_alone(public_world: World) -> None:
    assert "1 of 7 days" in page(public_world)
    assert len(machines(public_world)) == len(tokens(public_world)) == 1
