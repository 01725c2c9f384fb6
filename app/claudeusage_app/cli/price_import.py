"""The command ``prices import``: a newer price table is taken, and what it changes is said."""

import argparse
import sys
from fractions import Fraction
from pathlib import Path

from claudeusage_app.addresses import printable
from claudeusage_app.cli.talk import say, show
from claudeusage_app.errors import PricesNotImported
from claudeusage_app.installation import Installation
from claudeusage_app.prices import LONGEST, import_prices
from claudeusage_core.moments import moment
from claudeusage_core.price_changes import BATCH, FAST, THRESHOLD, US, WEB_SEARCH, PriceChange
from claudeusage_core.pricing import PICO_PER_USD

_STDIN = "-"


def take(arguments: argparse.Namespace) -> int:
    """Import a newer price table and say what it changes."""
    program = Installation.open()
    now = program.clock()
    changes = import_prices(_content(arguments.file), program.places.imported_prices, now.date())
    if changes is None:
        say("This price table is already in force.")
        return 0
    for name in changes.new_models:
        show(f"New: {name}")
    for change in changes.changes:
        show(_change(change))
    say(
        f"The price table of {program.prices.generated} is in force from now on;"
        " the next command prices history by it."
    )
    return 0


def _content(file: str) -> bytes:
    try:
        if file == _STDIN:
            content = sys.stdin.buffer.read(LONGEST + 1)
        else:
            with Path(file).open("rb") as opened:
                content = opened.read(LONGEST + 1)
    except OSError as error:
        message = f"The price table {printable(file)} could not be read: {error.strerror}."
        raise PricesNotImported(message) from error
    if len(content) > LONGEST:
        raise PricesNotImported("The price table is longer than any could be.")
    return content


def _change(change: PriceChange) -> str:
    since = f" from {moment(change.since_ms).date()}" if change.since_ms is not None else ""
    before, after = (_value(change.term, each) for each in (change.before, change.after))
    return f"{change.model or 'All models'}{since}: {change.term} {before} → {after}"


def _value(term: str, value: int | Fraction | None) -> str:
    if value is None:
        return "none"
    if term == THRESHOLD:
        return f"{value:,} tokens"
    if term in {FAST, US, BATCH}:
        return f"×{float(value):.10g}"
    unit = 1 if term == WEB_SEARCH else 10**6
    return f"${float(value * unit) / PICO_PER_USD:,.10g}"
