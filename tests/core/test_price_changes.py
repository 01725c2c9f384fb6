"""What a newer table changes, told once and at the moment from which it holds."""

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

import pytest

from claudeusage_core.moments import moment
from claudeusage_core.price_changes import PriceChanges, price_changes
from claudeusage_core.pricing import read_price_table
from tests.core.samples import PRICES, PRICES_TEXT

Change: TypeAlias = Callable[[dict[str, Any], dict[str, Any]], object]
"""A change of a table as JSON, given with its models by id."""

PAID: list[tuple[Change, tuple[object, ...]]] = [
    (
        lambda _, m: m["claude-haiku-5-5"]["periods"][0]["long_context"].update(
            threshold_tokens=200_000
        ),
        ("claude-haiku-5-5", None, "long prompts over", 100_000, 200_000),
    ),
    (
        lambda _, m: m["claude-haiku-5-5"]["periods"][0]["long_context"]["rates"].update(
            cache_read=1
        ),
        ("claude-haiku-5-5", None, "long prompts, cache read", 50_000, 10**6),
    ),
    (
        lambda _, m: m["claude-opus-4-8"]["fast"].update(effective_to_exclusive="2026-12-10"),
        ("claude-opus-4-8", "2026-12-01", "fast mode", None, 2),
    ),
    (
        lambda _, m: m["claude-opus-4-8"].update(us_geo_multiplier=1.2),
        ("claude-opus-4-8", None, "US inference", Fraction("1.1"), Fraction("1.2")),
    ),
    (
        lambda t, _: t["global_modifiers"].update(web_search_usd_per_request=0.02),
        (None, None, "web search", 10**10, 2 * 10**10),
    ),
]


def changes(change: Change) -> PriceChanges:
    table = json.loads(PRICES_TEXT)
    change(table, {each["id"]: each for each in table["models"]})
    return price_changes(PRICES, read_price_table(json.dumps(table)))


def told(found: PriceChanges) -> list[tuple[object, ...]]:
    return [
        (
            each.model,
            None if each.since_ms is None else str(moment(each.since_ms).date()),
            each.term,
            each.before,
            each.after,
        )
        for each in found.changes
    ]


def test_the_same_table_changes_nothing() -> None:
    assert changes(lambda _, __: None) == PriceChanges((), ())


def test_a_model_that_is_new_is_named_and_no_change() -> None:
    found = changes(
        lambda table, models: table["models"].append(
            models["claude-opus-5"] | {"id": "claude-opus-9", "names": ["claude-opus-9"]}
        )
    )
    assert found == PriceChanges(("claude-opus-9",), ())


def test_a_rate_that_was_always_another_is_told_once() -> None:
    found = changes(lambda _, m: m["claude-sonnet-5-5"]["periods"][0]["rates"].update(output=11))
    assert told(found) == [("claude-sonnet-5-5", None, "output", 10**7, 11 * 10**6)]


def test_a_period_that_is_added_is_told_from_its_first_day() -> None:
    def halve(_: object, models: dict[str, Any]) -> None:
        (period,) = models["claude-opus-5"]["periods"]
        later = period | {"effective_from": "2026-12-01", "rates": period["rates"] | {"input": 2.5}}
        models["claude-opus-5"]["periods"] = [period | {"effective_to_exclusive": "2026-12-01"}]
        models["claude-opus-5"]["periods"].append(later)

    expected = ("claude-opus-5", "2026-12-01", "input", 5 * 10**6, 2_500_000)
    assert told(changes(halve)) == [expected]


@pytest.mark.parametrize(("change", "expected"), PAID)
def test_everything_that_is_paid_is_compared(change: Change, expected: tuple[object, ...]) -> None:
    assert told(changes(change)) == [expected]
