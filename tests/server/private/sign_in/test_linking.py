"""Linking one more provider to an account, and unlinking: only its owner, from our own page."""

from pathlib import Path

import pytest

from claudeusage_server.private.identities import linked_providers
from tests.github_stand_in import GitHubStandIn
from tests.server.handmade_provider import SUBJECT, TOKEN, HandmadeProvider
from tests.server.sign_in import (
    ATTEMPT,
    HEADING,
    SESSION,
    begin,
    begin_link,
    come_back,
    form_token,
    identities,
    linked_at,
    site,
)
from tests.server.world import PUBLIC_URL, World

NOT_BEGUN_HERE = "This sign-in was not begun in this browser within the last ten minutes."


@pytest.fixture
def owner(here: World) -> str:
    """Sign somebody in with GitHub; return the account."""
    return here.sign_in_as("583231", "github")


def linked(world: World, account: str) -> list[str]:
    with world.app.context.store.read() as connection:
        return linked_providers(connection, account)


def test_a_second_provider_signs_in_to_the_same_account(
    here: World, provider: HandmadeProvider, owner: str
) -> None:
    page = begin_link(here)
    assert page.headers["cache-control"] == "no-store"
    session, asked = here.cookies[SESSION], linked_at(page)
    answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")
    assert here.cookies == {SESSION: session}
    assert linked(here, owner) == ["github", "google"]
    here.cookies.clear()
    asked = begin(here)
    come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    assert identities(here) == [(owner, "github", "583231"), (owner, "google", SUBJECT)]


def test_linking_what_is_linked_changes_nothing(
    here: World, provider: HandmadeProvider, owner: str
) -> None:
    for _ in range(2):
        asked = linked_at(begin_link(here))
        answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
        assert answer.status_code == 303
    assert len(identities(here)) == 2
    assert linked(here, owner) == ["github", "google"]


@pytest.mark.parametrize("path", ["/sign-in/google", "/sign-in/github/unlink"])
@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({"form_token": "0" * 64}, {"Origin": PUBLIC_URL}),
        ({}, {"Origin": PUBLIC_URL}),
        ({"form_token": ""}, {}),
        ({"form_token": ""}, {"Origin": "https://evil.example"}),
        ({"form_token": ""}, {"Origin": "null"}),
        ({"form_token": ""}, {"Sec-Fetch-Site": "cross-site"}),
        ({"form_token": ""}, {"Origin": PUBLIC_URL, "Sec-Fetch-Site": "same-site"}),
    ],
    ids=str,
)
def test_a_form_that_is_not_our_own_changes_nothing(
    here: World, owner: str, path: str, fields: dict[str, str], headers: dict[str, str]
) -> None:
    """An empty token stands for the right one."""
    right = {name: value or form_token(here) for name, value in fields.items()}
    content = "&".join(f"{name}={value}" for name, value in right.items()).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = here.request("POST", path, content, form | headers)
    assert answer.status_code == 403
    assert ATTEMPT not in here.cookies
    assert linked(here, owner) == ["github"]


def test_nobody_links_without_a_session(here: World, owner: str) -> None:
    token = form_token(here)
    here.cookies.clear()
    assert here.form("/sign-in/google", {"form_token": token}).status_code == 403
    assert linked(here, owner) == ["github"]


def test_a_link_that_was_begun_in_another_session_is_not_made(
    here: World, provider: HandmadeProvider, owner: str
) -> None:
    asked = linked_at(begin_link(here))
    other = here.sign_in_as("583232", "github")
    answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    assert (answer.status_code, HEADING.findall(answer.text)) == (403, [NOT_BEGUN_HERE])
    assert ATTEMPT not in here.cookies
    assert (linked(here, owner), linked(here, other)) == (["github"], ["github"])
    assert TOKEN not in provider.asked_for


def test_a_link_is_not_made_after_signing_out(
    here: World, provider: HandmadeProvider, owner: str
) -> None:
    asked = linked_at(begin_link(here))
    del here.cookies[SESSION]
    answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    assert (answer.status_code, HEADING.findall(answer.text)) == (403, [NOT_BEGUN_HERE])
    assert here.cookies == {}
    assert linked(here, owner) == ["github"]


@pytest.mark.parametrize(("begun", "made"), [("link", "sign-in"), ("sign-in", "link")])
def test_an_attempt_to_sign_in_is_none_to_link(
    here: World, provider: HandmadeProvider, owner: str, begun: str, made: str
) -> None:
    asked = linked_at(begin_link(here)) if begun == "link" else begin(here)
    here.cookies[ATTEMPT] = here.cookies[ATTEMPT].replace(f".{begun}.", f".{made}.")
    answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    assert answer.status_code == 403
    assert identities(here) == [(owner, "github", "583231")]


def test_an_identity_of_another_account_stays_there(
    here: World, provider: HandmadeProvider
) -> None:
    other = here.sign_in_as(SUBJECT)
    owner = here.sign_in_as("583231", "github")
    session, asked = here.cookies[SESSION], linked_at(begin_link(here))
    answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    assert answer.status_code == 409
    assert HEADING.findall(answer.text) == [
        "This Google account already signs in to another account here."
    ]
    assert here.cookies == {SESSION: session}
    assert sorted(identities(here)) == sorted(
        [(owner, "github", "583231"), (other, "google", SUBJECT)]
    )


def test_an_account_has_one_identity_of_a_provider(here: World, provider: HandmadeProvider) -> None:
    owner = here.sign_in_as("somebody else")
    asked = linked_at(begin_link(here))
    answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    assert answer.status_code == 409
    assert HEADING.findall(answer.text) == [
        "Another Google account already signs in to this account."
    ]
    assert identities(here) == [(owner, "google", "somebody else")]


def test_whoever_cancels_keeps_account_and_session(
    here: World, provider: HandmadeProvider, owner: str
) -> None:
    session, asked = here.cookies[SESSION], linked_at(begin_link(here))
    answer = come_back(here, asked, error="access_denied", iss=provider.origin)
    assert (answer.status_code, HEADING.findall(answer.text)) == (
        403,
        ["Signing in with Google was cancelled."],
    )
    assert here.cookies == {SESSION: session}
    assert linked(here, owner) == ["github"]


def test_a_provider_is_unlinked_while_another_remains(
    here: World, provider: HandmadeProvider, owner: str
) -> None:
    asked = linked_at(begin_link(here))
    come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    fields = {"form_token": form_token(here)}
    answer = here.form("/sign-in/github/unlink", fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")
    assert linked(here, owner) == ["google"]
    last = here.form("/sign-in/google/unlink", fields)
    assert (last.status_code, HEADING.findall(last.text)) == (
        409,
        ["Google is the only way to sign in to this account."],
    )
    assert here.form("/sign-in/github/unlink", fields).status_code == 303
    assert linked(here, owner) == ["google"]


@pytest.mark.parametrize("other", ["google", "local"])
def test_a_provider_that_the_server_no_longer_has_does_not_remain(
    tmp_path: Path, github: GitHubStandIn, other: str
) -> None:
    world = site(tmp_path / "data", None, github.settings)
    try:
        owner = world.sign_in_as("583231", "github")
        world.execute(
            "INSERT INTO identities"  # noqa: S608 -- it is of this test
            f" VALUES ('{owner}', '{other}', 'x')"
        )
        fields = {"form_token": form_token(world)}
        assert world.form("/sign-in/github/unlink", fields).status_code == 409
        assert len(identities(world)) == 2
    finally:
        world.close()
