"""What a reader counted in a corpus, told by a short hash and by sums that peers tell too."""

import hashlib
import json
from collections.abc import Iterable

import msgspec


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The sums of a reading; None is what a reader does not tell."""

    hash: str | None = None
    """Of the counts and the cost of each day and model."""
    messages: int | None = None
    input: int
    output: int
    cache_write: int
    cache_read: int

    def told_beside(self, expected: "Totals") -> str:
        """Return a cell for a table: the hash if it is as expected, or where the sums differ."""
        if self.hash is not None and self.hash == expected.hash:
            return f"equal, {self.hash}"
        off = "; ".join(_differences(self, expected))
        if self.hash is not None:
            return f"DIFFERS, {self.hash} for {expected.hash}; {off}"
        return off or "sums equal"


class _Model(msgspec.Struct):
    model: str
    messages: int
    input_tokens: int
    output_tokens: int
    cache_write_5m_tokens: int
    cache_write_1h_tokens: int
    cache_read_tokens: int
    cost_microusd: int | None


class _Day(msgspec.Struct):
    date: str
    models: list[_Model]


class _Report(msgspec.Struct):
    days: list[_Day]


class _CcusageSums(msgspec.Struct, rename="camel"):
    input_tokens: int
    output_tokens: int
    cache_creation_tokens: int
    cache_read_tokens: int


class _Ccusage(msgspec.Struct):
    totals: _CcusageSums


def of_report(text: bytes) -> Totals:
    """Read what ``claudeusage report --json`` prints."""
    return _of_days(msgspec.json.decode(text, type=_Report).days)


def of_rows(rows: object) -> Totals:
    """Read day rows as `tests.reference` returns them."""
    return _of_days(msgspec.convert(rows, list[_Day]))


def of_ccusage(text: bytes) -> Totals:
    """Read what ``ccusage daily --json`` prints."""
    sums = msgspec.json.decode(text, type=_Ccusage).totals
    return Totals(
        input=sums.input_tokens,
        output=sums.output_tokens,
        cache_write=sums.cache_creation_tokens,
        cache_read=sums.cache_read_tokens,
    )


def of_json(text: bytes) -> Totals:
    """Read totals that stand in JSON under their own names."""
    return msgspec.json.decode(text, type=Totals)


def _of_days(days: Iterable[_Day]) -> Totals:
    found = list(days)
    models = [model for day in found for model in day.models]
    rows = sorted(
        (day.date, msgspec.structs.astuple(model)) for day in found for model in day.models
    )
    return Totals(
        hash=hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:8],
        messages=sum(model.messages for model in models),
        input=sum(model.input_tokens for model in models),
        output=sum(model.output_tokens for model in models),
        cache_write=sum(
            model.cache_write_5m_tokens + model.cache_write_1h_tokens for model in models
        ),
        cache_read=sum(model.cache_read_tokens for model in models),
    )


def _differences(found: Totals, expected: Totals) -> Iterable[str]:
    for name in ("messages", "input", "output", "cache_write", "cache_read"):
        told, right = getattr(found, name), getattr(expected, name)
        if told is not None and told != right:
            share = f" ({told / right - 1:+.1%})" if right else ""
            yield f"{name.replace('_', ' ')} {told - right:+,}{share}".replace("-", "−")
