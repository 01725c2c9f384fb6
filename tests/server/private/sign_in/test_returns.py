"""Coming back from a provider: what is not this browser's own, fresh attempt ends on the page."""

from pathlib import Path

import pytest

from claudeusage_server.private.sign_in.attempt import VALID_SECONDS
from claudeusage_server.settings import Limits
from tests.github_stand_in import GitHubStandIn
from tests.server.handmade_provider import SUBJECT, TOKEN, HandmadeProvider
from tests.server.sign_in import (
    ATTEMPT,
    SESSION,
    begin,
    come_back,
    counted,
    identities,
    nothing_came_of,
    said,
    site,
)
from tests.server.world import Logs, World

FOREIGN = "This sign-in was not begun in this browser within the last ten minutes; try again below."


def test_signing_in_keeps_nothing_and_asks_for_nothing_but_who_it_is(
    here: World, provider: HandmadeProvider
) -> None:
    asked = begin(here)
    assert set(asked) == {
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
    }
    assert asked["redirect_uri"] == "https://usage.example/sign-in/google/callback"
    assert provider.agree(asked)
    assert counted(here) == (0, 0, 0)


def test_the_attempts_cookie_is_for_this_browser_and_ten_minutes(here: World) -> None:
    cookie = here.get("/sign-in/google").headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    assert name == ATTEMPT
    members = {part.strip().lower() for part in rest.split(";")[1:]}
    assert members == {"httponly", "max-age=600", "path=/", "samesite=lax", "secure"}


def test_no_two_attempts_are_alike(here: World) -> None:
    first, second = begin(here), begin(here)
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
    assert len({first["state"], first["nonce"], first["code_challenge"]}) == 3


def test_an_attempt_comes_back_to_where_it_wanted_to_go(
    here: World, provider: HandmadeProvider
) -> None:
    asked = begin(here, onward="/device?code=BCDF-GHJK")
    answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    assert answer.headers["location"] == "/device?code=BCDF-GHJK"


def test_an_attempt_does_not_lead_to_another_site(here: World, provider: HandmadeProvider) -> None:
    asked = begin(here, onward="//evil.example")
    answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    assert answer.headers["location"] == "/dashboard"


def test_whoever_cancels_is_told_so(here: World, provider: HandmadeProvider) -> None:
    answer = come_back(here, begin(here), error="access_denied", iss=provider.origin)
    nothing_came_of(here, answer)
    assert said(answer) == "Signing in with Google was cancelled; try again below."


@pytest.mark.parametrize(
    "came",
    [{"error": "server_error"}, {"error": ""}, {}, {"code": ""}, {"code": "x" * 4_097}],
    ids=str,
)
def test_a_return_without_a_code_ends_there(
    here: World, provider: HandmadeProvider, came: dict[str, str]
) -> None:
    nothing_came_of(here, come_back(here, begin(here), iss=provider.origin, **came))
    assert TOKEN not in provider.asked_for


@pytest.mark.parametrize("state", ["", "0" * 64, "ä"])
def test_a_forged_state_ends_there(here: World, provider: HandmadeProvider, state: str) -> None:
    asked = begin(here)
    answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin, state=state)
    nothing_came_of(here, answer)
    assert said(answer) == FOREIGN
    assert TOKEN not in provider.asked_for


def test_a_return_without_the_attempts_cookie_ends_there(
    here: World, provider: HandmadeProvider
) -> None:
    asked = begin(here)
    here.cookies.clear()
    answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    nothing_came_of(here, answer)
    assert said(answer) == FOREIGN


def test_a_return_in_another_browser_ends_there(here: World, provider: HandmadeProvider) -> None:
    asked = begin(here)
    here.cookies.clear()
    begin(here)
    answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    nothing_came_of(here, answer)
    assert said(answer) == FOREIGN


def test_a_return_is_taken_once(here: World, provider: HandmadeProvider) -> None:
    asked = begin(here)
    kept, code = here.cookies[ATTEMPT], provider.agree(asked)
    assert come_back(here, asked, code=code, iss=provider.origin).status_code == 303
    assert set(here.cookies) == {SESSION}
    here.cookies.clear()
    again = come_back(here, asked, code=code, iss=provider.origin)
    assert (again.status_code, said(again)) == (403, FOREIGN)
    here.cookies[ATTEMPT] = kept  # even whoever has kept the cookie has no second use of the code
    assert come_back(here, asked, code=code, iss=provider.origin).status_code == 502
    assert counted(here) == (1, 1, 1)
    assert here.cookies == {}


def test_an_attempt_lasts_ten_minutes(here: World, provider: HandmadeProvider) -> None:
    asked = begin(here)
    here.clock.move(seconds=VALID_SECONDS)
    answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    nothing_came_of(here, answer)
    assert said(answer) == FOREIGN


def test_an_attempt_that_was_made_younger_does_not_fit(
    here: World, provider: HandmadeProvider
) -> None:
    asked = begin(here)
    here.clock.move(seconds=VALID_SECONDS)
    _begun, _, rest = here.cookies[ATTEMPT].partition(".")
    here.cookies[ATTEMPT] = f"{here.app.context.surroundings.seconds()}.{rest}"
    answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    nothing_came_of(here, answer)


@pytest.mark.parametrize(
    "cookie",
    ["x", "1.2.3.4", "-1.sign-in..x", "9" * 5000 + ".sign-in..x", "1795348800.sign-in..x", "...."],
)
def test_a_cookie_that_is_no_attempt_ends_there(
    here: World, provider: HandmadeProvider, cookie: str
) -> None:
    asked = begin(here)
    here.cookies[ATTEMPT] = cookie
    answer = come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    nothing_came_of(here, answer)


@pytest.mark.parametrize(("begun", "ended"), [("google", "github"), ("github", "google")])
def test_the_state_of_one_provider_is_none_of_the_others(
    here: World, provider: HandmadeProvider, github: GitHubStandIn, begun: str, ended: str
) -> None:
    asked = begin(here, begun)
    agreed = github.agree(asked, "1") if begun == "github" else provider.agree(asked)
    answer = come_back(here, asked, ended, code=agreed, iss=provider.origin)
    nothing_came_of(here, answer)
    assert said(answer) == FOREIGN
    assert TOKEN not in provider.asked_for


@pytest.mark.parametrize("issuer", [{"iss": "https://accounts.google.com"}, {"iss": ""}, {}])
def test_a_code_of_another_issuer_ends_there(
    here: World, provider: HandmadeProvider, logs: Logs, issuer: dict[str, str]
) -> None:
    asked = begin(here)
    nothing_came_of(here, come_back(here, asked, code=provider.agree(asked), **issuer))
    assert "signing in with Google failed: the code came from another issuer" in logs.text
    assert TOKEN not in provider.asked_for


def test_a_provider_that_names_no_issuer_need_not(here: World, provider: HandmadeProvider) -> None:
    provider.discovered = {"authorization_response_iss_parameter_supported": False}
    asked = begin(here)
    assert come_back(here, asked, code=provider.agree(asked)).status_code == 303


@pytest.mark.parametrize("sent_by", ["cross-site", "same-site"])
def test_another_site_gets_no_further_than_the_sign_in_page(here: World, sent_by: str) -> None:
    answer = here.get("/sign-in/google?next=/dashboard", **{"Sec-Fetch-Site": sent_by})
    assert answer.headers["location"] == "/sign-in?next=%2Fdashboard"
    assert here.cookies == {}


def test_a_provider_that_is_not_configured_is_not_there(world: World) -> None:
    nothing = world.get("/nothing")
    for path in ("/sign-in/google", "/sign-in/github/callback", "/sign-in/nobody"):
        assert world.get(path).content == nothing.content
    assert "Continue with" not in world.get("/sign-in").text


def test_signing_in_again_finds_the_account_and_ends_the_session_before(
    here: World, provider: HandmadeProvider
) -> None:
    sessions: list[str] = []
    for _ in range(2):
        asked = begin(here)
        come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
        sessions.append(here.cookies[SESSION])
    assert len(set(sessions)) == 2
    assert counted(here) == (1, 1, 1)
    assert [found[1:] for found in identities(here)] == [("google", SUBJECT)]


def test_a_new_account_is_anonymous_and_not_on_the_board(
    here: World, provider: HandmadeProvider
) -> None:
    asked = begin(here)
    come_back(here, asked, code=provider.agree(asked), iss=provider.origin)
    with here.app.context.store.read() as connection:
        found = connection.exec_driver_sql("SELECT * FROM accounts").one()
    assert (found.name, found.display_name, found.anonymous, found.on_board) == (None, None, 1, 0)


def test_sign_ins_are_counted(
    tmp_path: Path, provider: HandmadeProvider, github: GitHubStandIn
) -> None:
    limits = Limits(sign_ins="3/10minute")
    world = site(tmp_path / "counted", provider.settings, github.settings, limits)
    try:
        asked = begin(world)
        for _ in range(2):
            come_back(world, asked, state="x")
        assert world.get("/sign-in/google").status_code == 429
        assert come_back(world, asked).status_code == 429
        assert world.get("/sign-in").status_code == 200
    finally:
        world.close()
