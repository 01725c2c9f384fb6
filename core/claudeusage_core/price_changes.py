"""What a newer price table changes: the models that are new, and every price that is another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from claudeusage_core.pricing import ModelPrices, PriceTable, Rates

FAST, US, BATCH, WEB_SEARCH = "fast mode", "US inference", "batch", "web search"
THRESHOLD = "long prompts over"

Terms: TypeAlias = Mapping[str, int | Fraction]
"""What is paid at a moment, by name: pico-USD, multipliers, and a threshold in tokens."""


@dataclass(frozen=True, slots=True)
class PriceChange:
    """One price that is another from a moment on; None where there is none."""

    model: str | None
    """None for what all models have in common."""
    term: str
    since_ms: int | None
    """In milliseconds; None where it is so from the first day."""
    before: int | Fraction | None
    after: int | Fraction | None


@dataclass(frozen=True, slots=True)
class PriceChanges:
    """What one table changes of another."""

    new_models: tuple[str, ...]
    changes: tuple[PriceChange, ...]


def price_changes(before: PriceTable, after: PriceTable) -> PriceChanges:
    """Compare two tables, model by model and moment by moment."""
    common = _differences(None, None, _common(before), _common(after))
    models = (
        change
        for name in sorted(before.models.keys() & after.models.keys())
        for change in _changes(before.models[name], after.models[name])
    )
    new = sorted(after.models.keys() - before.models.keys())
    return PriceChanges(tuple(new), (*common, *models))


def _changes(before: ModelPrices, after: ModelPrices) -> Iterator[PriceChange]:
    """Yield each change at the first moment at which it is one."""
    known: set[tuple[str, int | Fraction | None, int | Fraction | None]] = set()
    for since_ms in (None, *sorted(_moments(before) | _moments(after))):
        one, other = _terms(before, since_ms), _terms(after, since_ms)
        found = list(_differences(after.id, since_ms, one, other))
        yield from (each for each in found if (each.term, each.before, each.after) not in known)
        known = {(each.term, each.before, each.after) for each in found}


def _differences(
    model: str | None, since_ms: int | None, before: Terms, after: Terms
) -> Iterator[PriceChange]:
    for term in sorted(before.keys() | after.keys()):
        if before.get(term) != after.get(term):
            yield PriceChange(model, term, since_ms, before.get(term), after.get(term))


def _moments(model: ModelPrices) -> set[int]:
    spans = [period.span for period in model.periods]
    spans += [model.fast_span] if model.fast_span else []
    return {at for span in spans for at in (span.start_ms, span.end_ms) if at is not None}


def _terms(model: ModelPrices, at_ms: int | None) -> Terms:
    moment = 0 if at_ms is None else at_ms
    terms: dict[str, int | Fraction] = {}
    period = model.period(moment)
    if period is not None:
        terms |= _rates("", period.rates)
        if period.long_rates is not None and period.threshold is not None:
            terms |= {THRESHOLD: period.threshold, **_rates("long prompts, ", period.long_rates)}
    if model.fast_span is not None and model.fast_span.holds(moment):
        terms[FAST] = model.fast_multiplier
    if model.us_multiplier != 1:
        terms[US] = model.us_multiplier
    return terms


def _rates(prefix: str, rates: Rates) -> dict[str, int]:
    names = rates._fields
    return {prefix + name.replace("_", " "): getattr(rates, name) for name in names}


def _common(table: PriceTable) -> Terms:
    return {BATCH: table.batch_multiplier, WEB_SEARCH: table.web_search}
