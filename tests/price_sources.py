"""What two other tables say of Claude's prices: those of genai-prices and of LiteLLM.

Both are read as data, into the same plain statements as ours. A statement is a number under a
name; what a source does not state is left out, so that it can only be wrong where it speaks.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from importlib import metadata
from typing import TypeAlias, cast

from genai_prices.data import providers
from genai_prices.types import ModelInfo, ModelPrice, StartDateConstraint, TieredPrices

from claudeusage_core.models import ModelNames
from claudeusage_core.pricing import KINDS, PriceTable, Rates, midnight

FIRST = date(2024, 1, 1)
THRESHOLD = "threshold"
"""In tokens; 0 where long prompts cost what others do."""

Statements: TypeAlias = Mapping[str, Fraction]
"""USD per million tokens, multipliers and the threshold, by name."""

_LIST_PRICED = ("claude-", "anthropic.claude-", "vertex_ai/claude-")
"""How LiteLLM's keys at list price begin at Anthropic, and at Amazon and Google, who ask the same.

A key with a region in front has a surcharge.
"""
_LITELLM = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_write_5m": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
    "cache_read": "cache_read_input_token_cost",
}
_GENAI = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_write_5m": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "cache_read": "cache_read_mtok",
}


@dataclass(frozen=True)
class Quote:
    """What one entry of a source says of a model from some day on."""

    model: str
    entry: str
    since: date
    statements: Statements


def our_statements(table: PriceTable, model: str, day: date) -> Statements:
    """Say what our table has in force on a UTC day."""
    prices = table.models[model]
    period = prices.period(midnight(day))
    assert period is not None
    found = _ours("", period.rates) | {THRESHOLD: Fraction(period.threshold or 0)}
    if period.long_rates is not None:
        found |= _ours("long ", period.long_rates)
    fast = prices.fast_span is not None and prices.fast_span.holds(midnight(day))
    return found | {
        "fast": prices.fast_multiplier if fast else Fraction(1),
        "us": prices.us_multiplier,
        "batch": table.batch_multiplier,
        "web search": Fraction(table.web_search, 10**12),
    }


def our_days(table: PriceTable, model: str) -> set[date]:
    """Name the UTC days on which our rates of a model become others."""
    starts = (period.span.start_ms for period in table.models[model].periods)
    return {datetime.fromtimestamp(each / 1000, UTC).date() for each in starts if each}


def genai_models() -> dict[str, ModelInfo]:
    """Return Anthropic's own models of genai-prices by their id there."""
    (anthropic,) = (each for each in providers if each.id == "anthropic")
    return {each.id: each for each in anthropic.models}


def genai_quotes(table: PriceTable) -> Iterator[Quote]:
    """Yield what genai-prices says: rates for every day on which either table changes them.

    Its variants have no history, so multipliers are those of our table's day.
    """
    names = ModelNames(table.names)
    newest = date.fromisoformat(table.generated)
    for entry, info in genai_models().items():
        model = names.canonical(entry)
        if model not in table.models:
            continue
        for day in sorted({FIRST, *our_days(table, model), *_genai_days(info)}):
            yield Quote(model, entry, day, _genai_rates(info.get_prices(_noon(day))))
        yield Quote(model, entry, newest, _genai_multipliers(info, newest))


def litellm_entries() -> dict[str, Mapping[str, object]]:
    """Return the Claude models of LiteLLM at Anthropic, Amazon and Google, by their key there."""
    hosts = {"anthropic", "bedrock", "bedrock_converse", "vertex_ai-anthropic_models"}
    files = metadata.files("litellm") or ()
    (file,) = (each for each in files if each.name == "model_prices_and_context_window_backup.json")
    entries = cast("dict[str, dict[str, object]]", json.loads(file.read_text("utf-8")))
    return {
        key: entry
        for key, entry in entries.items()
        if "claude" in key and entry.get("litellm_provider") in hosts
    }


def litellm_quotes(table: PriceTable) -> Iterator[Quote]:
    """Yield what LiteLLM says of now, of each model at the first of its `_LIST_PRICED` hosts."""
    names = ModelNames(table.names)
    newest = date.fromisoformat(table.generated)
    entries = litellm_entries()
    by_model: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for key in entries:
        rank = next((n for n, start in enumerate(_LIST_PRICED) if key.startswith(start)), None)
        if rank == 0 and entries[key]["litellm_provider"] != "anthropic":
            continue
        if rank is not None and names.canonical(key) in table.models:
            by_model[names.canonical(key)].append((rank, key))
    for model, ranked in by_model.items():
        first = min(ranked)[0]
        for key in (key for rank, key in sorted(ranked) if rank == first):
            yield Quote(model, key, newest, _litellm(entries[key]))


def _ours(prefix: str, rates: Rates) -> dict[str, Fraction]:
    return {prefix + kind: Fraction(getattr(rates, kind), 10**6) for kind in KINDS}


def _genai_days(info: ModelInfo) -> set[date]:
    dated = info.prices if isinstance(info.prices, list) else []
    constraints = (each.constraint for each in dated)
    return {each.start_date for each in constraints if isinstance(each, StartDateConstraint)}


def _genai_rates(price: ModelPrice) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for kind in KINDS:
        stated = getattr(price, _GENAI[kind])
        if isinstance(stated, TieredPrices):
            (tier,) = stated.tiers
            found |= {kind: Fraction(stated.base), f"long {kind}": Fraction(tier.price)}
            assert found.setdefault(THRESHOLD, Fraction(tier.start)) == tier.start
        elif isinstance(stated, Decimal):
            found[kind] = Fraction(stated)
    if price.web_searches_kcount is not None:
        found["web search"] = Fraction(cast("Decimal", price.web_searches_kcount)) / 1000
    return {THRESHOLD: Fraction(0)} | found


def _genai_multipliers(info: ModelInfo, day: date) -> dict[str, Fraction]:
    """Return each variant's multiplier, if it is one and the same for every kind of token."""
    usual = _genai_rates(info.get_prices(_noon(day)))
    found = {"fast": Fraction(1)}
    for name, context in (("fast", {"speed": "fast"}), ("batch", {"processing": "batch"})):
        if any(variant.when == context for variant in info.price_variants or ()):
            varied = _genai_rates(info.get_prices(_noon(day), context))
            counts = varied.keys() - {THRESHOLD, "web search"}
            (found[name],) = {varied[each] / usual[each] for each in counts}
    return found


def _litellm(entry: Mapping[str, object]) -> dict[str, Fraction]:
    found = {THRESHOLD: Fraction(0)}
    for kind, member in _LITELLM.items():
        for name, value in entry.items():
            match = re.fullmatch(rf"{member}(_above_(\d+)k_tokens)?", name)
            if match and match[1]:
                found[f"long {kind}"] = _usd(value)
                found[THRESHOLD] = Fraction(match[2]) * 1000
            elif match:
                found[kind] = _usd(value)
    multipliers = cast("Mapping[str, float]", entry.get("provider_specific_entry", {}))
    if entry["litellm_provider"] == "anthropic":
        found |= {name: Fraction(str(multipliers.get(name, 1))) for name in ("us", "fast")}
    searches = cast("Mapping[str, float]", entry.get("search_context_cost_per_query", {}))
    if searches:
        (found["web search"],) = {Fraction(repr(usd)) for usd in searches.values()}
    if "input_cost_per_token_batches" in entry:
        found["batch"] = _usd(entry["input_cost_per_token_batches"]) / found["input"]
    return found


def _usd(per_token: object) -> Fraction:
    return Fraction(repr(per_token)) * 10**6


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
