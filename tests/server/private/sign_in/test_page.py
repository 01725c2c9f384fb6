"""The sign-in page: two providers of equal weight, and a code on a local server only."""

import re
from pathlib import Path

import pytest

from claudeusage_server.settings import Settings
from tests.github_stand_in import GitHubStandIn
from tests.server.handmade_provider import HandmadeProvider
from tests.server.sign_in import asked_at, come_back, site
from tests.server.world import World

BUTTON = re.compile(r'<a class="button large" href="([^"]*)">Continue with (\w+)</a>')


def test_both_providers_are_offered_alike(public_world: World) -> None:
    page = public_world.get("/sign-in").text
    offered = [("/sign-in/github", "GitHub"), ("/sign-in/google", "Google")]
    assert BUTTON.findall(page) == offered
    assert "only on this computer" not in page
    assert "<form" not in page
    assert 'role="alert"' not in page


def test_a_button_leads_to_where_one_wanted_to_go(public_world: World) -> None:
    page = public_world.get("/sign-in?next=/device?code=bcdfghjk").text
    onward = "?next=/device%3Fcode%3DBCDF-GHJK"
    assert [address for address, _name in BUTTON.findall(page)] == [
        f"/sign-in/github{onward}",
        f"/sign-in/google{onward}",
    ]
    assert "evil" not in public_world.get("/sign-in?next=//evil.example").text


def test_only_a_provider_that_is_configured_is_offered(
    tmp_path: Path, github: GitHubStandIn
) -> None:
    world = site(tmp_path / "data", None, github.settings)
    try:
        assert BUTTON.findall(world.get("/sign-in").text) == [("/sign-in/github", "GitHub")]
    finally:
        world.close()


def test_a_local_server_offers_a_code_only(world: World) -> None:
    page = world.get("/sign-in").text
    assert BUTTON.findall(page) == []
    assert "only on this computer" in page
    assert "Local sign-in" in page


def test_a_server_with_a_provider_takes_no_code(public_world: World) -> None:
    assert public_world.form("/sign-in", {"code": "0" * 32}).status_code == 405


@pytest.mark.parametrize("host", ["localhost:8787", "127.0.0.1:8787"])
def test_a_server_on_loopback_signs_in_under_each_of_its_names(
    tmp_path: Path, provider: HandmadeProvider, host: str
) -> None:
    settings = Settings(tmp_path / "data", google=provider.settings)
    world = World(settings.data, settings=settings)
    world.headers = {"Host": host}
    try:
        asked = asked_at(world.get("/sign-in/google").headers["location"])
        assert asked["redirect_uri"] == f"http://{host}/sign-in/google/callback"
        answer = come_back(world, asked, code=provider.agree(asked), iss=provider.origin)
        assert answer.status_code == 303
        assert set(world.cookies) == {"claudeusage-8787"}
        token = world.app.context.hashes.form_token(world.cookies["claudeusage-8787"])
        form = {"form_token": token}
        assert world.form("/sign-out", form, origin="http://other.example").status_code == 403
        assert world.form("/sign-out", form, origin=f"http://{host}").status_code == 303
    finally:
        world.close()
