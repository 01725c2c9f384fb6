"""The command ``prices``: the price table in force, since when, and where it was read."""

import argparse

from claudeusage_app.cli.talk import say, show, show_json, table
from claudeusage_app.installation import Installation
from claudeusage_core.moments import milliseconds, moment
from claudeusage_core.pricing import PICO_PER_USD, ModelPrices, Period, Rates

_HEAD = ("Model", "Input", "Output", "Write 5 m", "Write 1 h", "Read", "Prompts over", "Since")
_PER_MILLION = 10**6


def prices(arguments: argparse.Namespace) -> int:
    """Show what each model costs now, in USD per million tokens."""
    program = Installation.open()
    now_ms = milliseconds(program.clock())
    found = [
        (model, period)
        for model in program.prices.models.values()
        if (period := model.period(now_ms)) is not None
    ]
    if arguments.json:
        models = [_members(model, period) for model, period in found]
        show_json({"generated": program.prices.generated, "models": models})
        return 0
    rows = [row for model, period in found for row in _rows(model, period)]
    show(table([_HEAD, *rows]))
    say(
        f"USD per million tokens, API list prices as of {program.prices.generated}."
        " Where each was read: `claudeusage prices --json`."
    )
    return 0


def _rows(model: ModelPrices, period: Period) -> list[tuple[str, ...]]:
    rows = [(model.id, *_cells(period.rates), "", _since(period) or "its first day")]
    if period.long_rates is not None:
        rows.append(("", *_cells(period.long_rates), f"{period.threshold:,}", ""))
    return rows


def _members(model: ModelPrices, period: Period) -> dict[str, object]:
    members: dict[str, object] = {
        "model": model.id,
        "since": _since(period),
        "usd_per_million_tokens": _dollars(period.rates),
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
