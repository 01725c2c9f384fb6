"""Why a ledger cannot be used, and when its disk is nearly full."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from claudeusage_app.doctor.ledger import (
    LOW_BYTES,
    check,
    file_problems,
    ledger_problem,
    price_problems,
)
from claudeusage_app.doctor.report import LedgerFacts, UnpricedFacts, UnpricedModel
from claudeusage_app.errors import ZoneUnknown
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.errors import LedgerUnavailable

WHOLE = LedgerFacts("~", 1, LOW_BYTES, False, "0600", 2, 1, None, None, 0, set_aside=False)


def unavailable(cause: Exception) -> LedgerUnavailable:
    error = LedgerUnavailable("The ledger /secret could not be used.")
    error.__cause__ = cause
    return error


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("secret")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (sqlite_error(sqlite3.SQLITE_FULL), "disk_full"),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), "ledger_locked"),
        (sqlite_error(sqlite3.SQLITE_CANTOPEN), "ledger_closed"),
        (PermissionError("secret"), "ledger_closed"),
        (sqlite_error(sqlite3.SQLITE_IOERR), "ledger_unavailable"),
        (OSError("secret"), "ledger_unavailable"),
    ],
)
def test_the_reason_is_told_without_the_place(cause: Exception, code: str) -> None:
    problem = ledger_problem(unavailable(cause))
    assert problem.code == code
    assert problem.remedy
    assert "secret" not in repr(problem)


def test_a_check_that_does_not_end_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "ledger-1.sqlite3"
    Database(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        assert check(path, 0.05) is None
    assert check(path, 30) == 0


def test_another_error_keeps_its_own_words() -> None:
    problem = ledger_problem(ZoneUnknown("There is no zone 'secret'."))
    assert (problem.code, problem.text) == ("zone_unknown", ZoneUnknown.title)


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        (WHOLE, []),
        (replace(WHOLE, faults=None, free_bytes=None, mode=None), []),
        (replace(WHOLE, faults=1), ["ledger_damaged"]),
        (replace(WHOLE, mode="0620"), ["ledger_open_to_others"]),
        (replace(WHOLE, mode="0400"), []),
        (replace(WHOLE, network=True), ["ledger_on_network"]),
        (replace(WHOLE, free_bytes=LOW_BYTES - 1), ["disk_low"]),
    ],
)
def test_a_file_that_is_not_whole_private_and_on_a_disk_with_room_is_a_problem(
    facts: LedgerFacts, codes: list[str]
) -> None:
    assert [each.code for each in file_problems(facts)] == codes


def test_only_tokens_without_a_price_are_a_problem() -> None:
    assert list(price_problems(UnpricedFacts(2, ()))) == []
    (problem,) = price_problems(UnpricedFacts(1, (UnpricedModel("other", 5),)))
    assert problem.code == "unpriced"
