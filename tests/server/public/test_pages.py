"""The public pages, as anybody gets them."""

import re
from datetime import timedelta

import pytest

from claudeusage_core import figures
from claudeusage_server.drawn.periods import Period
from claudeusage_server.web.guard import SAFE_HEADERS
from tests.server.owners import choose, named
from tests.server.world import NOON, Link, World, dates, day, model, removed

PERIODS = [period.value for period in Period]


def test_the_profile_shows_the_numbers_that_were_uploaded(world: World, link: Link) -> None:
    cost = 594_982_311
    world.upload(link.token, day("2026-11-20", model(7_759, cost, cache_read_tokens=61_200_000)))
    page = world.get(link.path + "?period=all").text
    tokens = 61_200_000 + 1_110
    assert figures.money(cost) in page
    assert f'value="{cost}" title="$594.982311"' in page
    assert f'value="{tokens}" title="{tokens:,} tokens"' in page
    assert '<data value="7759">7,759</data>' in page
    assert "claude-opus-5-5" in page


def test_a_display_name_stands_above_the_name_of_the_address(public_world: World) -> None:
    link = named(public_world, "ada")
    assert '<h1 class="name">ada</h1>' in public_world.get("/u/ada").text
    choose(public_world, link.account, display_name="Ada <Lovelace>")
    page = public_world.get("/u/ada").text
    assert '<h1 class="name">Ada &lt;Lovelace&gt;</h1>' in page
    assert '<p class="caption">ada · ' in page
    assert public_world.profile(link)["display_name"] == "Ada <Lovelace>"


@pytest.mark.parametrize("period", PERIODS)
def test_the_page_and_the_json_agree_in_every_period(world: World, link: Link, period: str) -> None:
    days = [day(when, model(2, 10**6)) for when in dates("2026-11-22", 120)]
    world.upload(link.token, *days)
    of_period = world.periods(link)[period]
    page = world.get(f"{link.path}?period={period}").text
    assert f'<data value="{of_period["cost_microusd"]}" title=' in page
    assert f'<data value="{of_period["tokens"]}" title=' in page
    assert f'<data value="{of_period["messages"]}">' in page


def test_a_profile_without_days_says_what_fills_it(world: World, link: Link) -> None:
    page = world.get(link.path).text
    assert "No days yet. They appear with the first accepted upload." in page
    assert page.count("–</data>") == 5


def test_a_period_without_usage_shows_dashes(world: World, link: Link) -> None:
    world.upload(link.token, day("2026-10-01"))
    page = world.get(link.path + "?period=7").text
    assert "no usage in these 7 days" in page
    assert "No usage in this period." in page


def test_unpriced_tokens_are_told(world: World, link: Link) -> None:
    world.upload(link.token, day("2026-11-20", model(), model(cost=None, model="other")))
    page = world.get(link.path).text
    assert "and 11.1k tokens unpriced" in page
    assert ">unpriced</span>" in page


def test_nothing_else_of_a_day_is_shown_when_all_of_it_is_unpriced(
    world: World, link: Link
) -> None:
    world.upload(link.token, day("2026-11-20", model(cost=None)))
    page = world.get(link.path).text
    assert "Nothing in this period could be priced." in page


def test_a_removed_row_leaves_the_page(world: World, link: Link) -> None:
    world.upload(link.token, day("2026-11-20"))
    was = world.stored(link.token)["2026-11-20"]
    world.upload(link.token, {**removed("2026-11-20"), "was": was}, sequence=2)
    assert "No days yet." in world.get(link.path).text


def test_every_missing_page_is_the_same_byte_for_byte(world: World, link: Link) -> None:
    hidden = world.get("/u/nobody")
    world.upload(link.token, day())
    world.execute("UPDATE accounts SET visible = 0")
    world.app.cut()
    answers = [world.get(link.path), world.get("/u/x/grid.svg"), world.get("/no/such/page")]
    for answer in answers:
        assert (answer.status_code, answer.content) == (404, hidden.content)
        assert answer.headers == hidden.headers


def test_a_known_page_is_not_sent_again(world: World, link: Link) -> None:
    first = world.get(link.path)
    assert first.headers["cache-control"] == "no-cache"
    tag = first.headers["etag"]
    again = world.get(link.path, **{"If-None-Match": f'"x", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")
    world.upload(link.token, day())
    assert world.get(link.path, **{"If-None-Match": tag}).status_code == 200


def test_public_pages_are_the_same_for_everybody(world: World, link: Link) -> None:
    world.upload(link.token, day())
    stranger = world.get(link.path)
    world.sign_in()
    assert world.get(link.path).content == stranger.content
    assert "set-cookie" not in stranger.headers
    assert "last-modified" not in stranger.headers


def test_a_live_page_moves_on_with_the_day(world: World, link: Link) -> None:
    world.upload(link.token, day("2026-11-22"))
    before = world.get(link.path + "?period=7").content
    world.clock.now = NOON + timedelta(days=1)
    assert world.get(link.path + "?period=7").content != before


@pytest.mark.parametrize("count", [20, 60])
def test_the_largest_page_is_under_sixty_kilobytes(world: World, link: Link, count: int) -> None:
    models = [
        model(10**4, 10**8 + number, model=f"claude-opus-20-{number}", cache_read_tokens=10**9)
        for number in range(count)
    ]
    for sequence, year in enumerate(("2024", "2025", "2026"), 1):
        days = [day(when, *models) for when in dates(f"{year}-11-22", 320)]
        world.upload(link.token, *days, sequence=sequence)
    for period in PERIODS:
        page = world.get(f"{link.path}?period={period}")
        assert page.text.count('class="swatch s6"') == 14
        assert len(page.content) < 60_000


def test_the_cheapest_of_many_models_share_a_row(world: World, link: Link) -> None:
    costs = {f"claude-opus-20-{number:02}": 10**8 - number for number in range(30)}
    models = [model(2, cost, model=name) for name, cost in costs.items()]
    world.upload(link.token, day("2026-11-20", *models, model(2, 5, model="other")))
    page = world.get(link.path).text
    rows = re.findall(r'<i class="swatch s(\d)"></i>([^<]+)<', page)
    assert [name for _slot, name in rows] == [*list(costs)[:19], "12 more models"]
    assert rows[-1][0] == "6"
    shared = page[page.index("12 more models") :]
    rest = sum(list(costs.values())[19:]) + 5
    assert f'title="${rest // 10**6:,}.{rest % 10**6:06d}"' in shared
    assert "24 messages" in shared


def test_a_page_has_no_inline_style_or_script(world: World, link: Link) -> None:
    world.upload(link.token, day())
    for path in (link.path, "/", "/privacy", "/sign-in", "/nothing"):
        answer = world.get(path)
        assert not re.search(
            r"<script(?! src=\"/static/site\.js\?v=\w+\"></script>)|<style| style=| on[a-z]+=",
            answer.text,
        )
        assert answer.headers["content-security-policy"] == SAFE_HEADERS["Content-Security-Policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_front_page_lists_the_profiles_of_a_local_server(world: World) -> None:
    assert "No profiles yet." in world.get("/").text
    link = world.link()
    assert f'href="{link.path}"' in world.get("/").text


@pytest.mark.parametrize("theme", ["", "?theme=dark", "?theme=x"])
def test_the_grid_for_a_readme_stands_alone(world: World, link: Link, theme: str) -> None:
    world.upload(link.token, day())
    answer = world.get(f"{link.path}/grid.svg{theme}")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["cache-control"] == "max-age=300"
    assert "script" not in answer.text
    assert "1 active day" in answer.text


def test_the_json_of_nobody_is_a_problem(world: World) -> None:
    answer = world.get("/api/v1/profile/nobody")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["content-type"] == "application/problem+json"
