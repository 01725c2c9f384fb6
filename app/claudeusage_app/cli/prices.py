"""The command ``prices``: what is in force, since when, and where it was read."""

import argparse
from pathlib import Path

from claudeusage_app.cli.talk import say, show, show_json, table
from claudeusage_app.installation import Installation
from claudeusage_app.own_prices import read_own_prices
from claudeusage_app.prices import Origin, prices_in_force
from claudeusage_core.models import ModelNames
from claudeusage_core.moments import milliseconds, moment
from claudeusage_core.own_prices import laid_over
from claudeusage_core.pricing import PICO_PER_USD, ModelPrices, Period, PriceTable, Rates
from claudeusage_core.usage import ModelKey

_HEAD = (
    "Model",
    "Input",
    "Output",
    "Write 5 m",
    "Write 1 h",
    "Read",
    "Prompts over",
    "Since",
    "Source",
)
_PER_MILLION = 10**6


def prices(arguments: argparse.Namespace) -> int:
    """Show what each model costs now, in USD per million tokens."""
    program = Installation.open()
    now_ms = milliseconds(program.clock())
    listed = prices_in_force(program.places.imported_prices)
    shown = _with_own(listed.table, program.places.own_prices)
    found = [
        (model, period, _source(shown, model, listed.origin, now_ms))
        for model in {each.id: each for each in shown.models.values()}.values()
        if (period := model.period(now_ms)) is not None
    ]
    if arguments.json:
        models = [_members(*each) for each in found]
        dated = {"generated": listed.table.generated, "source": str(listed.origin)}
        show_json({**dated, "models": models})
        return 0
    rows = [row for each in found for row in _rows(*each)]
    show(table([_HEAD, *rows]))
    say(
        f"USD per million tokens, API list prices as of {listed.table.generated},"
        f" {listed.origin}. Where each was read: `claudeusage prices --json`."
    )
    if shown.own_since_ms:
        say("Prices from prices.toml are your own: shown on this computer, never uploaded.")
    return 0


def _with_own(listed: PriceTable, path: Path) -> PriceTable:
    names = ModelNames(listed.names)
    return laid_over(listed, read_own_prices(path, names), names)


def _source(shown: PriceTable, model: ModelPrices, origin: Origin, now_ms: int) -> str:
    return "prices.toml" if shown.owns(ModelKey(model.id), now_ms) else str(origin)


def _rows(model: ModelPrices, period: Period, source: str) -> list[tuple[str, ...]]:
    rows = [(model.id, *_cells(period.rates), "", _since(period) or "its first day", source)]
    if period.long_rates is not None:
        rows.append(("", *_cells(period.long_rates), f"{period.threshold:,}", "", ""))
    return rows


def _members(model: ModelPrices, period: Period, source: str) -> dict[str, object]:
    members: dict[str, object] = {
        "model": model.id,
        "since": _since(period),
        "usd_per_million_tokens": _dollars(period.rates),
        "source": source,
        "sources": list(model.sources),
    }
    if period.long_rates is not None:
        long_context = {"prompts_over": period.threshold, **_dollars(period.long_rates)}
        members["long_context"] = long_context
    return members


def _dollars(rates: Rates) -> dict[str, float]:
    return {
        "input": _dollar(rates.input),
        "output": _dollar(rates.output),
        "cache_write_5m": _dollar(rates.cache_write_5m),
        "cache_write_1h": _dollar(rates.cache_write_1h),
        "cache_read": _dollar(rates.cache_read),
    }


def _cells(rates: Rates) -> tuple[str, ...]:
    return tuple(f"${usd:,.10g}" for usd in _dollars(rates).values())


def _dollar(pico_per_token: int) -> float:
    return pico_per_token * _PER_MILLION / PICO_PER_USD


def _since(period: Period) -> str | None:
    start = period.span.start_ms
    return None if start is None else moment(start).date().isoformat()
