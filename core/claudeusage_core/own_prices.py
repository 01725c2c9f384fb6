"""A person's own prices, laid over the table for what is shown on this computer and never sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from claudeusage_core.models import ModelNames
from claudeusage_core.pricing import ModelPrices, Period, PriceTable, Rates, Span, midnight
from claudeusage_core.usage import ModelKey


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """What one model costs somebody, whatever the size of the prompt."""

    rates: Rates
    since: date | None = None
    """The UTC day on which it begins; before, the table's rates stay in force."""

    @property
    def since_ms(self) -> int:
        """The moment at which it begins, in milliseconds."""
        return 0 if self.since is None else midnight(self.since)


def laid_over(table: PriceTable, own: Mapping[str, OwnPrice], names: ModelNames) -> PriceTable:
    """Return *table* with *own* prices, by the spelling of a model's name, laid over it.

    *names* are those of the table, and know under which keys a ledger keeps other models. A model
    of the table keeps its multipliers; another one has none, and is shown under its own name.
    """
    models = dict(table.models)
    since_ms: dict[str, int] = {}
    for name, price in own.items():
        key = names.key(name)
        listed = table.models.get(key)
        for each in (key,) if listed else (key, ModelKey(name)):  # an id of a table that is gone
            models[each] = _priced(listed or _unlisted(name), price)
            since_ms[each] = price.since_ms
    return table._replace(models=models, own_since_ms=since_ms)


def _priced(model: ModelPrices, price: OwnPrice) -> ModelPrices:
    start = None if price.since is None else price.since_ms
    own = Period(Span(start, None), price.rates)
    return model._replace(periods=(*_before(model.periods, start), own))


def _before(periods: tuple[Period, ...], end: int | None) -> tuple[Period, ...]:
    """Return what of *periods* lies before a moment; nothing lies before None."""
    return tuple(
        each._replace(span=Span(each.span.start_ms, min(end, each.span.end_ms or end)))
        for each in periods
        if end is not None and (each.span.start_ms is None or each.span.start_ms < end)
    )


def _unlisted(name: str) -> ModelPrices:
    return ModelPrices(
        id=name,
        names=(name,),
        periods=(),
        fast_multiplier=Fraction(1),
        fast_span=None,
        us_multiplier=Fraction(1),
    )
