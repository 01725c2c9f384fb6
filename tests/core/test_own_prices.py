"""A person's own prices: shown, marked, and apart from the table."""

from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_core.aggregate import day_rows, session_rows
from claudeusage_core.models import ModelNames
from claudeusage_core.moments import milliseconds
from claudeusage_core.own_prices import OwnPrice, laid_over
from claudeusage_core.pricing import PriceTable, Rates
from claudeusage_core.responses import Response
from claudeusage_core.usage import Extra, ModelKey, ModelUsage, TokenCounts
from tests.core.samples import NOW, PRICES, SESSION, usage

SALT = b"salt"
NAMES = ModelNames(PRICES.names, SALT)
HIDDEN = NAMES.key("GLM-4.7")
CHEAP = Rates(1, 2, 3, 4, 5)
MILLION = TokenCounts(input=10**6)
T = milliseconds(NOW)


def own(since: date | None = None, **prices: Rates) -> PriceTable:
    found = {name.replace("_", "-"): OwnPrice(rates, since) for name, rates in prices.items()}
    return laid_over(PRICES, found, NAMES)


def at(day: str) -> int:
    return milliseconds(datetime.fromisoformat(day).replace(tzinfo=UTC))


def only_models(prices: PriceTable, *found: Response) -> tuple[ModelUsage, ...]:
    (row,) = day_rows(found, prices, UTC)
    return row.models


def test_a_model_that_the_table_lacks_is_priced_and_shown_under_its_own_name() -> None:
    found = Response(T, SESSION, usage(HIDDEN, TokenCounts(1, 10, 100, 1000, 10_000)))
    (row,) = only_models(own(glm_4_7=Rates(*(10**6 * each for each in (1, 2, 3, 4, 5)))), found)
    assert (row.model, row.cost_microusd, row.own_price) == ("glm-4-7", 54_321, True)
    assert only_models(PRICES, found) == (
        ModelUsage("other", 1, TokenCounts(1, 10, 100, 1000, 10_000), None, 11_111),
    )


def test_a_listed_model_is_overridden_and_keeps_its_multipliers() -> None:
    prices = own(claude_opus_4_8=CHEAP)
    assert prices.cost(usage("claude-opus-4-8", MILLION), T) == 10**6
    assert prices.cost(usage("claude-opus-4-8", MILLION, fast=True), T) == 2 * 10**6
    assert prices.cost(usage("claude-opus-4-8", MILLION, us_inference=True), T) == 1_100_000
    assert prices.cost(usage("claude-opus-5-5", MILLION), T) == 4 * 10**12


def test_an_own_price_holds_for_prompts_of_any_size() -> None:
    prices = own(claude_haiku_5_5=CHEAP)
    for size in (1, 100_000, 100_001):
        assert prices.cost(usage("claude-haiku-5-5", TokenCounts(input=size)), T) == size


@pytest.mark.parametrize(
    ("since", "day", "expected"),
    [
        ("2026-11-01", "2026-10-31T23:59:59.999", Fraction("0.1")),
        ("2026-11-01", "2026-11-01", Fraction(5, 10**6)),
        ("2026-10-07", "2026-10-06T23:59:59.999", Fraction("0.2")),
        ("2026-09-30", "2026-09-29T12:00:00", Fraction("0.2")),
        ("2026-09-30", "2026-10-08", Fraction(5, 10**6)),
    ],
)
def test_before_it_begins_the_tables_rates_are_in_force(
    since: str, day: str, expected: Fraction
) -> None:
    prices = own(date.fromisoformat(since), claude_sonnet_5_5=CHEAP)
    used = usage("claude-sonnet-5-5", TokenCounts(cache_read=10**6))
    assert Fraction(prices.cost(used, at(day)) or 0, 10**12) == expected
    assert prices.owns(ModelKey("claude-sonnet-5-5"), at(day)) is (expected < Fraction("0.01"))


def test_before_it_begins_an_unlisted_model_is_unpriced_but_has_its_name() -> None:
    prices = own(date(2026, 11, 22), glm_4_7=CHEAP)
    found = Response(at("2026-11-21"), SESSION, usage(HIDDEN, MILLION))
    assert only_models(prices, found) == (ModelUsage("glm-4-7", 1, MILLION, None, 10**6),)


def test_a_day_on_which_it_begins_is_marked_in_every_zone() -> None:
    prices = own(date(2026, 11, 22), claude_opus_5_5=CHEAP)
    before, after = (Response(at("2026-11-22") + ms, SESSION, usage()) for ms in (-1, 0))
    (row,) = day_rows([before, after], prices, ZoneInfo("America/New_York"))
    assert row.own_models == {"claude-opus-5-5"}
    (row,) = day_rows([before], prices, ZoneInfo("America/New_York"))
    assert row.own_models == frozenset()


def test_an_id_of_a_table_that_is_gone_is_priced_too() -> None:
    prices = own(claude_opus_9=CHEAP)
    for key in ("claude-opus-9", NAMES.key("claude-opus-9")):
        (row,) = only_models(prices, Response(T, SESSION, usage(key, MILLION)))
        assert (row.model, row.cost_microusd, row.own_price) == ("claude-opus-9", 1, True)


def test_an_id_of_a_table_that_is_gone_is_other_and_unpriced() -> None:
    found = Response(T, SESSION, usage("claude-opus-9", MILLION))
    assert only_models(PRICES, found) == (ModelUsage("other", 1, MILLION, None, 10**6),)


def test_another_ledgers_hash_is_not_found() -> None:
    other = ModelNames(PRICES.names, b"pepper").key("glm-4.7")
    (row,) = only_models(own(glm_4_7=CHEAP), Response(T, SESSION, usage(other, MILLION)))
    assert (row.model, row.own_price) == ("other", False)


def test_an_extra_at_an_own_price_marks_its_own_row_only() -> None:
    extra = Extra(ModelKey("claude-haiku-4-5"), MILLION)
    found = Response(T, SESSION, usage(extras=(extra,)))
    haiku, opus = only_models(own(claude_haiku_4_5=CHEAP), found)
    assert (haiku.own_price, haiku.cost_microusd, opus.own_price) == (True, 1, False)


def test_a_session_names_what_is_at_an_own_price() -> None:
    found = [Response(T, SESSION, usage(HIDDEN)), Response(T, SESSION, usage())]
    (row,) = session_rows(found, own(glm_4_7=CHEAP))
    assert row.own_models == {"glm-4-7"}


def test_the_table_itself_stays_as_it_is() -> None:
    before = PRICES._replace(models=dict(PRICES.models))
    own(claude_opus_5_5=CHEAP, glm_4_7=CHEAP)
    assert before == PRICES


@given(
    st.lists(
        st.tuples(
            st.sampled_from([HIDDEN, "claude-opus-5-5", "claude-opus-9", "other", "claude-2"]),
            st.builds(TokenCounts, *[st.integers(0, 10**6)] * 5),
            st.integers(0, 3 * 86_400_000),
        ),
        min_size=1,
    )
)
def test_the_models_of_a_day_add_up_to_the_day(found: list[tuple[str, TokenCounts, int]]) -> None:
    responses = [Response(T - ago, SESSION, usage(name, tokens)) for name, tokens, ago in found]
    prices = own(date(2026, 11, 21), glm_4_7=CHEAP, claude_opus_5_5=CHEAP)
    shown, official = (day_rows(responses, table, UTC) for table in (prices, PRICES))
    for day, listed in zip(shown, official, strict=True):
        costs = [row.cost_microusd for row in day.models if row.cost_microusd is not None]
        assert day.cost_microusd == (sum(costs) if costs else None)
        assert day.tokens == listed.tokens == sum((m.tokens for m in day.models), TokenCounts())
        assert {model.model for model in listed.models} <= {*PRICES.models, "other"}
        assert not listed.own_models
