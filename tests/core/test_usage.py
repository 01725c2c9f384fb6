"""The values that the core adds up."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from claudeusage_core.usage import DailyUsage, Extra, ModelKey, ModelUsage, TokenCounts
from tests.core.samples import usage

COUNTS = st.builds(TokenCounts, *[st.integers(0, 10**12)] * 5)


def test_the_prompt_is_all_but_the_output() -> None:
    counts = TokenCounts(1, 10, 100, 1000, 10_000)
    assert (counts.prompt, counts.total) == (11_101, 11_111)


@given(COUNTS, COUNTS, COUNTS)
def test_tokens_add_kind_by_kind_in_any_order(
    one: TokenCounts, two: TokenCounts, three: TokenCounts
) -> None:
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)
    assert (one + two).total == one.total + two.total
    assert one + TokenCounts() == one


def test_tokens_searches_or_extras_make_a_copy_billable() -> None:
    nothing = TokenCounts()
    assert usage(tokens=TokenCounts(cache_read=1)).billable
    assert usage(tokens=nothing, web_searches=1).billable
    assert usage(tokens=nothing, extras=(Extra(ModelKey("other"), TokenCounts(1)),)).billable
    assert not usage(tokens=nothing, fast=True, stopped=True, cost_usd=1.0).billable


def test_a_day_is_the_sum_of_its_models() -> None:
    day = DailyUsage(
        date(2026, 11, 22),
        60,
        1,
        1,
        (
            ModelUsage("claude-opus-5-5", 2, TokenCounts(1, 2, 3, 4, 5), 7),
            ModelUsage("other", 1, TokenCounts(10, 20, 30, 40, 50), None, 150),
        ),
    )
    assert day.messages == 3
    assert day.tokens == TokenCounts(11, 22, 33, 44, 55)
    assert day.cost_microusd == 7
    assert day.unpriced_tokens == 150


def test_a_day_without_a_price_has_no_cost() -> None:
    models = (ModelUsage("other", 1, TokenCounts(1), None, 1),)
    assert DailyUsage(date(2026, 11, 22), 0, 1, 1, models).cost_microusd is None
    assert DailyUsage(date(2026, 11, 22), 0, 0, 0, ()).cost_microusd is None
