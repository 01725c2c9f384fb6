"""How far a scan is: told a few times a second, and no time left before anybody can know it."""

import pytest

from claudeusage_app.progress import Forecast, Meter, Pace, Progress, reading_line

WHOLE = 1_000_000_000


class Watch:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def at(done: int) -> Progress:
    return Progress(done // 1_000_000, 1_000, done, WHOLE)


def test_it_is_told_at_most_four_times_a_second() -> None:
    watch = Watch()
    pace = Pace(watch)
    told = 0
    for step in range(1, 1_001):
        watch.now = 100 + step / 100
        told += pace.told(at(step)) is not None
    assert told == 40


def test_no_time_is_named_in_the_first_second() -> None:
    watch = Watch()
    pace = Pace(watch)
    watch.now += 0.75
    assert pace.told(at(WHOLE // 10)) == Forecast(at(WHOLE // 10), None)
    watch.now += 0.25
    assert pace.told(at(WHOLE // 5)) == Forecast(at(WHOLE // 5), 6)


def test_an_even_pace_counts_down_to_nothing() -> None:
    watch = Watch()
    pace = Pace(watch)
    left: list[int | None] = []
    for second in range(1, 11):
        watch.now = 100.0 + second
        forecast = pace.told(at(WHOLE * second // 10))
        assert forecast is not None
        left.append(forecast.seconds_left)
    assert left == [9, 8, 7, 6, 5, 4, 3, 2, 1, None]


def test_one_slow_moment_does_not_multiply_the_time_left() -> None:
    watch = Watch()
    pace = Pace(watch)
    for second in range(1, 4):
        watch.now = 100.0 + second
        pace.told(at(WHOLE * second // 10))
    watch.now += 0.5
    forecast = pace.told(at(WHOLE * 3 // 10 + 1))
    assert forecast is not None
    assert 7 < (forecast.seconds_left or 0) <= 9


def test_a_scan_that_stands_still_has_no_time_left_to_name() -> None:
    watch = Watch()
    pace = Pace(watch)
    watch.now += 5
    assert pace.told(at(0)) == Forecast(at(0), None)


def test_a_meter_counts_a_file_once_however_far_it_was_read() -> None:
    told: list[Progress] = []
    meter = Meter(2, 30, told.append)
    meter.within(5, 20)
    meter.within(25, 20)
    meter.file_done(20)
    meter.file_done(10)
    assert told == [Progress(0, 2, 5, 30), Progress(1, 2, 20, 30), Progress(2, 2, 30, 30)]


@pytest.mark.parametrize(
    ("left", "end"),
    [
        (None, ""),
        (3, " · a few seconds left"),
        (11, " · about 15 s left"),
        (56, " · about 1 m left"),
        (61, " · about 2 m left"),
        (3_700, " · about 1 h 02 m left"),
    ],
)
def test_the_line_names_files_megabytes_and_roughly_the_time(left: int | None, end: str) -> None:
    line = reading_line(Forecast(Progress(812, 1_204, 640_900_000, 1_900_000_000), left))
    start = "Reading transcripts: 812 of 1,204 files · 640 of 1,900 MB"
    assert line.replace("\u202f", " ") == start + end
