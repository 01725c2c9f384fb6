"""What a response would have cost at the API's list prices, in pico-USD.

A million pico-USD is a micro-USD. Integers only, cut down at each step; floats are made where
text is made. The table is dated: rates are those in force at the response's own time.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple, cast

from claudeusage_core.errors import PriceTableInvalid
from claudeusage_core.usage import OTHER, Extra, ModelKey, TokenCounts, Usage

PICO_PER_USD = 10**12
PICO_PER_MICRO = 10**6
KINDS = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")


class Rates(NamedTuple):
    """Pico-USD per token, by kind."""

    input: int
    output: int
    cache_write_5m: int
    cache_write_1h: int
    cache_read: int

    def cost(self, tokens: TokenCounts) -> int:
        """Price *tokens*, in pico-USD."""
        return (
            tokens.input * self.input
            + tokens.output * self.output
            + tokens.cache_write_5m * self.cache_write_5m
            + tokens.cache_write_1h * self.cache_write_1h
            + tokens.cache_read * self.cache_read
        )


class Span(NamedTuple):
    """A stretch of UTC time, from inclusive, to exclusive, in milliseconds; None is open."""

    start_ms: int | None
    end_ms: int | None

    def holds(self, time_ms: int) -> bool:
        """Say whether a moment lies in it."""
        return (self.start_ms is None or self.start_ms <= time_ms) and (
            self.end_ms is None or time_ms < self.end_ms
        )


class Period(NamedTuple):
    """The rates of one model over one span."""

    span: Span
    rates: Rates
    threshold: int | None = None
    """Prompts strictly above this many tokens are charged at *long_rates*."""
    long_rates: Rates | None = None

    def rates_for(self, prompt: int) -> Rates:
        """Choose the rates by the size of the single request."""
        if self.long_rates is not None and self.threshold is not None and prompt > self.threshold:
            return self.long_rates
        return self.rates


class ModelPrices(NamedTuple):
    """Everything the table says of one model."""

    id: str
    names: tuple[str, ...]
    periods: tuple[Period, ...]
    fast_multiplier: Fraction
    fast_span: Span | None
    us_multiplier: Fraction
    sources: tuple[str, ...] = ()
    """Where the prices were read, in words."""

    def period(self, time_ms: int) -> Period | None:
        """Return the rates in force at a moment, None where there are none."""
        return next((each for each in self.periods if each.span.holds(time_ms)), None)


class PriceTable(NamedTuple):
    """A dated price table."""

    generated: str
    models: Mapping[str, ModelPrices]
    batch_multiplier: Fraction
    web_search: int
    """Pico-USD a request."""
    own_since_ms: Mapping[str, int] = MappingProxyType({})
    """From when on a person's own prices are in here, by model: see `own_prices`."""

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """The spellings of each canonical id."""
        return {model: prices.names for model, prices in self.models.items()}

    def shown(self, model: ModelKey) -> str:
        """Return the name of a model in the figures: ``other`` for whatever the table lacks.

        That is also an id of another table, which a ledger may still hold.
        """
        prices = self.models.get(model)
        return OTHER if prices is None else prices.id

    def owns(self, model: ModelKey, time_ms: int) -> bool:
        """Say whether a person's own price is the one in force at a moment."""
        since_ms = self.own_since_ms.get(model)
        return since_ms is not None and since_ms <= time_ms

    def cost(self, usage: Usage, time_ms: int) -> int | None:
        """Price a response without its extras, in pico-USD; None where the table lacks it.

        What Claude Code wrote itself (``costUSD``) stands in for a model without a price.
        """
        period = self._period(usage.model, time_ms)
        if period is None:
            return None if usage.cost_usd is None else _pico(usage.cost_usd)
        model = self.models[usage.model]
        cost = period.rates_for(usage.deciding_prompt).cost(usage.tokens)
        if usage.fast and model.fast_span is not None and model.fast_span.holds(time_ms):
            cost = _cut(cost, model.fast_multiplier)
        if usage.us_inference:
            cost = _cut(cost, model.us_multiplier)
        if usage.batch:
            cost = _cut(cost, self.batch_multiplier)
        return cost + usage.web_searches * self.web_search

    def extra_cost(self, extra: Extra, usage: Usage, time_ms: int) -> int | None:
        """Price one extra of *usage*, in pico-USD.

        It has a prompt of its own and inherits neither speed, geography nor tier. Where
        ``costUSD`` priced the whole response, it adds nothing.
        """
        if usage.cost_usd is not None and self._period(usage.model, time_ms) is None:
            return 0
        period = self._period(extra.model, time_ms)
        return None if period is None else period.rates_for(extra.tokens.prompt).cost(extra.tokens)

    def _period(self, model: ModelKey, time_ms: int) -> Period | None:
        prices = self.models.get(model)
        return None if prices is None else prices.period(time_ms)


def micro_usd(pico: int) -> int:
    """Round pico-USD half up to micro-USD."""
    return (pico + PICO_PER_MICRO // 2) // PICO_PER_MICRO


def read_price_table(text: str) -> PriceTable:
    """Read the JSON text of a price table; raise `PriceTableInvalid` where it is not one."""
    try:
        table = json.loads(text, parse_float=Decimal)
        modifiers = table["global_modifiers"]
        return PriceTable(
            generated=date.fromisoformat(table["generated"]).isoformat(),
            models={entry["id"]: _model(entry) for entry in table["models"]},
            batch_multiplier=Fraction(modifiers["batch_multiplier"]),
            web_search=_scaled(modifiers["web_search_usd_per_request"], PICO_PER_USD),
        )
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise PriceTableInvalid from error


def _model(entry: Mapping[str, object]) -> ModelPrices:
    fast = cast("Mapping[str, object] | None", entry.get("fast"))
    return ModelPrices(
        id=str(entry["id"]),
        names=tuple(cast("list[str]", entry["names"])),
        periods=tuple(_period(p) for p in cast("list[Mapping[str, object]]", entry["periods"])),
        fast_multiplier=_fraction(fast["multiplier"]) if fast else Fraction(1),
        fast_span=_span(fast) if fast else None,
        us_multiplier=_fraction(entry.get("us_geo_multiplier", 1)),
        sources=tuple(cast("list[str]", entry.get("sources", []))),
    )


def _period(entry: Mapping[str, object]) -> Period:
    long_context = cast("Mapping[str, object] | None", entry.get("long_context"))
    if not long_context:
        return Period(_span(entry), _rates(entry["rates"]))
    threshold = int(cast("int", long_context["threshold_tokens"]))
    return Period(_span(entry), _rates(entry["rates"]), threshold, _rates(long_context["rates"]))


def rates_of(usd: Mapping[str, int | Decimal]) -> Rates:
    """Make rates of USD per million tokens, by kind; raise `ValueError` below a pico-USD."""
    return Rates(*(_scaled(usd[kind], PICO_PER_USD // 10**6) for kind in KINDS))


def midnight(day: date) -> int:
    """Return the moment at which a UTC day begins, in milliseconds."""
    moment = datetime.combine(day, datetime.min.time(), UTC)
    return int(moment.timestamp()) * 1000


def _rates(entry: object) -> Rates:
    return rates_of(cast("Mapping[str, int | Decimal]", entry))


def _span(entry: Mapping[str, object]) -> Span:
    return Span(_midnight(entry["effective_from"]), _midnight(entry["effective_to_exclusive"]))


def _midnight(day: object) -> int | None:
    return None if day is None else midnight(date.fromisoformat(str(day)))


def _fraction(number: object) -> Fraction:
    return Fraction(cast("int | Decimal", number))


def _scaled(number: object, scale: int) -> int:
    scaled = _fraction(number) * scale
    if scaled < 0 or scaled.denominator != 1:
        raise ValueError(number)
    return scaled.numerator


def _cut(cost: int, multiplier: Fraction) -> int:
    return cost * multiplier.numerator // multiplier.denominator


def _pico(usd: float) -> int:
    return int(Fraction(repr(usd)) * PICO_PER_USD)
