"""The leaderboard as it is asked for: one client for many requests, and pages read into rows."""

import asyncio
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from html import unescape
from html.parser import HTMLParser
from math import ceil
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import httpx

from claudeusage_core import figures
from claudeusage_server.board import fill
from claudeusage_server.drawn.row_bars import HEIGHT
from claudeusage_server.public.rankings import RANKINGS, Measure, Ranking, Reach
from tests.server.crowd import THROUGH, Person, ranked, settle
from tests.server.world import World, public_settings

JSON = "/api/v1/leaderboard"
SHARED = (None, "de", "fr", "is", "us")
LISTS = [(ranking, country) for ranking in RANKINGS for country in SHARED]
DAYS = 14
Page = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the board; *cost* and *tokens* are None where there are none."""

    rank: int
    before: int | None
    name: str
    shown: str
    country: str | None
    value: int
    cost: int | None
    tokens: int | None
    days: tuple[int, ...]


def crowded(folder: Path, people: Sequence[Person]) -> World:
    """Open a server for everybody, with these people on its board since two cuts."""
    world = World(folder / "data", settings=public_settings(folder / "data"))
    with world.app.public.write() as connection:
        settle(connection, people)
    for through in (THROUGH - timedelta(days=1), THROUGH):
        fill(world.app.public, through)
    return world


def expected(people: Sequence[Person], ranking: Ranking, country: str | None) -> list[Line]:
    """Tell plainly what the board has to show."""
    by_name = {person.name: person for person in people}
    before = {row.name: row.rank for row in ranked(people, ranking, ago=1)}
    reach = ranking.reach or Reach.ALL
    return [
        Line(
            row.rank,
            before.get(row.name) if country is None else None,
            row.name,
            person.display_name or row.name,
            person.country if person.country in SHARED else None,
            row.value,
            person.value(Ranking(Measure.COST, reach)) or None,
            person.value(Ranking(Measure.TOKENS, reach)) or None,
            tuple(_amount(person, ranking.measure, age) for age in reversed(range(DAYS))),
        )
        for row in ranked(people, ranking, country)
        for person in [by_name[row.name]]
    ]


def _amount(person: Person, measure: Measure, age: int) -> int:
    used = person.days.get(age)
    if used is None:
        return 0
    return {
        Measure.COST: used.cost or 0,
        Measure.TOKENS: used.tokens,
        Measure.ACTIVE: used.active,
        Measure.STREAK: 1,
    }[measure]


def query(ranking: Ranking, country: str | None) -> str:
    """Write the query of a list."""
    named = {"measure": str(ranking.measure), "period": ranking.reach, "country": country}
    return urlencode({name: value for name, value in named.items() if value})


class Asking:
    """A client that keeps its loop between requests."""

    def __init__(self, world: World, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(world.app), base_url=world.origin
        )

    def get(self, address: str) -> httpx.Response:
        """Read something that is there."""
        answer = self._runner.run(self._client.get(address))
        assert answer.status_code == 200, answer.text
        return answer

    def told(self, address: str) -> Iterator[Page]:
        """Follow the cursors of the interface to the end of a list."""
        return self._followed(address, "next", None)

    def told_back(self, address: str) -> Iterator[Page]:
        """Follow the cursors of the interface from the end of a list to its beginning."""
        *_, last = ["", *(page["next"] for page in self.told(address) if page["next"])]
        return self._followed(address, "previous", str(last))

    def _followed(self, address: str, way: str, cursor: str | None) -> Iterator[Page]:
        while True:
            page = self.get(f"{address}&{urlencode({'cursor': cursor})}" if cursor else address)
            told = cast("Page", page.json())
            yield told
            if told[way] is None:
                return
            cursor = told[way]

    def pages(self, address: str, way: str) -> Iterator[tuple[str, str]]:
        """Follow the links of the pages in one way; give each address with its page."""
        at = address
        while True:
            page = self.get(at).text
            yield at, page
            found = re.search(rf'rel="{way}" href="([^"]*)"', page)
            if found is None:
                return
            at = unescape(found[1])

    def close(self) -> None:
        self._runner.run(self._client.aclose())


@contextmanager
def asking(world: World) -> Generator[Asking]:
    """Give a client until the block ends."""
    with asyncio.Runner() as runner:
        made = Asking(world, runner)
        try:
            yield made
        finally:
            made.close()


def lines(pages: Iterable[Page]) -> list[Line]:
    """Read the entries of pages of the interface."""
    return [
        Line(
            rank=each["rank"],
            before=each["before"],
            name=each["name"],
            shown=each["display_name"] or each["name"],
            country=each["country"],
            value=each["value"],
            cost=each["cost_microusd"],
            tokens=each["tokens"],
            days=tuple(each["days"]),
        )
        for page in pages
        for each in page["entries"]
    ]


class _Table(HTMLParser):
    """The cells of every row of a table's body, as text, with the addresses and paths in them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in_body = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "tbody":
            self._in_body = True
        elif self._in_body and tag == "tr":
            self.rows.append([])
        elif self._in_body and tag in {"td", "th"}:
            self.rows[-1].append("")
        elif self._in_body and tag == "a":
            self.rows[-1][-1] += f"{named['href']}|"
        elif self._in_body and tag == "small":
            self.rows[-1][-1] += "|"
        elif self._in_body and tag == "path":
            self.rows[-1][-1] += f"{named['d']}|"

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._in_body = False

    def handle_data(self, data: str) -> None:
        if self._in_body and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip("\n")


def cells(page: str) -> list[list[str]]:
    """Read the cells of a page's table."""
    table = _Table()
    table.feed(page)
    return table.rows


def written(line: Line, ranking: Ranking, *, everybody: bool) -> list[str]:
    """Tell plainly what the cells of a row have to hold."""
    move, spoken = (
        (
            figures.rank_move(line.rank, line.before),
            figures.rank_move_spoken(line.rank, line.before),
        )
        if everybody
        else ("", "")
    )
    moved = move if move == spoken else move + spoken
    code = line.country.upper() if line.country else ""
    small = " · ".join(part for part in (moved, code) if part)
    by_tokens = ranking.measure is Measure.TOKENS
    second = line.cost if by_tokens else line.tokens
    write = figures.money_exact if by_tokens else figures.tokens
    found = [
        figures.count(line.rank),
        f"/u/{line.name}|{line.shown}" + (f"|{small}" if small else ""),
        code or "–",
        _drawn(line, ranking.measure),
        _write(ranking.measure, line.value),
        "–" if second is None else write(second),
    ]
    return [found[0], moved, *found[1:]] if everybody else found


def _write(measure: Measure, value: int) -> str:
    match measure:
        case Measure.COST:
            return figures.money_exact(value)
        case Measure.TOKENS:
            return figures.tokens(value)
        case Measure.ACTIVE:
            return figures.duration(value)
        case Measure.STREAK:
            return figures.plural(value, "day")


def _drawn(line: Line, measure: Measure) -> str:
    if measure is Measure.STREAK:
        first = DAYS - min(DAYS, line.value)
        past = {day: 8 for day, active in enumerate(line.days) if active and day < first}
        now = dict.fromkeys(range(first, DAYS), 18)
        return f"{_path(past)}|{_path(now)}|"
    largest = max(line.days)
    heights = {
        day: ceil(Fraction(each * HEIGHT, largest)) for day, each in enumerate(line.days) if each
    }
    return f"{_path(heights)}|"


def _path(heights: dict[int, int]) -> str:
    return "".join(f"M{2 * day + 1} 0v{height}" for day, height in heights.items())
