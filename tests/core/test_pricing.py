"""The API-equivalent price of one response."""

import json
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_core.errors import PriceTableInvalid
from claudeusage_core.moments import milliseconds
from claudeusage_core.pricing import micro_usd, read_price_table
from claudeusage_core.usage import Extra, ModelKey, TokenCounts
from tests.core.samples import NOW, PRICES, PRICES_TEXT, usage

MILLION = 10**6
DOLLAR = 10**12
INPUT, OUTPUT, FIVE_MINUTES, ONE_HOUR, READ = (
    TokenCounts(*(MILLION if place == kind else 0 for place in range(5))) for kind in range(5)
)


def at(day: str) -> int:
    return milliseconds(datetime.fromisoformat(day).replace(tzinfo=UTC))


def dollars(
    model: str, tokens: TokenCounts, day: str = "2026-11-20", **members: object
) -> Fraction | None:
    cost = PRICES.cost(usage(model, tokens, **members), at(day))
    return None if cost is None else Fraction(cost, DOLLAR)


@pytest.mark.parametrize(
    ("model", "tokens", "day", "expected"),
    [
        ("claude-sonnet-4-6", ONE_HOUR, "2026-11-20", "6.00"),
        ("claude-sonnet-4-6", FIVE_MINUTES, "2026-11-20", "3.75"),
        ("claude-3-haiku", FIVE_MINUTES, "2026-11-20", "0.30"),
        ("claude-3-haiku", READ, "2026-11-20", "0.03"),
        ("claude-opus-5-5", OUTPUT, "2026-11-20", "20"),
        ("claude-opus-4-6", TokenCounts(cache_read=300_000), "2026-02-20", "0.30"),
        ("claude-opus-4-6", TokenCounts(cache_read=300_000), "2026-04-20", "0.15"),
        ("claude-sonnet-5-5", READ, "2026-10-01", "0.20"),
        ("claude-sonnet-5-5", READ, "2026-11-10", "0.10"),
        ("claude-sonnet-5-5", READ, "2026-10-06T23:59:59.999", "0.20"),
        ("claude-sonnet-5-5", READ, "2026-10-07", "0.10"),
        (
            "claude-sonnet-4-5",
            TokenCounts(output=100_000, cache_write_5m=100_000, cache_read=150_000),
            "2025-12-15",
            "3.09",
        ),
    ],
)
def test_rates_are_those_in_force_at_the_time(
    model: str, tokens: TokenCounts, day: str, expected: str
) -> None:
    assert dollars(model, tokens, day) == Fraction(expected)


def test_the_upper_rates_are_for_a_single_request_strictly_above_the_threshold() -> None:
    haiku = "claude-haiku-5-5"
    at_it = TokenCounts(input=50_000, output=1000, cache_write_1h=10_000, cache_read=40_000)
    above = at_it + TokenCounts(input=1)
    assert dollars(haiku, at_it) == Fraction("0.0079")
    assert dollars(haiku, above) == Fraction("0.0395005")


def test_the_output_does_not_belong_to_the_prompt() -> None:
    tokens = TokenCounts(input=100_000, output=1)
    assert dollars("claude-haiku-5-5", tokens) == Fraction("0.0100005")


def test_the_largest_single_request_decides_where_it_is_known() -> None:
    tokens = TokenCounts(input=150_000)
    assert dollars("claude-haiku-5-5", tokens, deciding_prompt=90_000) == Fraction("0.015")
    assert dollars("claude-haiku-5-5", tokens, deciding_prompt=110_000) == Fraction("0.075")


@pytest.mark.parametrize(
    ("model", "day", "expected"),
    [
        ("claude-opus-4-8", "2026-11-20", "10"),
        ("claude-opus-4-8", "2026-11-30T23:59:59.999", "10"),
        ("claude-opus-4-8", "2026-12-01", "5"),
        ("claude-opus-5-5", "2026-11-20", "8"),
        ("claude-opus-4-6", "2026-02-06", "5"),
        ("claude-opus-4-6", "2026-04-20", "30"),
        ("claude-haiku-4-5", "2026-11-20", "1"),
    ],
)
def test_fast_is_dearer_where_and_when_the_table_has_it(
    model: str, day: str, expected: str
) -> None:
    tokens = TokenCounts(input=100_000)
    cost = dollars(model, tokens, day, fast=True)
    assert cost == Fraction(expected) / 10


@pytest.mark.parametrize(
    ("model", "expected"),
    [("claude-opus-4-8", "5.50"), ("claude-opus-4-5", "5"), ("claude-haiku-4-5", "1")],
)
def test_inference_in_the_us_is_dearer_where_the_table_has_it(model: str, expected: str) -> None:
    assert dollars(model, INPUT, us_inference=True) == Fraction(expected)


def test_a_batch_is_half_the_price() -> None:
    assert dollars("claude-opus-4-8", INPUT, batch=True) == Fraction("2.5")


def test_all_multipliers_go_together_and_web_searches_are_added_last() -> None:
    cost = dollars(
        "claude-opus-4-8", INPUT, fast=True, us_inference=True, batch=True, web_searches=3
    )
    assert cost == Fraction("5.53")


def test_a_hundred_web_searches_cost_a_dollar() -> None:
    assert dollars("claude-opus-5-5", TokenCounts(), web_searches=100) == 1


def test_each_step_is_cut_down_to_whole_pico_dollars() -> None:
    text = json.loads(PRICES_TEXT)
    entry = next(each for each in text["models"] if each["id"] == "claude-opus-4-8")
    entry["periods"][0]["rates"]["input"] = 0.000003  # three pico-USD
    table = read_price_table(json.dumps(text))
    used = usage("claude-opus-4-8", TokenCounts(input=1), us_inference=True, batch=True)
    assert table.cost(used, milliseconds(NOW)) == 1  # 3.3 is cut to 3, and 1.5 to 1


def test_a_model_without_a_price_is_never_guessed() -> None:
    assert dollars("other", INPUT) is None
    assert dollars("?0123456789abcdef", TokenCounts(), web_searches=100) is None


def test_what_the_program_wrote_itself_prices_only_models_without_a_price() -> None:
    assert dollars("other", INPUT, cost_usd=0.123) == Fraction("0.123")
    assert dollars("other", INPUT, cost_usd=0.0, web_searches=5) == 0
    assert dollars("claude-opus-5-5", INPUT, cost_usd=0.123) == 4


def test_extras_are_priced_by_their_own_prompt_and_nothing_else_of_the_response() -> None:
    extra = Extra(ModelKey("claude-haiku-5-5"), TokenCounts(input=100_001))
    used = usage("claude-opus-4-8", INPUT, fast=True, us_inference=True, batch=True)
    assert PRICES.extra_cost(extra, used, milliseconds(NOW)) == 100_001 * 500_000
    small = Extra(ModelKey("claude-haiku-5-5"), TokenCounts(input=100_000))
    assert PRICES.extra_cost(small, used, milliseconds(NOW)) == 100_000 * 100_000


def test_extras_of_a_response_with_an_old_cost_add_none() -> None:
    extra = Extra(ModelKey("claude-opus-5-5"), INPUT)
    unpriced = usage("other", INPUT, cost_usd=1.0)
    assert PRICES.extra_cost(extra, unpriced, milliseconds(NOW)) == 0
    priced = usage("claude-opus-5-5", INPUT, cost_usd=1.0)
    assert PRICES.extra_cost(extra, priced, milliseconds(NOW)) == 4 * DOLLAR
    alone = usage("other", INPUT)
    assert PRICES.extra_cost(Extra(ModelKey("other"), INPUT), alone, milliseconds(NOW)) is None


@pytest.mark.parametrize(
    ("pico", "micro"), [(0, 0), (499_999, 0), (500_000, 1), (1_499_999, 1), (1_500_000, 2)]
)
def test_pico_dollars_are_rounded_half_up(pico: int, micro: int) -> None:
    assert micro_usd(pico) == micro


@given(
    st.sampled_from(sorted(PRICES.models)),
    st.builds(TokenCounts, *[st.integers(0, 30_000)] * 5),
    st.builds(TokenCounts, *[st.integers(0, 15_000)] * 5),
)
def test_below_the_threshold_cost_is_the_sum_of_its_parts(
    model: str, one: TokenCounts, other: TokenCounts
) -> None:
    prompt = 50_000
    costs = [
        PRICES.cost(usage(model, tokens, deciding_prompt=prompt), milliseconds(NOW))
        for tokens in (one, other, one + other)
    ]
    first, second, both = (cost or 0 for cost in costs)
    assert first + second == both


def test_every_model_has_a_price_at_every_time() -> None:
    for model in PRICES.models:
        for day in ("2024-01-01", "2026-03-13", "2026-05-01", "2026-10-07", "2030-01-01"):
            assert dollars(model, INPUT, day)


@pytest.mark.parametrize("name", ["claude-opus-4", "claude-sonnet-5-5"])
def test_the_table_is_read_without_a_loss(name: str) -> None:
    entry = next(each for each in json.loads(PRICES_TEXT)["models"] if each["id"] == name)
    for period, read in zip(entry["periods"], PRICES.models[name].periods, strict=True):
        for kind, rate in period["rates"].items():
            assert getattr(read.rates, kind) == Fraction(str(rate)) * MILLION


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        PRICES_TEXT.replace('"models"', '"makers"'),
        PRICES_TEXT.replace('"generated": "2026-11-22"', '"generated": "lately"'),
        PRICES_TEXT.replace('"cache_read": 1.5', '"cache_read": -1.5', 1),
        PRICES_TEXT.replace('"cache_read": 1.5', '"cache_read": "dear"', 1),
        PRICES_TEXT.replace('"effective_from": null', '"effective_from": "soon"', 1),
    ],
)
def test_a_table_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(PriceTableInvalid):
        read_price_table(text)
