"""Which price tables may be taken: each rule is seen to keep one out."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any, TypeAlias

import pytest

from claudeusage_core.errors import PriceTableInvalid
from claudeusage_core.price_check import check_successor, checked_table
from claudeusage_core.pricing import read_price_table
from tests.core.samples import PRICES, PRICES_TEXT

Table: TypeAlias = dict[str, Any]
"""A table as JSON, in whose parts a test changes one."""
Change: TypeAlias = Callable[[Table], object]

TODAY = date(2026, 12, 24)


def changed(change: Change, **members: object) -> str:
    table = json.loads(PRICES_TEXT) | members
    change(table)
    return json.dumps(table)


def model(table: Table, name: str = "claude-sonnet-4") -> Table:
    return next(each for each in table["models"] if each["id"] == name)


def rates(table: Table, period: int = 0) -> Table:
    found: Table = model(table)["periods"][period]["rates"]
    return found


BROKEN: list[tuple[Change, str]] = [
    (lambda t: t.update(schema=2), "The price table, schema: "),
    (lambda t: t.pop("schema"), "The price table: object missing required field `schema`"),
    (lambda t: t.update(generated="20261122"), "The price table, generated: "),
    (lambda t: t.update(currency="EUR"), "The price table, currency: "),
    (lambda t: t.update(unit="per token"), "The price table, unit: "),
    (lambda t: t.update(models=[]), "The price table, models: "),
    (lambda t: t.update(models=[5]), r"The price table, models\[0\]: "),
    (
        lambda t: t["global_modifiers"].update(batch_multiplier=50),
        "The price table, global_modifiers.batch_multiplier: ",
    ),
    (lambda t: model(t).pop("names"), "Model claude-sonnet-4: .*`names`"),
    (lambda t: model(t).pop("id"), "Model 8: .*`id`"),
    (lambda t: model(t).update(id="claude sonnet\x1b"), r"Model 'claude sonnet\\x1b', id: "),
    (lambda t: model(t).update(id="other"), "Model other, id: "),
    (lambda t: model(t).update(id="claude-" + "9" * 41), "id: it is not "),
    (lambda t: model(t).update(id="claude-opus-4"), "Model claude-opus-4, id: another model"),
    (lambda t: model(t).update(names=["claude-4"]), "names: its id is not among them"),
    (
        lambda t: model(t)["names"].append("Claude.4"),
        "Model claude-sonnet-4, names: 'Claude.4' is not normalised; that is 'claude-4'",
    ),
    (
        lambda t: model(t)["names"].append("claude-4-20270101"),
        "Model claude-sonnet-4, names: 'claude-4-20270101' is there, and 'claude-4' is not",
    ),
    (lambda t: model(t)["names"].append("/claude"), "names: '/claude' is not normalised"),
    (
        lambda t: model(t)["names"].append("claude-opus-5"),
        "Model claude-sonnet-4, names: another model has 'claude-opus-5' too",
    ),
    (
        lambda t: rates(t).pop("cache_write_1h"),
        r"claude-sonnet-4, periods\[0\].rates: .*`cache_write_1h`",
    ),
    (lambda t: rates(t).update(input=-1), r"claude-sonnet-4, periods\[0\].rates.input: "),
    (lambda t: rates(t).update(input="3"), r"periods\[0\].rates.input: .*`str`"),
    (lambda t: rates(t).update(input=None), r"periods\[0\].rates.input: "),
    (lambda t: rates(t, 1).update(input=1000.5), r"periods\[1\].rates.input: .*1000"),
    (lambda t: rates(t).update(output=3e-6), "rates.output: 3e-06 is too little for USD"),
    (lambda t: rates(t).update(output=1.0000001), "rates.output: 1.0000001 has more than six"),
    (
        lambda t: model(t)["periods"][0]["long_context"]["rates"].update(output=3e-6),
        r"claude-sonnet-4, periods\[0\].long_context.rates.output: 3e-06 is too little",
    ),
    (
        lambda t: model(t)["periods"][0]["long_context"].update(threshold_tokens=200),
        r"periods\[0\].long_context.threshold_tokens: ",
    ),
    (lambda t: model(t).update(periods=[]), "claude-sonnet-4, periods: "),
    (
        lambda t: model(t)["periods"].reverse(),
        r"claude-sonnet-4, periods\[0\].effective_from: the first period has to be open",
    ),
    (
        lambda t: model(t)["periods"].pop(),
        r"periods\[0\].effective_to_exclusive: the last period has to be open",
    ),
    (
        lambda t: model(t)["periods"][0].update(effective_to_exclusive="2026-04-30"),
        r"claude-sonnet-4, periods\[1\].effective_from: it is not the end of the period before",
    ),
    (
        lambda t: model(t)["periods"][0].update(effective_to_exclusive="2026-05-02"),
        r"periods\[1\].effective_from: it is not the end",
    ),
    (
        lambda t: model(t)["periods"][0].update(effective_to_exclusive=None),
        r"periods\[1\].effective_from: it is not the end of the period before",
    ),
    (
        lambda t: model(t)["periods"].insert(
            1,
            model(t)["periods"][1]
            | {"effective_from": "2026-05-01", "effective_to_exclusive": "2026-05-01"},
        ),
        r"periods\[1\].effective_to_exclusive: it ends before it begins",
    ),
    (
        lambda t: model(t, "claude-opus-4-8")["fast"].update(effective_from="2027-01-01"),
        "claude-opus-4-8, fast.effective_to_exclusive: it ends before it begins",
    ),
    (
        lambda t: model(t, "claude-opus-4-8")["fast"].update(multiplier=0),
        "claude-opus-4-8, fast.multiplier: ",
    ),
    (
        lambda t: model(t, "claude-opus-4-8").update(us_geo_multiplier=110),
        "claude-opus-4-8, us_geo_multiplier: ",
    ),
]


def test_the_shipped_table_keeps_every_rule() -> None:
    assert checked_table(PRICES_TEXT) == read_price_table(PRICES_TEXT)


@pytest.mark.parametrize(("change", "says"), BROKEN)
def test_a_table_that_breaks_a_rule_is_refused_by_model_and_member(
    change: Change, says: str
) -> None:
    with pytest.raises(PriceTableInvalid, match=says):
        checked_table(changed(change))


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, '{"schema": NaN}', PRICES_TEXT[9:]])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(PriceTableInvalid):
        checked_table(text)


def test_a_number_that_only_looks_whole_is_refused() -> None:
    text = PRICES_TEXT.replace('"input": 15,', '"input": 15.00000000000000000001,', 1)
    assert text != PRICES_TEXT
    with pytest.raises(PriceTableInvalid):
        checked_table(text)


def test_a_newer_table_may_follow() -> None:
    newer = checked_table(changed(lambda _: None, generated="2026-12-25"))
    check_successor(newer, PRICES, TODAY)


@pytest.mark.parametrize(
    ("generated", "says"),
    [
        ("2026-11-21", "is of 2026-11-21, and the one in force of 2026-11-22, so it is not newer"),
        ("2026-11-22", "with other content"),
        ("2026-12-26", "is of 2026-12-26, which is yet to come"),
    ],
)
def test_a_table_of_the_wrong_day_may_not_follow(generated: str, says: str) -> None:
    other = checked_table(changed(lambda t: rates(t).update(input=4), generated=generated))
    with pytest.raises(PriceTableInvalid, match=says):
        check_successor(other, PRICES, TODAY)


def test_a_table_that_lacks_a_model_may_not_follow() -> None:
    less = checked_table(changed(lambda t: t["models"].pop(0), generated="2026-12-01"))
    with pytest.raises(PriceTableInvalid, match="lacks claude-3-opus, which is in force"):
        check_successor(less, PRICES, TODAY)
