"""The badge and the grid for a README: their figures, their headers, and that nothing overflows."""

import re
from base64 import b64encode
from html import unescape
from pathlib import Path

import pytest

from claudeusage_core import figures
from claudeusage_resources.tokens import Theme, colours
from claudeusage_server.drawn.badges import Badge, Told, badges
from claudeusage_server.drawn.lettering import width
from tests.browser import browser
from tests.contrast import contrast
from tests.server.world import Link, World, dates, day, model

GROUNDS = {"light": "#ffffff", "dark": "#0d1117"}
IMAGE = '<img alt="" src="data:image/svg+xml;base64,{}"> '
FONTS = ("Liberation Sans", "DejaVu Sans")
MEASURED = """([words, weight, font]) => {
  const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
  text.textContent = words;
  text.setAttribute("style", `font: ${weight} 12px "${font}"`);
  document.querySelector("svg").append(text);
  return text.getComputedTextLength();
}"""
BEYOND = """() => [...document.querySelectorAll("svg text")].filter(each => {
  const box = each.getBoundingClientRect(), whole = each.ownerSVGElement.getBoundingClientRect();
  return box.left < whole.left - 1 || box.right > whole.right + 1;
}).map(each => each.textContent)"""


@pytest.fixture
def used(world: World, link: Link) -> Link:
    days = [day(when, model(2, 4_950_000)) for when in dates("2026-11-22", 120)]
    world.upload(link.token, *days)
    return link


def shown(world: World, link: Link, query: str = "") -> str:
    answer = world.get(f"{link.path}/badge.svg?{query}")
    assert answer.status_code == 200
    return answer.text


def words(drawing: str) -> list[str]:
    return [unescape(each) for each in re.findall(r"<text[^>]*>([^<]*)</text>", drawing)]


def told(world: World, link: Link, badge: Badge) -> str:
    """Write what the public JSON says of a badge."""
    if badge.period is None:
        return figures.plural(int(str(world.profile(link)["streak"])), "day")
    of_period = world.periods(link)[badge.period]
    match badge.told:
        case Told.TOKENS:
            return figures.tokens(of_period["tokens"])
        case Told.ACTIVE:
            return figures.duration(of_period["active_seconds"])
        case Told.SESSIONS:
            return figures.count(of_period["sessions"])
        case _:
            return figures.money_short(of_period["cost_microusd"])


def test_every_badge_has_the_figure_of_the_json(world: World, used: Link) -> None:
    for badge in badges():
        drawing = shown(world, used, badge.query)
        assert words(drawing) == [badge.label, told(world, used, badge)]
        title = f"{used.path.removeprefix('/u/')}: {badge.spoken}: {told(world, used, badge)}"
        assert f'<title id="t">{title}</title>' in drawing
    assert len(list(badges())) == 21


def test_what_a_badge_does_not_know_is_the_default(world: World, used: Link) -> None:
    default = shown(world, used)
    for query in ("measure=x", "period=365", "theme=x", "measure=cost&period=30&other=1"):
        assert shown(world, used, query) == default
    assert shown(world, used, "measure=streak&period=7") == shown(world, used, "measure=streak")


def test_a_badge_about_nothing_has_a_dash(world: World, link: Link) -> None:
    for badge in badges():
        assert words(shown(world, link, badge.query))[1] == figures.UNKNOWN


def test_a_figure_is_escaped(world: World, link: Link) -> None:
    world.upload(link.token, day("2026-11-22", model(1, 1)))
    assert "&lt; $0.01" in shown(world, link)


def test_a_badge_is_kept_for_minutes_shown_elsewhere_and_not_sent_twice(
    world: World, used: Link
) -> None:
    path = f"{used.path}/badge.svg"
    answer, head = world.get(path), world.request("HEAD", path)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "max-age=300"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    policy = "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["content-security-policy"] == policy
    assert (head.status_code, head.headers["etag"]) == (200, answer.headers["etag"])
    again = world.get(path, **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert world.get("/u/nobody/badge.svg").content == world.get("/u/nobody").content


def test_white_stands_out_on_both_parts_in_both_themes() -> None:
    for theme in Theme:
        tokens = colours(theme)
        for part in ("badge-label", "badge-value"):
            assert contrast(tokens["badge-text"], tokens[part]) >= 4.5


def test_nothing_overflows_in_any_font(world: World, used: Link, output: Path) -> None:
    drawings = [shown(world, used, f"{badge.query}&theme=dark") for badge in badges()]
    grids = [world.get(f"{used.path}/grid.svg?theme={theme}").text for theme in GROUNDS]
    looks = {
        theme: [shown(world, used, f"{badge.query}&theme={theme}") for badge in badges()]
        for theme in GROUNDS
    }
    with browser() as running:
        page = running.new_page(viewport={"width": 840, "height": 700})
        for font in FONTS:
            fonted = [each.replace("-apple-system", font) for each in [*drawings, *grids]]
            page.set_content("".join(fonted))
            assert page.evaluate(BEYOND) == [], font
        for badge in badges():
            measured = page.evaluate(MEASURED, [badge.label, "400", "Liberation Sans"])
            assert 0 <= width(badge.label) - measured <= 1.5, badge.label
        for theme, ground in GROUNDS.items():
            seen = [*looks[theme], grids[list(GROUNDS).index(theme)]]
            images = "".join(IMAGE.format(b64encode(each.encode()).decode()) for each in seen)
            page.set_content(f"<body style='background:{ground}'>{images}</body>")
            page.screenshot(path=output / f"readme-{theme}.png")


def test_the_grid_says_whose_it_is_and_prints_its_limits(world: World, used: Link) -> None:
    drawing = world.get(f"{used.path}/grid.svg").text
    assert 'width="773" height="168"' in drawing
    said = words(drawing)
    assert "as of 22 Nov 2026" in said
    assert said[-5:] == ["none", "to $4.95", "to $4.95", "to $4.95", "more"]
    assert "120 active days of 371" in drawing
