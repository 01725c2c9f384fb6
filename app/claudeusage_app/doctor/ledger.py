"""The ledger as the doctor sees it: its file, and what it knows of responses, prices and days."""

import os
import shutil
import sqlite3
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from claudeusage_app.bounded import answer_within
from claudeusage_app.doctor.mounts import network_folder
from claudeusage_app.doctor.naming import place_name
from claudeusage_app.doctor.report import (
    LedgerFacts,
    Problem,
    ResponseFacts,
    Section,
    UnpricedFacts,
    UnpricedModel,
    problem_of,
)
from claudeusage_app.installation import Installation
from claudeusage_app.ledger.census import Census, schema_version
from claudeusage_app.ledger.checking import faults
from claudeusage_app.ledger.damage import ASIDE
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.errors import LedgerUnavailable
from claudeusage_core import figures
from claudeusage_core.errors import ClaudeusageError
from claudeusage_core.moments import local_day
from claudeusage_core.pricing import PriceTable
from claudeusage_core.usage import OTHER, DailyUsage

LOW_BYTES = 100_000_000
"""Less room than this on the ledger's disk is a problem."""
_PRIVATE = 0o077
_PRIMARY_CODE = 0xFF
_FULL = ("disk_full", "There is no room left for the ledger.", "Make room on its disk")
_HELD = ("ledger_locked", "Another program holds the ledger.", "Wait for it, or end it")
_CLOSED = ("ledger_closed", "The ledger may not be opened.", "Check that its folder is yours")
_REASONS = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_BUSY: _HELD,
    sqlite3.SQLITE_LOCKED: _HELD,
    sqlite3.SQLITE_READONLY: _CLOSED,
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
    sqlite3.SQLITE_PERM: _CLOSED,
}


def ledger_problem(error: ClaudeusageError) -> Problem:
    """Return why the ledger could not be used, as far as SQLite says."""
    reason = _REASONS.get(getattr(error.__cause__, "sqlite_errorcode", 0) & _PRIMARY_CODE)
    if isinstance(error.__cause__, PermissionError):
        reason = _CLOSED
    if not isinstance(error, LedgerUnavailable) or reason is None:
        return problem_of(Section.LEDGER, error)
    code, text, remedy = reason
    return Problem(Section.LEDGER, code, text, f"{remedy}, then run this again. Nothing is lost.")


def check(path: Path, seconds: float) -> int | None:
    """Return how many faults a ledger has, None where telling takes longer than *seconds*."""

    def ask() -> int:
        with Database(path) as database:
            return len(faults(database))

    try:
        return answer_within(seconds, ask)
    except TimeoutError:
        return None


def look_at_ledger(
    program: Installation, database: Database, found: Census, zone: ZoneInfo, inside: int | None
) -> LedgerFacts:
    """Look at the file of an open ledger."""
    path = database.path
    log = path.with_name(f"{path.name}-wal")
    return LedgerFacts(
        place=place_name(program.environ, program.places.data, "XDG_DATA_HOME"),
        bytes=sum(_size(each) for each in (path, log)),
        free_bytes=free_bytes(path.parent),
        network=network_folder(path.parent),
        mode=_mode(path),
        schema=schema_version(database),
        responses=found.counted,
        first_day=_day(found.first_ms, zone),
        last_day=_day(found.last_ms, zone),
        faults=inside,
        set_aside=database.fact(ASIDE) is not None,
    )


def file_problems(ledger: LedgerFacts) -> Iterator[Problem]:
    """Yield what is wrong with the ledger's file."""
    if ledger.faults:
        yield _problem(
            "ledger_damaged",
            "The ledger is damaged.",
            "See `claudeusage ledger check`. If you have an export of it, run `claudeusage ledger"
            " import FILE`.",
        )
    if ledger.mode is not None and int(ledger.mode, 8) & _PRIVATE:
        yield _problem(
            "ledger_open_to_others",
            f"Others on this computer may open the ledger: its mode is {ledger.mode}.",
            "Make it yours alone: `chmod 600` on the file that `claudeusage status` names.",
        )
    if ledger.network:
        yield _problem(
            "ledger_on_network",
            "The ledger is on a network file system, where SQLite's locks cannot be relied on.",
            "Set CLAUDEUSAGE_CONFIG_DIR to a folder on a disk of this computer.",
        )
    if ledger.free_bytes is not None and ledger.free_bytes < LOW_BYTES:
        yield _problem(
            "disk_low",
            f"Only {megabytes(ledger.free_bytes)} are free on the ledger's disk.",
            "Make room; what cannot be kept is read again later, while its transcript is there.",
        )


def look_at_responses(found: Census) -> ResponseFacts:
    """Tell what is odd about responses."""
    return ResponseFacts(found.counted, found.incomplete, found.before_2024, found.ahead)


def response_problems(found: ResponseFacts) -> Iterator[Problem]:
    """Yield a problem where responses come from the future."""
    if found.ahead_of_clock:
        what = figures.plural(found.ahead_of_clock, "response is", "responses are")
        yield Problem(
            Section.RESPONSES,
            "ahead_of_clock",
            f"{what} dated more than 24 hours ahead of this computer's clock, and not counted yet.",
            "Check the clock and the date of this computer.",
        )


def look_at_prices(found: Census, days: Iterable[DailyUsage], prices: PriceTable) -> UnpricedFacts:
    """Tell what is unpriced; what the table lacks is ``other``, also where it has own prices."""
    tokens = Counter[str]()
    for row in (model for day in days for model in day.models if model.unpriced_tokens):
        tokens[row.model if row.model in prices.models else OTHER] += row.unpriced_tokens
    models = (UnpricedModel(model, number) for model, number in tokens.most_common())
    return UnpricedFacts(found.unknown_models, tuple(models))


def price_problems(unpriced: UnpricedFacts) -> Iterator[Problem]:
    """Yield a problem where tokens have no price."""
    tokens = sum(each.tokens for each in unpriced.models)
    if tokens:
        yield Problem(
            Section.RESPONSES,
            "unpriced",
            f"{figures.tokens(tokens)} tokens are unpriced, so costs are too low.",
            "Update claudeusage, or import a newer table with `claudeusage prices import FILE`:"
            " history is priced again then. For other models, write your own prices.",
        )


def free_bytes(folder: Path) -> int | None:
    """Return how much room is on a folder's disk, None where the system does not tell."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def megabytes(size: int) -> str:
    """Write bytes."""
    return f"{size / 1e6:,.1f} MB"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _mode(path: Path) -> str | None:
    if os.name == "nt":
        return None
    try:
        return f"{stat.S_IMODE(path.stat().st_mode):04o}"
    except OSError:
        return None


def _day(time_ms: int | None, zone: ZoneInfo) -> str | None:
    return None if time_ms is None else local_day(time_ms, zone).isoformat()


def _problem(code: str, text: str, remedy: str) -> Problem:
    return Problem(Section.LEDGER, code, text, remedy)
