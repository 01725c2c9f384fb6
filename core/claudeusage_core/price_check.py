"""Whether a price table may be taken: every rule that keeps a bad one out.

The form is checked first, then each model by itself, then the table beside the one in force. Ids go
out with an upload and decide what may leave, so a table from outside is never trusted unchecked.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Literal

import msgspec

from claudeusage_core.errors import PriceTableInvalid
from claudeusage_core.models import MODEL_ID, normalised, spelling
from claudeusage_core.pricing import PriceTable, read_price_table
from claudeusage_core.usage import OTHER

LEAST_USD = 0.0001
"""The least rate above 0 that is believed, per million tokens: less is one per token."""
MOST_USD = 1000

_Usd = Annotated[float, msgspec.Meta(ge=0, le=MOST_USD)]
_Multiplier = Annotated[float, msgspec.Meta(ge=0.1, le=20)]
_PLACE = re.compile(r"^(?P<what>.*) - at `\$\.?(?P<place>.*)`$")
_FINEST = 10**6


class _Rates(msgspec.Struct):
    input: _Usd
    output: _Usd
    cache_write_5m: _Usd
    cache_write_1h: _Usd
    cache_read: _Usd


class _LongContext(msgspec.Struct):
    threshold_tokens: Annotated[int, msgspec.Meta(ge=1000, le=10**9)]
    rates: _Rates


class _Period(msgspec.Struct):
    effective_from: date | None
    effective_to_exclusive: date | None
    rates: _Rates
    long_context: _LongContext | None = None


class _Fast(msgspec.Struct):
    multiplier: _Multiplier
    effective_from: date | None
    effective_to_exclusive: date | None


class _Model(msgspec.Struct):
    id: str
    names: tuple[str, ...]
    periods: Annotated[tuple[_Period, ...], msgspec.Meta(min_length=1)]
    fast: _Fast | None = None
    us_geo_multiplier: _Multiplier = 1.0
    sources: tuple[str, ...] = ()


class _Modifiers(msgspec.Struct):
    batch_multiplier: Annotated[float, msgspec.Meta(gt=0, le=1)]
    web_search_usd_per_request: Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Table(msgspec.Struct):
    schema: Literal[1]
    generated: date
    currency: Literal["USD"]
    unit: Literal["per 1,000,000 tokens"]
    global_modifiers: _Modifiers
    models: Annotated[tuple[dict[str, object], ...], msgspec.Meta(min_length=1)]


def checked_table(text: str) -> PriceTable:
    """Read a table that came from outside; raise `PriceTableInvalid` naming model and member."""
    try:
        table = msgspec.json.decode(text, type=_Table)
    except msgspec.ValidationError as error:
        raise _invalid("The price table", error) from error
    except (ValueError, RecursionError) as error:
        raise PriceTableInvalid(f"The price table is not JSON: {error}.") from error
    models = [_model(number, entry) for number, entry in enumerate(table.models)]
    for fault in (*_shared(models), *(each for model in models for each in _faults(model))):
        raise PriceTableInvalid(fault)
    return read_price_table(text)


def check_successor(table: PriceTable, in_force: PriceTable, today: date) -> None:
    """Raise `PriceTableInvalid` where *table* may not follow the one *in_force* on a UTC day."""
    dates = f"is of {table.generated}, and the one in force of {in_force.generated}"
    if table.generated == in_force.generated:
        raise PriceTableInvalid(f"The price table {dates}, with other content.")
    if table.generated < in_force.generated:
        raise PriceTableInvalid(f"The price table {dates}, so it is not newer.")
    if date.fromisoformat(table.generated) > today + timedelta(days=1):
        raise PriceTableInvalid(f"The price table is of {table.generated}, which is yet to come.")
    missing = sorted(in_force.models.keys() - table.models.keys())
    if missing:
        raise PriceTableInvalid(f"The price table lacks {', '.join(missing)}, which is in force.")


def _model(number: int, entry: dict[str, object]) -> _Model:
    name = entry.get("id")
    try:
        return msgspec.convert(entry, _Model)
    except msgspec.ValidationError as error:
        where = _named(name) if isinstance(name, str) else f"Model {number + 1}"
        raise _invalid(where, error) from error


def _named(name: str) -> str:
    return f"Model {name if MODEL_ID.fullmatch(name) else ascii(name)}"


def _invalid(where: str, error: msgspec.ValidationError) -> PriceTableInvalid:
    found = _PLACE.match(str(error))
    what, place = found.group("what", "place") if found else (str(error), "")
    return PriceTableInvalid(f"{where}{place and f', {place}'}: {what[0].lower()}{what[1:]}.")


def _shared(models: list[_Model]) -> Iterator[str]:
    """Name what two models cannot both have."""
    ids = Counter(model.id for model in models)
    names = Counter(name for model in models for name in set(model.names))
    for model in models:
        if ids[model.id] > 1:
            yield f"{_named(model.id)}, id: another model has it too."
        for name in model.names:
            if names[name] > 1:
                yield f"{_named(model.id)}, names: another model has {name!a} too."


def _faults(model: _Model) -> Iterator[str]:
    """Name everything that is wrong with one model."""
    where = _named(model.id)
    if model.id == OTHER or not MODEL_ID.fullmatch(model.id):
        yield f"{where}, id: it is not `claude-` and up to 40 of a-z, 0-9 and `-`."
    if model.id not in model.names:
        yield f"{where}, names: its id is not among them."
    for name in model.names:
        if normalised(name) != name:
            yield f"{where}, names: {name!a} is not normalised; that is {normalised(name)!a}."
        elif (short := spelling(name)) not in model.names:
            # A ledger keeps names that it does not know without their date.
            yield f"{where}, names: {name!a} is there, and {short!a} is not."
    for number, period in enumerate(model.periods):
        yield from _rate_faults(f"{where}, periods[{number}].rates", period.rates)
        if period.long_context is not None:
            place = f"{where}, periods[{number}].long_context.rates"
            yield from _rate_faults(place, period.long_context.rates)
    yield from (f"{where}, {fault}" for fault in _order_faults(model))


def _rate_faults(place: str, rates: _Rates) -> Iterator[str]:
    for kind, usd in msgspec.structs.asdict(rates).items():
        if 0 < usd < LEAST_USD:
            yield f"{place}.{kind}: {usd!r} is too little for USD per million tokens."
        if (Fraction(repr(usd)) * _FINEST).denominator != 1:
            yield f"{place}.{kind}: {usd!r} has more than six decimals."


def _order_faults(model: _Model) -> Iterator[str]:
    """Name where the periods do not follow one another from the first day on, without an end."""
    if model.periods[0].effective_from is not None:
        yield "periods[0].effective_from: the first period has to be open (null)."
    if model.periods[-1].effective_to_exclusive is not None:
        last = len(model.periods) - 1
        yield f"periods[{last}].effective_to_exclusive: the last period has to be open (null)."
    for number, (one, following) in enumerate(pairwise(model.periods), 1):
        if one.effective_to_exclusive is None or (
            one.effective_to_exclusive != following.effective_from
        ):
            yield f"periods[{number}].effective_from: it is not the end of the period before."
    spans: dict[str, _Period | _Fast] = {f"periods[{n}]": e for n, e in enumerate(model.periods)}
    spans |= {"fast": model.fast} if model.fast else {}
    for place, span in spans.items():
        start, end = span.effective_from, span.effective_to_exclusive
        if start is not None and end is not None and end <= start:
            yield f"{place}.effective_to_exclusive: it ends before it begins."
