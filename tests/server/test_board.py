"""The board: filled at the cut, left at once, and read the same as a plain ranking."""

from collections.abc import Callable, Generator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from claudeusage_server.board import fill, follow, leave, move
from claudeusage_server.public.board import PAGE, Board, Page
from claudeusage_server.public.rankings import (
    BINS,
    RANKINGS,
    STREAK,
    Measure,
    Ranking,
    Reach,
    bin_of,
)
from tests.server.crowd import THROUGH, Person, Ranked, Used, crowd, ranked, settled

COST = Ranking(Measure.COST, Reach.MONTH)
NEXT = THROUGH + timedelta(days=1)
SHARED = (None, "de", "fr", "is", "us")
LISTS = [(ranking, country) for ranking in RANKINGS for country in SHARED]


class Crowded:
    """A board of some people, and its store."""

    def __init__(self, folder: Path, people: list[Person]) -> None:
        self.people = people
        self.store = settled(folder, people)
        fill(self.store, THROUGH)

    def change(self, statement: str, **values: str | int) -> None:
        """Change the store by hand."""
        with self.store.write() as connection:
            connection.execute(text(statement), values)

    def pages(self, ranking: Ranking, country: str | None, *, backwards: bool) -> list[Page]:
        """Go through all pages from the first one on, or back from the last one."""
        with self.store.read() as connection:
            board = Board(connection)
            there = [board.page(ranking, country)]
            while (following := there[-1].following) is not None:
                there.append(board.page(ranking, country, following))
            if not backwards:
                return there
            back = [there[-1]]
            while (previous := back[-1].previous) is not None:
                back.append(board.page(ranking, country, previous))
            return back[::-1]

    def rows(self, ranking: Ranking = COST, country: str | None = None) -> list[Ranked]:
        return entries(self.pages(ranking, country, backwards=False))

    def rank(self, name: str, ranking: Ranking = COST) -> int | None:
        with self.store.read() as connection:
            standing = Board(connection).standing(ranking, name)
        return standing.rank if standing else None

    def before(self) -> dict[str, int | None]:
        pages = self.pages(COST, None, backwards=False)
        return {entry.name: entry.before for page in pages for entry in page.entries}

    def histogram_is_true(self) -> bool:
        """Say whether the histogram counts exactly the rows that there are."""
        with self.store.read() as connection:
            everybody, of_countries = (
                connection.execute(
                    text(
                        "SELECT COALESCE(SUM(people), 0) FROM board_histogram"
                        " WHERE (country = '') = :everybody"
                    ),
                    {"everybody": everybody},
                ).scalar_one()
                for everybody in (1, 0)
            )
            rows = connection.execute(text("SELECT COUNT(*), COUNT(country) FROM board")).one()
        return (everybody, of_countries) == tuple(rows)


def entries(pages: Sequence[Page]) -> list[Ranked]:
    return [Ranked(row.rank, row.name, row.value) for page in pages for row in page.entries]


@pytest.fixture
def make(tmp_path: Path) -> Generator[Callable[[list[Person]], Crowded]]:
    made: list[Crowded] = []

    def crowded(people: list[Person]) -> Crowded:
        made.append(Crowded(tmp_path, people))
        return made[-1]

    yield crowded
    for each in made:
        each.store.close()


@pytest.fixture
def some(make: Callable[[list[Person]], Crowded]) -> Crowded:
    return make(crowd(300))


@pytest.fixture(
    params=[pytest.param(300, id="300"), pytest.param(2_000, id="2000", marks=pytest.mark.long)]
)
def many(make: Callable[[list[Person]], Crowded], request: pytest.FixtureRequest) -> Crowded:
    return make(crowd(int(request.param)))


@pytest.mark.parametrize("backwards", [False, True])
def test_every_list_is_that_of_a_plain_ranking(many: Crowded, backwards: bool) -> None:
    for ranking, country in LISTS:
        pages = many.pages(ranking, country, backwards=backwards)
        expected = ranked(many.people, ranking, country)
        assert entries(pages) == expected
        assert [len(page.entries) for page in pages[:-1]] == [PAGE] * (len(pages) - 1)
    assert len(ranked(many.people, COST)) > 2 * PAGE


def test_everybody_stands_where_a_plain_ranking_has_them(many: Crowded) -> None:
    with many.store.read() as connection:
        board = Board(connection)
        for ranking, country in LISTS:
            expected = ranked(many.people, ranking, country)
            by_name = {row.name: row for row in expected}
            for person in many.people:
                row, found = by_name.get(person.name), board.standing(ranking, person.name, country)
                assert (row is None) is (found is None)
                if row and found:
                    assert (found.rank, found.value) == (row.rank, row.value)
                    assert found.people == len(expected)


def test_a_page_around_somebody_is_whole_and_holds_them(many: Crowded) -> None:
    with many.store.read() as connection:
        board = Board(connection)
        for ranking in (COST, STREAK, Ranking(Measure.ACTIVE, Reach.DAY)):
            for country in (None, "de"):
                expected = ranked(many.people, ranking, country)
                for number, row in enumerate(expected):
                    page = board.around(ranking, row.name, country)
                    assert page is not None
                    first = max(0, min(number - 24, len(expected) - PAGE))
                    assert entries([page]) == expected[first : first + PAGE]
                    assert (page.previous is None) is (first == 0)
                    assert (page.following is None) is (first + PAGE >= len(expected))


def test_who_is_in_no_list_has_no_page_there(some: Crowded) -> None:
    listed = {row.name for row in ranked(some.people, COST)}
    missing = [person.name for person in some.people if person.name not in listed]
    with some.store.read() as connection:
        board = Board(connection)
        assert {board.around(COST, name) for name in [*missing, "nobody"]} == {None}
        german = next(person for person in some.people if person.country == "de")
        assert board.around(COST, german.name, "fr") is None


def test_ties_share_a_rank_and_stand_in_the_order_of_their_names(
    make: Callable[[list[Person]], Crowded],
) -> None:
    costs = {"dora": 5, "carl": 9, "bea": 9, "abe": 9, "eve": 5, "fay": 1}
    people = [Person(name, name, None, days={0: Used(0, 0, cost)}) for name, cost in costs.items()]
    rows = make(people).rows()
    assert [row.name for row in rows] == ["abe", "bea", "carl", "dora", "eve", "fay"]
    assert [row.rank for row in rows] == [1, 1, 1, 4, 4, 6]


def test_a_page_that_begins_within_a_tie_has_its_ranks(
    make: Callable[[list[Person]], Crowded],
) -> None:
    people = [
        Person(f"{number:03}", f"{number:03}", None, days={0: Used(0, 0, 9 if number < 70 else 5)})
        for number in range(160)
    ]
    second = make(people).pages(COST, None, backwards=False)[1].entries
    assert [row.rank for row in second] == [1] * 20 + [71] * 30


def test_a_country_that_few_share_is_neither_shown_nor_listed(some: Crowded) -> None:
    few = next(person for person in some.people if person.country == "li")
    few_pages = some.pages(COST, "li", backwards=False)
    assert few_pages == [Page((), None, None)]
    assert some.rank(few.name) is not None
    with some.store.read() as connection:
        board = Board(connection)
        assert board.countries() == ["de", "fr", "is", "us"]
        page = board.around(COST, few.name)
        assert page is not None
        assert [row.country for row in page.entries if row.name == few.name] == [None]
        assert board.standing(COST, few.name, "li") is None


def test_anonymous_people_are_listed_by_their_name_and_without_a_country(some: Crowded) -> None:
    pages = some.pages(COST, None, backwards=False)
    anonymous = [row for page in pages for row in page.entries if row.anonymous]
    assert anonymous
    assert all(row.name.startswith("anonymous-") and row.country is None for row in anonymous)


def test_who_leaves_is_gone_and_those_below_move_up(some: Crowded) -> None:
    gone = [row.name for row in some.rows()[10:60:7]]
    for person in some.people:
        if person.name in gone:
            person.on_board = False
            with some.store.write() as connection:
                leave(connection, person.public_id)
    for ranking, country in LISTS:
        assert some.rows(ranking, country) == ranked(some.people, ranking, country)
    assert [some.rank(name) for name in gone] == [None] * len(gone)
    assert some.rank(some.rows()[-1].name) == ranked(some.people, COST)[-1].rank
    assert some.histogram_is_true()


def test_a_cursor_at_somebody_who_left_still_leads_on(some: Crowded) -> None:
    first = some.pages(COST, None, backwards=False)[0]
    last = first.entries[-1].name
    person = next(person for person in some.people if person.name == last)
    with some.store.write() as connection:
        leave(connection, person.public_id)
        page = Board(connection).page(COST, None, first.following or "")
    assert page.entries[0].rank == ranked(some.people, COST)[PAGE].rank - 1
    assert page.previous is not None
    with some.store.read() as connection:
        back = Board(connection).page(COST, None, page.previous)
    assert (len(back.entries), back.previous) == (PAGE, None)


@pytest.mark.parametrize("cursor", ["", "x", "!", "K" * 999, "KzEy", "LTEyMyBu", "w7w", "LTk5"])
def test_whatever_is_no_cursor_is_the_first_page(some: Crowded, cursor: str) -> None:
    with some.store.read() as connection:
        page = Board(connection).page(COST, None, cursor)
    assert len(page.entries) == PAGE


def test_a_country_that_is_taken_back_is_gone_at_once(some: Crowded) -> None:
    person = next(person for person in some.people if person.country == "de" and person.on_board)
    person.country = None
    some.change("UPDATE profiles SET country = NULL WHERE public_id = :id", id=person.public_id)
    with some.store.write() as connection:
        follow(connection, person.public_id)
    for ranking, country in LISTS:
        assert some.rows(ranking, country) == ranked(some.people, ranking, country)
    assert some.histogram_is_true()


def test_a_renamed_profile_keeps_its_rank_and_that_of_yesterday(some: Crowded) -> None:
    fill(some.store, NEXT)
    old = next(person for person in some.people if person.name == some.rows()[20].name)
    was = some.before()[old.name], some.rank(old.name)
    some.change(
        "INSERT INTO profiles SELECT 'new', 'zz-renamed', anonymous, country, joined_month, live,"
        " through, generation, display_name, on_board FROM profiles WHERE public_id = :id",
        id=old.public_id,
    )
    with some.store.write() as connection:
        move(connection, old.public_id, "new")
    some.change("DELETE FROM profiles WHERE public_id = :id", id=old.public_id)
    assert (some.before()["zz-renamed"], some.rank("zz-renamed")) == was
    assert some.rank(old.name) is None
    assert some.histogram_is_true()


def test_the_next_cut_keeps_the_ranks_of_the_one_before(some: Crowded) -> None:
    assert set(some.before().values()) == {None}
    first = {row.name: row.rank for row in some.rows()}
    fill(some.store, NEXT)
    fill(some.store, NEXT)
    before = some.before()
    assert before == {name: first.get(name) for name in before}
    assert before != {row.name: row.rank for row in some.rows()}


def test_filling_again_changes_nothing(some: Crowded) -> None:
    def everything() -> list[object]:
        tables = ("board", "board_histogram", "board_state")
        with some.store.read() as connection:
            return [connection.exec_driver_sql(f"SELECT * FROM {each}").all() for each in tables]  # noqa: S608 -- tables of our own

    before = everything()
    some.change("UPDATE profiles SET on_board = 1")
    fill(some.store, THROUGH)
    assert everything() == before


def test_a_fill_that_was_cut_short_is_resumed_and_shows_nothing_before(some: Crowded) -> None:
    before = some.rows()
    some.change("UPDATE profiles SET on_board = 0 WHERE name > 'p5'")
    some.change(
        "UPDATE board_state SET next_edition = next_edition + 1, next_through = :day",
        day=NEXT.isoformat(),
    )
    some.change("UPDATE profiles SET on_board = 1 WHERE name > 'p5'")
    assert some.rows() == before
    fill(some.store, NEXT)
    assert {row.rank for row in some.rows()} >= {1}
    with some.store.read() as connection:
        assert Board(connection).through == NEXT
        assert connection.execute(text("SELECT COUNT(DISTINCT edition) FROM board")).scalar() == 1
    assert some.histogram_is_true()


def test_days_after_the_cut_are_not_ranked(some: Crowded) -> None:
    day = Ranking(Measure.TOKENS, Reach.DAY)
    assert any(-1 in person.days and 0 not in person.days for person in some.people)
    assert some.rows(day) == ranked(some.people, day)


@pytest.mark.parametrize("reach", Reach)
def test_each_cost_is_counted_in_its_bin(some: Crowded, reach: Reach) -> None:
    rows = ranked(some.people, Ranking(Measure.COST, reach))
    bins = [bin_of(row.value) for row in rows]
    with some.store.read() as connection:
        assert Board(connection).costs(reach) == [bins.count(number) for number in range(BINS)]
    assert len(rows) > 40


def test_figures_beyond_all_measure_do_not_stop_the_fill(
    make: Callable[[list[Person]], Crowded],
) -> None:
    days = {age: Used(90_000, 4 * 10**18, 10**18) for age in range(30)}
    rows = make(
        [Person("a", "a", None, days=days), Person("b", "b", None, days={0: Used(1, 1, 1)})]
    )
    assert [row.name for row in rows.rows()] == ["a", "b"]
