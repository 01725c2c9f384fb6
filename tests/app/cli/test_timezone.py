"""The command ``timezone`` as processes: it shows, asks, and changes only after a yes."""

import json
import os
from pathlib import Path

import pytest

from tests.processes import claudeusage
from tests.transcript_lines import usage_line, write_transcript


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    write_transcript(tmp_path / ".claude/projects", usage_line(1, "2026-11-20T23:00:00Z"))
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "program"),
    }


def first_day(environ: dict[str, str]) -> str:
    report = json.loads(claudeusage("report", "--json", environ=environ).out)
    return str(report["days"][0]["date"])


def test_the_zone_is_shown(environ: dict[str, str]) -> None:
    assert claudeusage("timezone", environ=environ).out == b"UTC\n"
    shown = claudeusage("timezone", "--json", environ=environ).out
    assert json.loads(shown) == {"timezone": "UTC", "system": "UTC"}


def test_nothing_moves_before_somebody_says_yes(environ: dict[str, str]) -> None:
    asked = claudeusage("timezone", "Asia/Tokyo", environ=environ)
    assert asked.code == 2
    assert "2026-11-21" in asked.out.decode()
    assert "--yes" in asked.err
    assert first_day(environ) == "2026-11-20"


def test_after_a_yes_the_days_of_the_past_move_too(environ: dict[str, str]) -> None:
    assert claudeusage("timezone", "Asia/Tokyo", "--yes", environ=environ).code == 0
    assert first_day(environ) == "2026-11-21"
    assert claudeusage("timezone", environ=environ).out == b"Asia/Tokyo\n"


def test_an_unknown_zone_is_wrong_usage(environ: dict[str, str]) -> None:
    refused = claudeusage("timezone", "Middle-earth/Shire", environ=environ)
    assert (refused.code, refused.out) == (2, b"")


def test_a_computer_that_has_moved_is_told_once(environ: dict[str, str]) -> None:
    claudeusage("today", environ=environ)
    moved = environ | {"TZ": "Asia/Tokyo"}
    assert "claudeusage timezone Asia/Tokyo" in claudeusage("today", environ=moved).err
    assert "Asia/Tokyo" not in claudeusage("today", environ=moved).err
    assert first_day(moved) == "2026-11-20"
