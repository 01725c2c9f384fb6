"""What an owner chooses to show: names, their former owners, and two who want the same one."""

import threading
from pathlib import Path

import pytest

from claudeusage_server.errors import BodyInvalid, NameRefused
from claudeusage_server.private.visibility import Showing, Visibility
from tests.server.owners import Choices, choices_of, choose
from tests.server.world import Link, World, day, public_settings


def shown_as(world: World, account: str) -> tuple[str, str, str]:
    """Return the public id, the anonymous name and the profile's path."""
    with world.app.context.store.read() as connection:
        row = connection.exec_driver_sql(
            "SELECT public_id, anonymous_name FROM accounts WHERE account = ?", (account,)
        ).one()
    return row.public_id, row.anonymous_name, world.link_as(account).path


@pytest.fixture
def ada(public_world: World) -> str:
    return public_world.sign_in_as("ada")


@pytest.fixture
def bob(public_world: World) -> str:
    return public_world.sign_in_as("bob")


def test_a_local_account_is_hidden_where_a_server_opens_to_others(tmp_path: Path) -> None:
    data = tmp_path / "data"
    local = World(data)
    link = local.link()
    local.upload(link.token, day())
    assert local.get(link.path).status_code == 200
    local.close()
    opened = World(data, settings=public_settings(data))
    assert opened.get(link.path).status_code == 404
    assert opened.upload(link.token, day("2026-11-21"), sequence=2).applied == ("2026-11-21",)
    opened.app.cut()
    assert opened.get(link.path).status_code == 404
    opened.close()


def test_a_new_account_is_anonymous_and_not_on_the_board(public_world: World, ada: str) -> None:
    chosen = choices_of(public_world, ada)
    assert chosen.showing is Showing.ANONYMOUS
    assert (chosen.name, chosen.on_board, chosen.live) == (None, False, False)


def test_choices_are_kept_as_they_were_checked(public_world: World, ada: str) -> None:
    choose(
        public_world,
        ada,
        showing=Showing.NAMED,
        name=" Ada ",
        display_name="Ada  Lovelace",
        on_board=True,
        country="gb",
        show_country=False,
    )
    assert choices_of(public_world, ada) == Visibility(
        Showing.NAMED, "ada", "Ada Lovelace", True, False, "gb", False
    )
    assert public_world.get("/u/ada").status_code == 200


def test_being_named_needs_a_username(public_world: World, ada: str) -> None:
    with pytest.raises(NameRefused, match="username"):
        choose(public_world, ada, showing=Showing.NAMED)
    with pytest.raises(NameRefused, match="username"):
        choose(public_world, ada, showing=Showing.NAMED, name="")


@pytest.mark.parametrize("country", ["", "g", "GB", "gbr", "g1"])
def test_what_is_no_country_is_refused(public_world: World, ada: str, country: str) -> None:
    with pytest.raises(BodyInvalid):
        choose(public_world, ada, country=country)
    assert choices_of(public_world, ada).country is None


def test_a_name_has_one_owner_whatever_its_case(public_world: World, ada: str, bob: str) -> None:
    choose(public_world, ada, name="ada")
    for typed in ("ada", "ADA"):
        with pytest.raises(NameRefused, match="taken"):
            choose(public_world, bob, name=typed)
    assert choices_of(public_world, bob).name is None


def test_a_former_name_is_kept_for_its_owner_for_ninety_days(
    public_world: World, ada: str, bob: str
) -> None:
    choose(public_world, ada, name="ada")
    choose(public_world, ada, name="countess")
    with pytest.raises(NameRefused, match="taken"):
        choose(public_world, bob, name="ada")
    choose(public_world, ada, name="ada")
    choose(public_world, ada, name=None)
    public_world.clock.move(days=89)
    for kept in ("ada", "countess"):
        with pytest.raises(NameRefused, match="taken"):
            choose(public_world, bob, name=kept)
    public_world.clock.move(days=1)
    choose(public_world, bob, name="ada")
    with pytest.raises(NameRefused, match="taken"):
        choose(public_world, ada, name="ada")


def test_nobody_has_more_than_ten_names_kept_for_them(
    public_world: World, ada: str, bob: str
) -> None:
    for number in range(11):
        choose(public_world, ada, name=f"name-{number}")
    for name in ("one-more", None):
        with pytest.raises(NameRefused, match="gave up 10 names"):
            choose(public_world, ada, name=name)
    assert choices_of(public_world, ada).name == "name-10"
    choose(public_world, bob, name="one-more")
    choose(public_world, ada, name="name-3")
    public_world.clock.move(days=90)
    choose(public_world, ada, name="another")


def test_a_cut_forgets_names_whose_time_is_over(public_world: World, ada: str) -> None:
    def kept() -> list[str]:
        with public_world.app.context.store.read() as connection:
            found = connection.exec_driver_sql("SELECT name FROM former_names ORDER BY name")
            return list(found.scalars())

    choose(public_world, ada, name="ada")
    choose(public_world, ada, name="countess")
    public_world.clock.move(days=1)
    choose(public_world, ada, name=None)
    public_world.app.cut()
    assert kept() == ["ada", "countess"]
    public_world.clock.move(days=89)
    public_world.app.cut()
    assert kept() == ["countess"]


def test_of_two_who_want_a_name_at_once_exactly_one_gets_it(
    public_world: World, ada: str, bob: str
) -> None:
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def want(account: str, number: int) -> None:
        start.wait()
        try:
            choose(public_world, account, name=f"name-{number}", showing=Showing.NAMED)
        except NameRefused:
            outcomes.append("refused")
        else:
            outcomes.append("taken")

    for number in range(5):
        threads = [threading.Thread(target=want, args=(who, number)) for who in (ada, bob)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["refused", "taken"]
        outcomes.clear()
        assert public_world.get(f"/u/name-{number}").status_code == 200


def test_every_other_name_is_a_profile_of_its_own(public_world: World, ada: str) -> None:
    seen = [shown_as(public_world, ada)]
    steps: list[Choices] = [
        {"showing": Showing.NAMED, "name": "ada"},
        {"name": "countess"},
        {"showing": Showing.ANONYMOUS},
        {"showing": Showing.HIDDEN},
        {"showing": Showing.NAMED},
    ]
    for choices in steps:
        choose(public_world, ada, **choices)
        seen.append(shown_as(public_world, ada))
    public_ids, anonymous_names, _paths = zip(*seen, strict=True)
    assert len(set(public_ids)) == len(seen)
    assert len(set(anonymous_names)) == 2


def test_hiding_and_showing_again_keeps_an_anonymous_address(public_world: World, ada: str) -> None:
    path = shown_as(public_world, ada)[2]
    choose(public_world, ada, showing=Showing.HIDDEN)
    assert public_world.get(path).status_code == 404
    choose(public_world, ada, showing=Showing.ANONYMOUS)
    assert public_world.get(path).status_code == 200


def test_another_display_name_keeps_the_address(public_world: World, ada: str) -> None:
    choose(public_world, ada, showing=Showing.NAMED, name="ada")
    before = shown_as(public_world, ada)
    choose(public_world, ada, display_name="Ada", on_board=True, live=True, country="gb")
    assert shown_as(public_world, ada) == before


def test_the_app_is_told_a_name_only_while_it_is_shown(public_world: World, ada: str) -> None:
    token = public_world.link_as(ada).token

    def told() -> object:
        return public_world.get("/api/v2/me", token).json()["name"]

    choose(public_world, ada, name="ada")
    assert told() is None
    choose(public_world, ada, showing=Showing.NAMED)
    assert told() == "ada"
    choose(public_world, ada, showing=Showing.HIDDEN)
    assert told() is None


def test_the_old_address_answers_as_if_it_never_was(public_world: World, ada: str) -> None:
    link: Link = public_world.link_as(ada)
    public_world.upload(link.token, day())
    choose(public_world, ada, showing=Showing.NAMED, name="ada")
    kinds = ("/u/{}", "/u/{}/grid.svg", "/u/{}/badge.svg", "/api/v1/profile/{}")
    assert all(public_world.get(kind.format("ada")).status_code == 200 for kind in kinds)
    steps: list[Choices] = [{"name": "countess"}, {"showing": Showing.HIDDEN}]
    for choices in steps:
        old = choices_of(public_world, ada).name or ""
        choose(public_world, ada, **choices)
        for kind in kinds:
            gone = public_world.get(kind.format(old))
            never = public_world.get(kind.format("never-was"))
            assert (gone.status_code, never.status_code) == (404, 404)
            assert gone.content == never.content
            assert gone.headers == never.headers
