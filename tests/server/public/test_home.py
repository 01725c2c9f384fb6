"""The home page of a local server, and the page that says what this is."""

from tests.server.world import Link, World, day, model


def test_the_home_page_shows_what_each_profile_comes_to(world: World, link: Link) -> None:
    world.upload(link.token, day("2026-11-19", model(cost=2_500_000), model(model="other")))
    world.upload(link.token, day("2026-11-20"), sequence=2)
    page = world.get("/").text
    assert f'href="{link.path}"' in page
    for shown in ("$4.50", "33.3k", 'title="33,330"', "20 Nov 2026", "API-equivalent"):
        assert shown in page, shown


def test_a_profile_without_days_has_dashes(world: World, link: Link) -> None:
    page = world.get("/").text
    assert f'href="{link.path}"' in page
    assert "<td>no days yet<td>–<td" in page


def test_a_home_page_without_profiles_says_how_to_make_one(world: World) -> None:
    page = world.get("/").text
    assert "No profiles yet." in page
    assert "<code>claudeusage link --bundled</code>" in page


def test_a_local_server_has_no_board(world: World) -> None:
    world.link()
    assert world.get("/?measure=tokens&around=x").content == world.get("/").content


def test_what_this_is_names_the_server_to_link_to(public_world: World, world: World) -> None:
    page = public_world.get("/about").text
    assert f"<code>claudeusage link {public_world.origin}</code>" in page
    assert "--bundled" not in page
    assert 'href="/privacy"' in page
    local = world.get("/about").text
    assert "<code>claudeusage link --bundled</code>" in local
    assert "leaderboard" not in local.lower()
    assert '<a href="/about">What this is</a>' in public_world.get("/").text
    assert '<a href="/about">What this is</a>' in world.get("/").text
