"""The file of own prices: what it may hold, and what is said of one that holds more."""

from datetime import date
from pathlib import Path

import pytest

from claudeusage_app.errors import OwnPricesInvalid
from claudeusage_app.own_prices import read_own_prices
from claudeusage_core.own_prices import OwnPrice
from claudeusage_core.pricing import Rates
from tests.core.samples import NAMES

RATES = """
input = 0.6
output = 2
cache_write_5m = 0
cache_write_1h = 0.000001
cache_read = 0.11
"""
PRICED = Rates(600_000, 2_000_000, 0, 1, 110_000)


def with_read(value: str) -> str:
    return f"['a']{RATES.replace('0.11', value)}"


def read(tmp_path: Path, text: str) -> dict[str, OwnPrice]:
    path = tmp_path / "prices.toml"
    path.write_text(text, "utf-8")
    return read_own_prices(path, NAMES)


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert read_own_prices(tmp_path / "prices.toml", NAMES) == {}


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("glm-4.7", "glm-4-7"),
        ("z-ai/GLM-4.7", "glm-4-7"),
        ("glm-4.7-20260101", "glm-4-7"),
        ("claude-opus-5.5", "claude-opus-5-5"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("claude-4-sonnet", "claude-sonnet-4"),
    ],
)
def test_a_name_is_normalised_like_every_models(tmp_path: Path, raw: str, name: str) -> None:
    assert read(tmp_path, f'["{raw}"]{RATES}') == {name: OwnPrice(PRICED)}


@pytest.mark.parametrize("since", ["2026-01-01", '"2026-01-01"'])
def test_a_price_may_begin_on_a_day(tmp_path: Path, since: str) -> None:
    found = read(tmp_path, f'["glm-4.7"]{RATES}since = {since}')
    assert found["glm-4-7"].since == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("input = =\n", "line 1"),
        ("input = 3", "'input': expected `object`"),
        ("['a']\ninput = 1", "'a': object missing required field `output`"),
        (with_read("-1"), "'a': expected `float` >= 0.0 - at `cache_read`"),
        (with_read("nan"), "'a': .* - at `cache_read`"),
        (with_read("inf"), "'a': .* - at `cache_read`"),
        (with_read("true"), "'a': .*`bool` - at `cache_read`"),
        (with_read('"1"'), "'a': .*`str` - at `cache_read`"),
        (with_read("0.1234567"), "'a': a price has at most six decimals"),
        ("a = " + "[" * 5_000, "recursion"),
        (f"['a']{RATES}until = 2026-01-01", "'a': object contains unknown field `until`"),
        (f"['a']{RATES}since = 5", "'a': .* - at `since`"),
        (f"[glm-4.7]{RATES}", r"\[glm-4...\]: a name with a dot stands in quotes"),
        (f"['/a/model.gguf']{RATES}", "'/a/model.gguf' is not the name of a model"),
        (f"['other']{RATES}", "'other' is not the name of a model"),
        (f"['?0123']{RATES}", "'.0123' is not the name of a model"),
        (f"['']{RATES}", "'' is not the name of a model"),
        (f'["a\\u001b[31m"]{RATES}', r"'a\\x1b\[31m' is not the name of a model"),
        (f"['a.1']{RATES}['A-1']{RATES}", "'A-1' is another name of a model that is there already"),
        (
            f"['claude-opus-4']{RATES}['claude-4-opus']{RATES}",
            "'claude-4-opus' is another name of a model that is there already",
        ),
    ],
)
def test_what_is_no_price_is_told_with_file_model_and_member(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(OwnPricesInvalid, match=says) as raised:
        read(tmp_path, text)
    assert str(tmp_path / "prices.toml") in raised.value.title
    assert "remove it" in raised.value.remedy


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(OwnPricesInvalid, match=r"prices\.toml"):
        read_own_prices(path, NAMES)
    path.unlink()
    path.mkdir()
    with pytest.raises(OwnPricesInvalid, match="directory"):
        read_own_prices(path, NAMES)
