"""The leaderboard page beside its numbers: links, states, and what is taken back at once."""

import re
from collections.abc import Generator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import text

from claudeusage_server.private.machine_actions import remove_machine
from claudeusage_server.private.rows import Owner
from claudeusage_server.private.visibility import Showing
from claudeusage_server.public.board import Board
from claudeusage_server.public.rankings import RANKINGS
from tests.server.crowd import Person, Used, crowd
from tests.server.listed import JSON, cells, crowded, query
from tests.server.owners import choose, named
from tests.server.visits import visit
from tests.server.world import World, dates, day, model

SIX = [f"n-{letter}" for letter in "abcdef"]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    """Give a board of some pages."""
    made = crowded(tmp_path_factory.mktemp("full"), crowd(300))
    yield made
    made.close()


def links(page: str, label: str) -> dict[str, str]:
    """Return the links of a navigation by what they say."""
    found = re.search(rf'<nav [^>]*aria-label="{label}">(.*?)</nav>', page, re.DOTALL)
    assert found
    pairs = re.findall(r'href="([^"]*)"[^>]*>([^<]*)</a>', found[1])
    return {name: unescape(address) for address, name in pairs}


def chosen(page: str) -> list[str]:
    """Return what is chosen of measures, periods and countries."""
    marked = re.findall(r'aria-current="true">([^<]*)<', page)
    return marked + re.findall(r" selected>([^<]*)<", page)


def uploaded(world: World, name: str, country: str | None = None) -> str:
    """Sign somebody up who has uploaded a day and is on the board from the next cut on."""
    link = named(world, name, country)
    world.upload(link.token, day("2026-11-20"))
    choose(world, link.account, on_board=True)
    return link.account


def next_cut(world: World) -> None:
    world.clock.move(days=1)
    world.app.cut()


def test_the_first_choice_has_the_shortest_address(full: World) -> None:
    page = full.get("/").text
    assert chosen(page) == ["30 days", "Cost"]
    assert links(page, "Measure") == {
        "Cost": "/",
        "Tokens": "/?measure=tokens",
        "Active time": "/?measure=active",
        "Streak": "/?measure=streak",
    }
    assert links(page, "Period") == {
        "Last day": "/?period=day",
        "7 days": "/?period=7",
        "30 days": "/",
        "Year": "/?period=year",
        "All": "/?period=all",
    }


def test_every_choice_keeps_the_others(full: World) -> None:
    page = full.get("/?measure=tokens&period=year&country=us").text
    assert chosen(page) == ["Year", "Tokens", "United States"]
    assert links(page, "Measure")["Streak"] == "/?measure=streak&period=year&country=us"
    assert links(page, "Period")["30 days"] == "/?measure=tokens&country=us"
    assert links(page, "Pages")["Next"].startswith(
        "/?measure=tokens&period=year&country=us&cursor="
    )
    assert '<input type="hidden" name="measure" value="tokens">' in page
    assert '<input type="hidden" name="period" value="year">' in page
    assert '/api/v1/leaderboard?measure=tokens&amp;period=year&amp;country=us"' in page


def test_a_streak_is_of_no_period_and_keeps_the_one_that_was_chosen(full: World) -> None:
    page = full.get("/?measure=streak&period=7").text
    assert 'aria-label="Period"' not in page
    assert links(page, "Measure")["Cost"] == "/?period=7"


@pytest.mark.parametrize(
    "asked",
    [
        "measure=x&period=x&country=x&cursor=x",
        "country=&measure=&period=&cursor=&around=",
        "country=zz&nothing=1&v=2",
        "cursor=%00%ff&period=%F0%9F%92%A9",
        "cursor=" + "A" * 5_000,
    ],
)
def test_what_is_no_choice_is_the_first_page_and_is_kept_once(full: World, asked: str) -> None:
    first, odd = full.get("/"), full.get(f"/?{asked}")
    assert (odd.status_code, odd.headers["etag"], odd.content) == (
        200,
        first.headers["etag"],
        first.content,
    )


def test_a_country_is_read_whatever_its_case(full: World) -> None:
    assert full.get("/?country=DE").content == full.get("/?country=de").content


def test_the_sorted_column_says_so(full: World) -> None:
    for asked, heading in (("", "Cost"), ("?measure=active", "Active time")):
        page = full.get(f"/{asked}").text
        assert page.count("aria-sort=") == 1
        assert f'aria-sort="descending">{heading}<' in page
        assert page.index("API-equivalent cost") < page.index(">Cost<")


def test_what_cannot_be_gone_to_is_no_link(full: World) -> None:
    page = full.get("/").text
    assert 'role="link" aria-disabled="true">Previous</a>' in page
    assert list(links(page, "Pages")) == ["Next"]
    second = full.get(links(page, "Pages")["Next"]).text
    assert list(links(second, "Pages")) == ["Previous", "Next"]
    assert "Ranks 1–50" in page
    assert re.search(r"Ranks 5\d–\d\d+", second)


def test_a_page_around_somebody_marks_their_row_alone(full: World) -> None:
    second = full.get(links(full.get("/").text, "Pages")["Next"]).text
    name = re.findall(r"/u/([^|]*)\|", "\n".join(map("\n".join, cells(second))))[20]
    page = full.get(f"/?around={name}").text
    assert page.count('class="here"') == 1
    here = page[page.index('class="here"') :]
    assert here.index(f"/u/{name}") < here.index("<tr>")
    assert links(page, "Period")["7 days"] == f"/?period=7&around={name}"
    assert "around" not in links(page, "Pages")["Next"]


def test_whoever_is_not_on_the_board_is_told_alike(public_world: World) -> None:
    uploaded(public_world, "ada")
    absent, hidden = uploaded(public_world, "bea"), uploaded(public_world, "carl")
    choose(public_world, absent, on_board=False)
    choose(public_world, hidden, showing=Showing.HIDDEN)
    next_cut(public_world)
    assert 'class="here"' in public_world.get("/?around=ada").text
    names = ["bea", "carl", "nobody", "%3Cb%3E", "?", "x" * 9_999]
    pages = {public_world.get(f"/?around={name}").content for name in names}
    assert len(pages) == 1
    assert b"Nobody of this name is on this board." in pages.pop()
    told = {public_world.get(f"{JSON}?around={name}").content for name in names}
    assert len(told) == 1
    assert public_world.get(f"{JSON}?around=bea").status_code == 404
    assert public_world.get("/?around=ada&country=is").text.count("Nobody of this name") == 1


def test_a_country_of_nobody_leads_back_to_all(full: World) -> None:
    page = full.get("/?country=li&period=7&measure=tokens").text
    assert "Nobody from Liechtenstein this week." in page
    assert 'href="/?measure=tokens&amp;period=7">Show all countries</a>' in page
    assert page.count("Liechtenstein") == 2
    assert "0 people" in page
    assert full.get(f"{JSON}?country=li").json()["people"] == 0


def test_a_board_before_its_first_cut_says_when_that_is(public_world: World) -> None:
    page = public_world.get("/").text
    assert "Nobody is on the board yet." in page
    assert "next cut, on 23 November at 12:00 UTC." in page
    assert '<a href="/about">How to start</a>' in page
    told = public_world.get(JSON).json()
    assert (told["through"], told["entries"], told["people"]) == (None, [], 0)


def test_names_are_escaped(tmp_path: Path) -> None:
    people = [
        Person("1", "ada", "is", days={0: Used(1, 1, 1)}, display_name='"><script>x</script>')
    ]
    world = crowded(tmp_path, people)
    page = world.get("/?around=%22%3E%3Cscript%3E").text + world.get("/?around=ada").text
    world.close()
    assert "<script>" not in page
    assert "&#34;&gt;&lt;script&gt;x" in page
    assert " style=" not in page


def test_the_fullest_page_is_under_sixty_kilobytes(tmp_path: Path) -> None:
    figures = Used(90_000, 999_999_999_999, 999_999_999_999)
    people = [
        Person(
            f"{number}",
            f"{number:039}".replace("0", "o"),
            "gb",
            days=dict.fromkeys(range(40 - number % 7), figures),
            display_name='"' * 38 + chr(0x1F600 + number),
        )
        for number in range(150)
    ]
    world = crowded(tmp_path, people)
    for ranking in RANKINGS:
        for country in (None, "gb"):
            address = f"/?{query(ranking, country)}"
            second = links(world.get(address).text, "Pages")["Next"]
            page = world.get(second)
            assert len(cells(page.text)) == 50
            assert len(page.content) < 60_000, (ranking, len(page.content))
            around = world.get(f"{address}&around={people[77].name}")
            assert len(around.content) < 60_000
    world.close()


@pytest.mark.parametrize("path", ["/", "/?measure=streak&country=us", JSON, f"{JSON}?period=day"])
def test_a_known_answer_is_not_sent_again(full: World, path: str) -> None:
    first = full.get(path)
    assert first.headers["cache-control"] == "no-cache"
    tag = first.headers["etag"]
    again = full.get(path, **{"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    head = full.request("HEAD", path)
    assert (head.status_code, head.headers["etag"]) == (200, tag)


@pytest.mark.parametrize("path", ["/", "/?around=ada", JSON, "/about"])
def test_whoever_is_signed_in_gets_the_same_bytes(public_world: World, path: str) -> None:
    uploaded(public_world, "ada")
    next_cut(public_world)
    assert public_world.cookies
    owner = public_world.get(path)
    public_world.cookies.clear()
    stranger = public_world.get(path)
    assert (stranger.status_code, stranger.content) == (200, owner.content)
    assert stranger.headers == owner.headers
    assert "set-cookie" not in stranger.headers


def test_a_name_that_is_changed_or_taken_back_is_gone_at_once(public_world: World) -> None:
    account = uploaded(public_world, "ada")
    next_cut(public_world)
    assert "/u/ada|ada" in str(cells(public_world.get("/").text))
    choose(public_world, account, display_name="Lady Lovelace")
    assert "/u/ada|Lady Lovelace" in str(cells(public_world.get("/").text))
    choose(public_world, account, showing=Showing.ANONYMOUS)
    page = public_world.get("/").text
    assert "ada" not in page.lower().replace("canada", "")
    assert "lovelace" not in page.lower()
    assert 'class="anonymous"' in page
    choose(public_world, account, showing=Showing.HIDDEN)
    assert cells(public_world.get("/").text) == []
    assert public_world.get(JSON).json()["entries"] == []


def test_the_bars_of_a_removed_computer_are_gone_at_once(public_world: World) -> None:
    account = uploaded(public_world, "ada")
    other = public_world.link_as(account)
    hashed = public_world.app.context.hashes.machine(account, "cd" * 32)
    public_world.upload(
        other.token, day("2026-11-18", model(cost=1_000_077)), machine="cd" * 32, sequence=1
    )
    next_cut(public_world)

    def days(asked: str = "") -> list[int]:
        [entry] = public_world.get(JSON + asked).json()["entries"]
        return list(entry["days"])

    before = public_world.get("/").content
    assert days()[9:12] == [1_000_077, 0, 1_000_000]
    with public_world.app.context.store.write() as connection:
        remove_machine(connection, Owner(account, hashed))
    public_world.app.context.publish_at_once(account)
    assert days()[9:12] == [0, 0, 1_000_000]
    assert public_world.get("/").content != before


def test_days_that_a_live_profile_adds_wait_for_the_cut(public_world: World) -> None:
    link = named(public_world, "ada")
    choose(public_world, link.account, on_board=True, live=True)
    public_world.upload(link.token, *[day(when) for when in dates("2026-11-22", 20)])
    next_cut(public_world)
    first = public_world.get(JSON).json()
    [entry] = first["entries"]
    assert (entry["days"], first["through"]) == ([1_000_000] * 14, "2026-11-22")
    public_world.upload(link.token, day("2026-11-23", model(cost=1_000_009)), sequence=2)
    assert public_world.get(JSON).json() == first
    next_cut(public_world)
    [entry] = public_world.get(JSON).json()["entries"]
    assert entry["days"] == [1_000_000] * 13 + [1_000_009]


def test_a_country_that_is_shared_off_the_board_comes_and_goes_with_those_who_share_it(
    public_world: World,
) -> None:
    def listed() -> bool:
        return '<option value="is">Iceland</option>' in public_world.get("/").text

    next_cut(public_world)
    accounts = [named(public_world, name, "is").account for name in SIX]
    assert not listed()
    public_world.app.cut()
    assert listed()
    choose(public_world, accounts[0], country=None)
    assert listed()
    choose(public_world, accounts[1], showing=Showing.HIDDEN)
    assert not listed()


def test_the_board_counts_those_of_a_list(full: World) -> None:
    with full.app.public.read() as connection:
        board = Board(connection)
        for ranking in RANKINGS:
            total = connection.execute(
                text("SELECT COUNT(*) FROM board WHERE ranking = :key"), {"key": ranking.key}
            ).scalar_one()
            assert board.people(ranking) == total
            assert board.people(ranking, "li") == 0


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("measure=x", "measure"),
        ("period=90", "period"),
        ("period=", "period"),
        ("country=DE", "country"),
        ("country=de%0A", "country"),
    ],
)
def test_the_interface_refuses_what_it_does_not_know(full: World, asked: str, field: str) -> None:
    answer = full.get(f"{JSON}?{asked}")
    told = answer.json()
    assert (answer.status_code, told["code"], told["field"]) == (422, "query_invalid", field)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_country_is_chosen_with_and_without_a_script(full: World) -> None:
    address = full.origin + "/?measure=tokens&period=7"
    expected = full.origin + "/?measure=tokens&period=7&country=fr"
    with visit(full, 390) as page:
        page.goto(address)
        assert not page.get_by_role("button", name="Show").is_visible()
        page.get_by_label("Country").select_option("fr")
        page.wait_for_url(expected)
        page.get_by_label("Country").focus()
        page.keyboard.press("ArrowDown")
        assert page.url == expected
        page.keyboard.press("Tab")
        page.wait_for_url(full.origin + "/?measure=tokens&period=7&country=de")
    with visit(full, 320, scripts=False) as page:
        page.goto(address)
        page.get_by_label("Country").select_option("fr")
        page.get_by_role("button", name="Show").click()
        page.wait_for_url(expected)
        assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_rows_are_as_high_as_designed_and_every_choice_is_reached_by_keyboard(full: World) -> None:
    for width, height, bars in ((1280, 44, (196, 25)), (390, 52, (60, 23))):
        with visit(full, width) as page:
            page.goto(full.origin + "/")
            rows = page.locator(".board tbody tr")
            boxes = [rows.nth(number).bounding_box() for number in range(1, 50)]
            assert {round(box["height"]) for box in boxes if box} == {height}
            drawn = page.locator(".row-bars").nth(3).bounding_box()
            assert drawn
            assert (round(drawn["width"]), round(drawn["height"])) == bars
            assert page.evaluate("document.documentElement.scrollWidth") == width
            reached = set[str]()
            for _press in range(20):
                page.keyboard.press("Tab")
                reached.add(page.evaluate("document.activeElement.textContent.trim()"))
            assert {"Last day", "All", "Cost", "Streak"} <= reached
