"""Signing in with GitHub: a number, and nothing else of the person."""

import pytest

from tests.github_stand_in import GitHubStandIn
from tests.server.sign_in import begin, come_back, identities, nothing_came_of, said
from tests.server.world import Logs, World

FAILED = "GitHub gave no answer that can be trusted; try again below."


def test_a_person_is_known_by_the_number(here: World, github: GitHubStandIn) -> None:
    asked = begin(here, "github", onward="/device")
    answer = come_back(here, asked, "github", code=github.agree(asked, "583231"))
    assert answer.headers["location"] == "/device"
    assert [found[1:] for found in identities(here)] == [("github", "583231")]


def test_who_has_another_login_now_is_the_same_person(here: World, github: GitHubStandIn) -> None:
    for login in ("before", "after"):
        github.person = {"login": login}
        asked = begin(here, "github")
        come_back(here, asked, "github", code=github.agree(asked, "583231"))
    assert len(identities(here)) == 1


def test_who_has_a_login_that_was_anothers_is_another_person(
    here: World, github: GitHubStandIn
) -> None:
    for number in ("583231", "583232"):
        asked = begin(here, "github")
        come_back(here, asked, "github", code=github.agree(asked, number))
    assert len(identities(here)) == 2


def test_nothing_is_asked_for_but_to_be_told_who_it_is(here: World) -> None:
    asked = begin(here, "github")
    assert {"scope", "nonce"}.isdisjoint(asked)
    assert asked["redirect_uri"] == "https://usage.example/sign-in/github/callback"


def test_a_wrong_code_is_answered_with_200_and_signs_nobody_in(
    here: World, github: GitHubStandIn, logs: Logs
) -> None:
    answer = come_back(here, begin(here, "github"), "github", code="0" * 20)
    nothing_came_of(here, answer)
    assert said(answer) == FAILED
    assert github.tokens == {}
    assert "bad_verification_code" not in logs.text + answer.text
    assert "signing in with GitHub failed: it refused" in logs.text


@pytest.mark.parametrize("number", [None, 0, -1, 1.5, True, "583231", [], {}], ids=str)
def test_a_person_without_a_number_is_nobody(
    here: World, github: GitHubStandIn, number: object
) -> None:
    github.person = {"id": number}
    asked = begin(here, "github")
    answer = come_back(here, asked, "github", code=github.agree(asked, "583231"))
    nothing_came_of(here, answer)
    assert said(answer) == FAILED
