"""What a body is to those before it, told from where its window begins."""

import pytest

from claudeusage_core import wire
from claudeusage_server.private.v1.frontier import Frontier, Reading, Window, read_body
from tests.server.world import day, model

MINUTE = 60_000
ROW = wire.day_object(day("2026-11-20", model(5)))
SAVED = wire.day_object(day("2026-11-19", model(3)))
FIRST = Frontier(100 * MINUTE, "2026-11-20")
LATER = Frontier(100 * MINUTE, "2026-11-20", 50 * MINUTE, SAVED)


def window(start: float, end: float, last_day: str = "2026-11-21") -> Window:
    return Window(int(start * MINUTE), int(end * MINUTE), last_day)


def test_a_first_body_sets_the_frontier_and_has_none_before_it() -> None:
    assert read_body(None, window(1, 7), None) == Reading(Frontier(7 * MINUTE, "2026-11-21"))


def test_a_body_after_the_frontier_is_added_to_the_row_of_its_day() -> None:
    expected = Frontier(130 * MINUTE, "2026-11-21", 100 * MINUTE, ROW)
    assert read_body(LATER, window(120, 130), ROW) == Reading(expected, ROW)


def test_a_body_after_the_frontier_has_no_base_where_its_day_has_no_row() -> None:
    expected = Frontier(130 * MINUTE, "2026-11-21", 100 * MINUTE, None)
    assert read_body(LATER, window(120, 130), None) == Reading(expected)


@pytest.mark.parametrize(
    ("pause_ms", "seconds"), [(1, 0), (1_499, 1), (1_501, 2), (599_000, 599), (600_000, 0)]
)
def test_a_pause_of_ten_minutes_between_two_bodies_is_not_work(pause_ms: int, seconds: int) -> None:
    end = LATER.end_ms + pause_ms
    assert read_body(LATER, Window(end, end, "2026-11-20"), ROW).gap_seconds == seconds


def test_a_share_that_comes_again_is_added_to_the_row_before_it() -> None:
    reading = read_body(LATER, window(55, 120), ROW)
    kept = Frontier(120 * MINUTE, "2026-11-21", 50 * MINUTE, SAVED)
    assert reading == Reading(kept, SAVED, 300)


def test_a_share_that_comes_again_and_ends_earlier_does_not_move_the_frontier() -> None:
    assert read_body(LATER, window(100, 100), ROW) == Reading(LATER, SAVED)


@pytest.mark.parametrize("frontier", [FIRST, LATER])
def test_everything_again_is_whole_days(frontier: Frontier) -> None:
    assert read_body(frontier, window(50, 100), ROW) == Reading(frontier)


@pytest.mark.parametrize("frontier", [FIRST, LATER])
def test_everything_again_with_more_moves_the_frontier(frontier: Frontier) -> None:
    kept = Frontier(120 * MINUTE, "2026-11-21", 100 * MINUTE, ROW)
    assert read_body(frontier, window(50, 120), ROW) == Reading(kept)
