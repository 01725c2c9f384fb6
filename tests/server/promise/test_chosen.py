"""What is told at signing up, and what anybody chooses afterwards, at any time."""

import re
import sqlite3
from contextlib import closing

from claudeusage_server.private.identities import PROVIDERS
from tests.server.owners import choose, named
from tests.server.promise.conftest import Left
from tests.server.promise.life import NAME, Life
from tests.server.promise.looks import PROFILE_JSON, public_answers
from tests.server.promise.marked import Kind
from tests.server.world import World, day

COUNTRY = re.compile("[a-z]{2}")


def test_a_country_is_derived_at_sign_up_and_never_again(life: Life) -> None:
    assert life.countries == {
        "ada": "nl",
        "bob": "se",
        "carol": None,
        "carol, from elsewhere": None,
    }


def test_a_country_is_two_letters_and_nothing_nearer_is_stored(left: Left) -> None:
    with closing(sqlite3.connect(left.after / "private.sqlite3")) as connection:
        found = [country for (country,) in connection.execute("SELECT country FROM accounts")]
    assert any(found)
    assert all(country is None or COUNTRY.fullmatch(country) for country in found)
    assert "Marked City Name" in left.life.secrets[Kind.REQUEST]


def test_a_country_that_few_share_is_on_no_page_of_theirs(again: World, life: Life) -> None:
    for name in life.shown[life.ada.account]:
        answer = again.get(PROFILE_JSON + name)
        assert answer.status_code == 404 or answer.json()["country"] is None


def test_a_country_may_be_cleared_and_stays_so(public_world: World) -> None:
    links = [named(public_world, f"one-of-{number}", "nl") for number in range(5)]
    for link in links:
        public_world.upload(link.token, day())
    public_world.app.cut()
    assert public_world.profile(links[0])["country"] == "nl"
    choose(public_world, links[0].account, country=None)
    assert [public_world.profile(link)["country"] for link in links] == [None] * 5
    public_world.sign_in_as("one-of-0")
    public_world.app.cut()
    assert public_world.profile(links[0])["country"] is None


def test_nothing_of_a_provider_is_proposed_as_a_name(life: Life) -> None:
    assert len(life.dashboards) == 3
    for page in life.dashboards:
        assert "anonymous-" in page
        for kind in (Kind.E_MAIL, Kind.SUBJECT):
            assert not [secret for secret in life.secrets[kind] if secret in page]


def test_who_is_not_on_the_board_is_named_on_no_other_page(public_world: World) -> None:
    link = named(public_world, "ada-byron")
    public_world.upload(link.token, day())
    public_world.app.cut()
    public_world.cookies = {}
    answers = public_answers(public_world, ["ada-byron"])
    others = [each for each in answers if not each.tells_of_somebody]
    assert {each.status for each in others} >= {200}
    assert [each.asked for each in others if b"ada-byron" in each.body + each.head] == []
    assert public_world.get("/u/ada-byron").is_success


def test_only_google_and_github_sign_in_to_a_server_for_everybody(again: World) -> None:
    page = again.get("/sign-in").text
    offered = re.findall(r'href="/sign-in/(\w+)', page) + re.findall(
        r'action="/sign-in/(\w+)', page
    )
    assert sorted(offered) == sorted(PROVIDERS)
    assert again.post("/api/local/proof", {"nonce": "ab" * 32}).status_code == 404
    assert again.post("/api/local/link", {}).status_code == 404


def test_every_page_says_that_it_is_nobodys_but_the_projects_own(again: World, life: Life) -> None:
    again.cookies = dict(life.ada.cookies)
    for path in ("/", "/privacy", "/checks", f"/u/{NAME}", "/u/nobody", "/sign-in", "/dashboard"):
        assert "An independent project, not affiliated with Anthropic." in again.get(path).text
