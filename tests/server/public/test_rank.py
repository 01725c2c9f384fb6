"""The rank on a profile: its words, and the strip beside it."""

from pathlib import Path

import pytest

from claudeusage_core import figures
from claudeusage_server.board import fill
from claudeusage_server.drawn.periods import Period
from claudeusage_server.public.board import Board
from claudeusage_server.public.rank import FEWEST, Rank, rank_of
from tests.server.crowd import THROUGH, Person, Used, settled


def rank_among(folder: Path, count: int, name: str, period: Period = Period.MONTH) -> Rank | None:
    """Put people on a board, the first one with $1, the second with $2, and find one of them."""
    people = [
        Person(f"{number:032x}", f"p{number}", "de", days={0: Used(60, 5, number * 10**6)})
        for number in range(1, count + 1)
    ]
    store = settled(folder, people)
    fill(store, THROUGH)
    with store.read() as connection:
        found = rank_of(Board(connection), name, period)
    store.close()
    return found


def test_a_rank_is_told_in_words_and_beside_the_people_at_each_cost(tmp_path: Path) -> None:
    rank = rank_among(tmp_path, 23, "p22")
    assert rank
    assert (rank.place, rank.rest) == ("2nd", "of 23 by cost these 30 days")
    assert rank.name == "People by cost these 30 days: 2nd of 23 with $22.00"
    assert 'class="needle"' in rank.strip
    assert sum(int(people) for _cost, people in rank.rows) == 23


@pytest.mark.parametrize(("count", "shown"), [(FEWEST - 1, False), (FEWEST, True)])
def test_among_few_people_there_is_a_sentence_only(tmp_path: Path, count: int, shown: bool) -> None:
    rank = rank_among(tmp_path, count, "p1")
    assert rank
    assert rank.place == f"{count}th"
    assert bool(rank.strip) is shown
    assert bool(rank.rows) is shown


def test_who_is_not_on_the_board_has_no_rank(tmp_path: Path) -> None:
    assert rank_among(tmp_path, 3, "nobody") is None


def test_the_board_does_not_rank_ninety_days(tmp_path: Path) -> None:
    assert rank_among(tmp_path, 3, "p1", Period.QUARTER) is None


def test_a_move_is_seen_as_an_arrow_and_said_in_words() -> None:
    assert figures.rank_move_long(214, 245) == "▲ 31 places"
    assert figures.rank_move_long(3, 2) == "▼ 1 place"
    assert figures.rank_move_long(3, 3) == "– unchanged"
    assert figures.rank_move_long(3, None) == "new"
