"""Another time zone: the days that move are shown first, and all days are counted anew."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from claudeusage_app.installation import Installation
from claudeusage_app.ledger.database import Database
from claudeusage_app.places import Places
from claudeusage_app.zones import keep_zone, moved_days
from tests.transcript_lines import usage_line, write_transcript

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def program(tmp_path: Path) -> Installation:
    """Give an installation in UTC, with a response early and one late on a day."""
    write_transcript(
        tmp_path / "one/projects",
        usage_line(1, "2026-11-20T01:00:00Z"),
        usage_line(2, "2026-11-20T23:00:00Z"),
    )
    environ = {
        "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "program"),
        "CLAUDE_CONFIG_DIR": str(tmp_path / "one"),
    }
    made = Installation(environ, Places.of(environ), lambda: NOW)
    with Database(made.ledger_path) as database:
        database.set_fact("zone", "UTC")
    made.collect()
    return made


def messages(program: Installation) -> dict[str, int]:
    return {day.date.isoformat(): day.messages for day in program.figures()}


def test_the_days_that_another_zone_moves_are_told_and_nothing_is_changed(
    program: Installation,
) -> None:
    moved = moved_days(program, TOKYO)
    assert [
        (each.date, each.before and each.before.messages, each.after and each.after.messages)
        for each in moved
    ] == [(date(2026, 11, 20), 2, 1), (date(2026, 11, 21), None, 1)]
    assert messages(program) == {"2026-11-20": 2}


def test_the_same_zone_moves_nothing(program: Installation) -> None:
    assert moved_days(program, ZoneInfo("UTC")) == ()
    assert moved_days(program, ZoneInfo("Africa/Abidjan")) == ()


def test_all_days_are_counted_in_the_zone_that_is_kept(program: Installation) -> None:
    keep_zone(program, TOKYO)
    assert messages(program) == {"2026-11-20": 1, "2026-11-21": 1}
    assert program.today().zone == "Asia/Tokyo"
