"""How a number is written: the examples of the design, and the edges between them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_core import figures

DOLLAR = 10**6
CENT = 10_000


@pytest.mark.parametrize(
    ("microusd", "text"),
    [
        (None, "–"),
        (0, "$0.00"),
        (1, "< $0.01"),
        (CENT // 2 - 1, "< $0.01"),
        (CENT // 2, "$0.01"),
        (12_340_000, "$12.34"),
        (12_344_999, "$12.34"),
        (12_345_000, "$12.35"),
        (999_994_999, "$999.99"),
        (999_995_000, "$1,000"),
        (3_991 * DOLLAR, "$3,991"),
        (9_999 * DOLLAR + 499_999, "$9,999"),
        (9_999 * DOLLAR + 500_000, "$10.0k"),
        (12_345 * DOLLAR, "$12.3k"),
        (999_949 * DOLLAR, "$999.9k"),
        (999_950 * DOLLAR, "$1.0M"),
        (1_234_567 * DOLLAR, "$1.2M"),
    ],
)
def test_money(microusd: int | None, text: str) -> None:
    assert figures.money(microusd) == text


@pytest.mark.parametrize(
    ("microusd", "text"),
    [
        (None, "–"),
        (0, "$0.00"),
        (4_999, "< $0.01"),
        (2_814_200_000, "$2,814.20"),
        (1_234_567_890_000, "$1,234,567.89"),
    ],
)
def test_money_in_a_table_has_two_decimals_at_any_size(microusd: int | None, text: str) -> None:
    assert figures.money_exact(microusd) == text


@pytest.mark.parametrize(
    ("microusd", "text"),
    [
        (0, "$0"),
        (5 * DOLLAR, "$5"),
        (5_500_000, "$5.50"),
        (999_994_999, "$999.99"),
        (999_995_000, "$1k"),
        (1_000 * DOLLAR, "$1k"),
        (1_200 * DOLLAR, "$1.2k"),
        (1_200_000 * DOLLAR, "$1.2M"),
        (2_000_000 * DOLLAR, "$2M"),
    ],
)
def test_money_on_an_axis_has_no_trailing_zeros(microusd: int, text: str) -> None:
    assert figures.money_short(microusd) == text


@pytest.mark.parametrize(
    ("microusd", "text"),
    [
        (0, "$0"),
        (99_999_999, "$99"),
        (100 * DOLLAR, "100"),
        (999_999_999, "999"),
        (1_290 * DOLLAR, "1.2k"),
        (12_900 * DOLLAR, "12k"),
        (999_999 * DOLLAR, "999k"),
        (1_000_000 * DOLLAR, "1M"),
        (10**12 * DOLLAR, "999M"),
    ],
)
def test_the_tray_is_rounded_down(microusd: int, text: str) -> None:
    assert figures.tray_label(microusd) == text


@given(st.integers(0, 10**18))
def test_the_tray_never_needs_more_than_four_glyphs(microusd: int) -> None:
    assert len(figures.tray_label(microusd)) <= 4


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (640, "640"),
        (999, "999"),
        (1_000, "1.00k"),
        (38_412, "38.4k"),
        (9_995, "10.0k"),
        (999_499, "999k"),
        (999_500, "1.00M"),
        (1_024_000, "1.02M"),
        (61_200_000, "61.2M"),
        (854_000_000, "854M"),
        (4_570_000_000, "4.57B"),
        (999_999_999_999, "1.00T"),
    ],
)
def test_tokens_have_three_significant_digits(count: int, text: str) -> None:
    assert figures.tokens(count) == text


@given(st.integers(1_000, 10**15 - 10**13))
def test_tokens_are_off_by_half_a_digit_at_most(count: int) -> None:
    text = figures.tokens(count)
    scale = {"k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}[text[-1]]
    assert sum(letter.isdigit() for letter in text) == 3
    assert abs(float(text[:-1]) * scale - count) <= count * 0.005


def test_counts_are_exact_in_comma_groups() -> None:
    assert figures.count(18_402) == "18,402"
    assert figures.count(7) == "7"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 m"),
        (59, "0 m"),
        (41 * 60 + 59, "41 m"),
        (3600, "1 h 00 m"),
        (2 * 3600 + 5 * 60, "2 h 05 m"),
        (3 * 3600 + 12 * 60, "3 h 12 m"),
        (123 * 3600, "123 h 00 m"),
    ],
)
def test_time_is_hours_and_minutes_that_do_not_break(seconds: int, text: str) -> None:
    assert figures.duration(seconds) == text.replace(" ", "\u202f")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "a few seconds"),
        (9, "a few seconds"),
        (10, "about 10 s"),
        (51, "about 55 s"),
        (56, "about 1 m"),
        (121, "about 3 m"),
        (3_541, "about 1 h 00 m"),
        (9_000, "about 2 h 30 m"),
    ],
)
def test_how_long_something_may_take_is_rounded_up(seconds: int, text: str) -> None:
    assert figures.about(seconds) == text.replace(" ", "\u202f").replace("\u202f", " ", words(text))


def words(text: str) -> int:
    """Return after how many words the figure begins."""
    return next((n for n, word in enumerate(text.split()) if word.isdigit()), 9)


def test_plurals() -> None:
    assert figures.plural(1, "day") == "1 day"
    assert figures.plural(0, "day") == "0 days"
    assert figures.plural(1200, "entry", "entries") == "1,200 entries"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(284, 1000, "28.4%"), (1, 1, "100.0%"), (0, 5, "0.0%"), (1, 3, "33.3%"), (5, 0, "–")],
)
def test_a_share_has_one_decimal_and_no_space(part: int, whole: int, text: str) -> None:
    assert figures.share(part, whole) == text


@pytest.mark.parametrize(
    ("now", "before", "text", "spoken"),
    [
        (112, 100, "▲ 12%", "up 12 percent"),
        (97, 100, "▼ 3%", "down 3 percent"),
        (0, 100, "▼ 100%", "down 100 percent"),
        (1099, 100, "▲ 999%", "up 999 percent"),
        (1100, 100, "more than tenfold", "more than tenfold"),
        (5, 0, "first period", "first period"),
        (5, 5, "– unchanged", "unchanged"),
        (0, 0, "– unchanged", "unchanged"),
    ],
)
def test_a_change_is_an_arrow_and_whole_percent(
    now: int, before: int, text: str, spoken: str
) -> None:
    assert figures.change(now, before) == text
    assert figures.change_spoken(now, before) == spoken


def test_dates() -> None:
    day = date(2026, 11, 22)
    assert figures.day_long(day, date(2026, 12, 1)) == "22 November"
    assert figures.day_long(day, date(2027, 1, 1)) == "22 November 2026"
    assert figures.day_short(day) == "22 Nov 2026"
    assert figures.month_short(day) == "Nov"
    assert figures.month_long(day) == "November 2026"
    assert figures.weekday_short(day) == "Sun"


def test_a_range_of_days_names_each_month_and_year_once() -> None:
    def written(first: date, last: date) -> str:
        return figures.day_range(first, last, date(2026, 11, 22))

    assert written(date(2026, 11, 14), date(2026, 11, 21)) == "14 – 21 Nov"
    assert written(date(2026, 8, 20), date(2026, 11, 22)) == "20 Aug – 22 Nov"
    assert written(date(2026, 11, 22), date(2026, 11, 22)) == "22 Nov"
    assert written(date(2025, 12, 30), date(2026, 1, 2)) == "30 Dec 2025 – 2 Jan"
    assert written(date(2025, 3, 1), date(2025, 3, 9)) == "1 – 9 Mar 2025"


@given(st.integers(0, 10**15))
def test_one_figure_is_never_larger_than_the_next(microusd: int) -> None:
    def dollars(text: str) -> float:
        if text.startswith("<"):
            return 0.005
        scale = {"k": 10**3, "M": 10**6}.get(text[-1], 1)
        return float(text.strip("$kM").replace(",", "")) * scale

    assert dollars(figures.money(microusd)) <= dollars(figures.money(microusd + CENT))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (10, "10th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (111, "111th"),
        (214, "214th"),
        (1_002, "1,002nd"),
        (1_011, "1,011th"),
    ],
)
def test_a_place_has_its_ending(number: int, text: str) -> None:
    assert figures.ordinal(number) == text


@pytest.mark.parametrize(
    ("rank", "before", "text", "spoken"),
    [
        (214, 245, "▲ 31", "up 31 places"),
        (6, 4, "▼ 2", "down 2 places"),
        (5, 6, "▲ 1", "up 1 place"),
        (1, 1_201, "▲ 1,200", "up 1,200 places"),
        (3, 3, "–", "unchanged"),
        (3, None, "new", "new"),
    ],
)
def test_a_rank_moves_by_places(rank: int, before: int | None, text: str, spoken: str) -> None:
    assert figures.rank_move(rank, before) == text
    assert figures.rank_move_spoken(rank, before) == spoken
