"""Counts of what is odd about a ledger's responses."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from claudeusage_app.collect import Collector
from claudeusage_app.ledger.census import Census, census, schema_version
from claudeusage_app.ledger.database import Database
from claudeusage_core.moments import milliseconds
from claudeusage_resources.price_table import shipped_prices
from tests.transcript_lines import usage_line, write_transcript

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def unfinished(number: int, at: datetime, **members: object) -> str:
    line = json.loads(usage_line(number, at.isoformat(), **members))  # type: ignore[arg-type]
    line["message"]["stop_reason"] = None
    return json.dumps(line)


def count(folder: Path, *lines: str) -> Census:
    write_transcript(folder / "projects", *lines)
    with Database(folder / "ledger.sqlite3") as database:
        Collector(database, shipped_prices()).collect((folder / "projects",))
        return census(database, milliseconds(NOW))


def test_an_empty_ledger_has_nothing(tmp_path: Path) -> None:
    assert count(tmp_path) == Census(0, None, None, 0, 0, 0, 0)


def test_the_first_and_the_last_response_in_the_figures_are_told(tmp_path: Path) -> None:
    times = [NOW - timedelta(days=days) for days in (9, 2, 5)]
    lines = (usage_line(number, at.isoformat()) for number, at in enumerate(times))
    ahead = usage_line(9, (NOW + timedelta(days=3)).isoformat())
    found = count(tmp_path, *lines, ahead)
    assert (found.counted, found.ahead) == (3, 1)
    assert (found.first_ms, found.last_ms) == (milliseconds(times[0]), milliseconds(times[1]))


def test_a_response_without_an_end_is_incomplete_after_ten_minutes(tmp_path: Path) -> None:
    old = NOW - timedelta(minutes=10, milliseconds=1)
    young = NOW - timedelta(minutes=10)
    lines = (unfinished(1, old), unfinished(2, young), usage_line(3, old.isoformat()))
    assert count(tmp_path, *lines).incomplete == 1


def test_what_is_not_in_the_figures_is_not_incomplete(tmp_path: Path) -> None:
    times = (datetime(2023, 1, 1, tzinfo=UTC), NOW + timedelta(days=3))
    lines = (unfinished(number, at) for number, at in enumerate(times))
    assert count(tmp_path, *lines).incomplete == 0


def test_a_response_before_2024_counts_as_such_while_no_later_copy_is_there(
    tmp_path: Path,
) -> None:
    ancient = datetime(2023, 12, 31, 23, 59, tzinfo=UTC).isoformat()
    lines = (
        usage_line(1, ancient),
        usage_line(2, ancient),
        usage_line(2, NOW.isoformat(), session="22222222-2222-4333-8444-555555555555"),
    )
    found = count(tmp_path, *lines)
    assert (found.counted, found.before_2024) == (1, 1)


def test_a_day_ahead_of_the_clock_is_not_too_far(tmp_path: Path) -> None:
    ahead = (timedelta(hours=24), timedelta(hours=24, milliseconds=1))
    lines = (usage_line(number, (NOW + more).isoformat()) for number, more in enumerate(ahead))
    found = count(tmp_path, *lines)
    assert (found.counted, found.ahead) == (1, 1)


def test_unknown_models_are_told_apart_wherever_they_stand(tmp_path: Path) -> None:
    at = NOW.isoformat()
    advised = json.loads(usage_line(5, at))
    advised["message"]["usage"]["iterations"] = [
        {"type": "advisor_message", "model": "model-of-the-advisor", "input_tokens": 7},
        {"type": "advisor_message", "model": "one", "input_tokens": 7},
    ]
    found = count(
        tmp_path,
        usage_line(1, at, model="one"),
        usage_line(2, at, model="one"),
        usage_line(3, at, model="two"),
        usage_line(4, at, model="/path/to/weights.gguf"),
        json.dumps(advised),
    )
    assert found.unknown_models == 4


def test_the_schema_has_a_number(tmp_path: Path) -> None:
    with Database(tmp_path / "ledger.sqlite3") as database:
        assert schema_version(database) > 1
