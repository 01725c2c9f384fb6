"""The shipped price table beside two others that were made without it, genai-prices and LiteLLM.

The lists are exact: a difference that is new, or that is gone, has to be judged by somebody.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from fractions import Fraction
from typing import TypeAlias

import pytest

from claudeusage_core.models import ModelNames, spelling
from claudeusage_core.pricing import PriceTable
from claudeusage_core.usage import OTHER
from tests.core.samples import PRICES
from tests.price_sources import (
    FIRST,
    THRESHOLD,
    Quote,
    genai_models,
    genai_quotes,
    litellm_entries,
    litellm_quotes,
    our_statements,
)

Difference: TypeAlias = tuple[str, str, str, str, str]
"""The source's entry, since when (empty: from the first day), what, theirs and ours."""

NAMES = ModelNames(PRICES.names)
TODAY = PRICES.generated
SONNET_3_7 = "anthropic.claude-3-7-sonnet-20240620-v1:0"
SONNET_4 = "anthropic.claude-sonnet-4-20250514-v1:0"

GENAI: dict[Difference, str] = {
    ("claude-sonnet-4-0", "", THRESHOLD, "0", "200000"): (
        "they keep no price for prompts over 200,000, which the beta of 1M had; LiteLLM does"
    ),
    ("claude-sonnet-4-5", "2026-05-01", THRESHOLD, "200000", "0"): (
        "they keep it on, though longer prompts are refused since the beta ended on 2026-04-30"
    ),
    ("claude-sonnet-5-5", "", "cache_read", "0.1", "0.2"): (
        "they keep no history of this price, which was halved on 2026-10-07"
    ),
}
LITELLM: dict[Difference, str] = {
    (SONNET_3_7, TODAY, "input", "3.6", "3"): "a key with a date of another model, 20 % dearer",
    (SONNET_3_7, TODAY, "output", "18", "15"): "the same key",
    (SONNET_3_7, TODAY, "cache_write_5m", "4.5", "3.75"): "the same key",
    (SONNET_3_7, TODAY, "cache_read", "0.36", "0.3"): "the same key",
    (SONNET_4, TODAY, THRESHOLD, "200000", "0"): (
        "the price of a beta that ended on 2026-04-30; ours has it up to that day"
    ),
}
NOT_OURS = {
    "claude-v1": "gone before Claude Code existed",
    "claude-instant": "the same; its name ends in -v1, as a version at Amazon does",
}
UNSTATED = {
    ("claude-2", "cache_write_5m"): "it had no cache; ours counts one as input",
    ("claude-2", "cache_write_1h"): "the same",
    ("claude-2", "cache_read"): "the same",
    ("claude-fable-5-2", "us"): "LiteLLM lacks the model, and genai-prices has no regions",
    ("claude-mythos-5-2", "us"): "the same",
}
COMMON = {"batch", "web search"}
"""What ours has for all models, and they for those that are sold today."""
NOT_GENAI = {"claude-mythos-preview", "claude-mythos-5", "claude-mythos-5-1"}
NOT_LITELLM = {"claude-fable-5-2", "claude-mythos-5-2"}


def differences(quotes: Iterable[Quote]) -> set[Difference]:
    found: set[Difference] = set()
    for quote in quotes:
        ours = our_statements(PRICES, quote.model, quote.since)
        since = "" if quote.since == FIRST else quote.since.isoformat()
        for name, theirs in quote.statements.items():
            if name in ours and ours[name] != theirs:  # the threshold says who has long prompts
                values = (f"{float(theirs):.10g}", f"{float(ours[name]):.10g}")
                found.add((quote.entry, since, name, *values))
    return found


def test_genai_prices_differs_in_what_is_listed_and_in_nothing_else() -> None:
    assert differences(genai_quotes(PRICES)) == GENAI.keys()


def test_litellm_differs_in_what_is_listed_and_in_nothing_else() -> None:
    assert differences(litellm_quotes(PRICES)) == LITELLM.keys()


def test_every_model_of_theirs_is_ours() -> None:
    entries = [*genai_models(), *litellm_entries()]
    lacking = {spelling(each) for each in entries if NAMES.canonical(each) == OTHER}
    assert lacking == NOT_OURS.keys()


@pytest.mark.parametrize(
    ("quotes", "absent"),
    [
        pytest.param(genai_quotes, NOT_GENAI, id="genai-prices"),
        pytest.param(litellm_quotes, NOT_LITELLM, id="litellm"),
    ],
)
def test_every_model_of_ours_is_theirs_but_for_those_that_are_listed(
    quotes: Callable[[PriceTable], Iterator[Quote]], absent: set[str]
) -> None:
    assert PRICES.models.keys() - {quote.model for quote in quotes(PRICES)} == absent


def test_what_is_paid_today_is_stated_by_one_of_them_but_for_what_is_listed() -> None:
    stated = {
        (quote.model, name)
        for quote in (*genai_quotes(PRICES), *litellm_quotes(PRICES))
        for name in quote.statements
    }
    ours = {
        (model, name)
        for model in PRICES.models
        for name, value in our_statements(PRICES, model, date.fromisoformat(TODAY)).items()
        if name not in COMMON and (name, value) != ("us", Fraction(1))
    }
    assert ours - stated == UNSTATED.keys()
