"""The leaderboard, as page and as JSON, against a plain ranking of a crowd."""

from collections.abc import Generator
from pathlib import Path

import pytest

from claudeusage_server.public.board import PAGE, Board
from claudeusage_server.public.rankings import STREAK, Measure, Ranking, Reach
from tests.server.crowd import Person, crowd, ranked
from tests.server.listed import (
    JSON,
    LISTS,
    Asking,
    asking,
    cells,
    crowded,
    expected,
    lines,
    query,
    written,
)

MANY = 2_000
MONTH = Ranking(Measure.COST, Reach.MONTH)
NAMED = {11: "Ada <b>Lovelace</b> & Co", 12: '"onclick=x', 13: "Ünïcode"}


@pytest.fixture(scope="module")
def people() -> list[Person]:
    made = crowd(MANY)
    named = [person for person in made if person.country and person.on_board]
    for number, display_name in NAMED.items():
        named[number].display_name = display_name
    return made


@pytest.fixture(scope="module")
def ask(people: list[Person], tmp_path_factory: pytest.TempPathFactory) -> Generator[Asking]:
    world = crowded(tmp_path_factory.mktemp("crowd"), people)
    with asking(world) as made:
        yield made
    world.close()


def test_the_json_of_every_list_is_that_of_a_plain_ranking(
    ask: Asking, people: list[Person]
) -> None:
    for ranking, country in LISTS:
        address = f"{JSON}?{query(ranking, country)}"
        told = list(ask.told(address))
        plain = expected(people, ranking, country)
        assert lines(told) == plain
        assert {page["people"] for page in told} == {len(plain)}
        assert len(told) == -(-len(plain) // PAGE)
        assert told[0]["previous"] is None
    assert len(ranked(people, MONTH)) > 20 * PAGE


@pytest.mark.parametrize("measure", Measure)
def test_the_pages_of_every_list_show_a_plain_ranking(
    ask: Asking, people: list[Person], measure: Measure
) -> None:
    for ranking, country in LISTS:
        if ranking.measure is not measure or (country and ranking.reach not in {None, Reach.WEEK}):
            continue
        plain = expected(people, ranking, country)
        shown = [
            row
            for _at, page in ask.pages(f"/?{query(ranking, country)}", "next")
            for row in cells(page)
        ]
        assert shown == [written(line, ranking, everybody=country is None) for line in plain]
        assert shown


@pytest.mark.parametrize("ranking", [MONTH, STREAK, Ranking(Measure.TOKENS, Reach.DAY)])
@pytest.mark.parametrize("country", [None, "us"])
def test_whoever_goes_back_from_the_end_sees_the_same(
    ask: Asking, people: list[Person], ranking: Ranking, country: str | None
) -> None:
    plain = expected(people, ranking, country)
    asked = query(ranking, country)
    back = list(ask.told_back(f"{JSON}?{asked}"))
    assert lines(back[::-1]) == plain
    last = list(ask.pages(f"/?{asked}", "next"))[-1][0]
    shown = [cells(page) for _at, page in ask.pages(last, "prev")][::-1]
    rows = [row for page in shown for row in page]
    assert rows == [written(line, ranking, everybody=country is None) for line in plain]
    assert len(shown) > 1


@pytest.mark.long
def test_a_hundred_thousand_are_ranked(tmp_path: Path) -> None:
    large = crowd(100_000)
    world = crowded(tmp_path, large)
    with asking(world) as many:
        for ranking, country in LISTS:
            told = list(many.told(f"{JSON}?{query(ranking, country)}"))
            plain = expected(large, ranking, country)
            assert lines(told) == plain
            assert {page["people"] for page in told} == {len(plain)}
            assert country or len(plain) > 20_000
        plain = expected(large, MONTH, None)
        with world.app.public.read() as connection:
            for line in plain[::997]:
                standing = Board(connection).standing(MONTH, line.name)
                assert standing
                assert (standing.rank, standing.people) == (line.rank, len(plain))
        *_, (last, _page) = many.pages("/", "next")
        pages = [cells(page) for _at, page in many.pages(last, "prev")][::-1]
    world.close()
    shown = [row for page in pages for row in page]
    assert shown == [written(line, MONTH, everybody=True) for line in plain]
