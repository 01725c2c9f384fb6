"""The command ``folders`` as processes: what it prints, what it asks, and its exit codes."""

import json
import os
from pathlib import Path

import pytest

from tests.processes import claudeusage
from tests.transcript_lines import usage_line, write_transcript

AT = "2026-11-20T10:00:00.000Z"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    write_transcript(tmp_path / "home/.claude/projects", usage_line(1, AT))
    write_transcript(tmp_path / "backup", usage_line(1, AT), usage_line(2, AT))
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "LANG": "C.UTF-8",
        "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "program"),
    }


def test_folders_are_listed_with_what_they_hold(environ: dict[str, str], tmp_path: Path) -> None:
    listed = claudeusage("folders", environ=environ)
    assert listed.code == 0
    lines = [line.split() for line in listed.out.decode().splitlines()]
    assert lines[1] == [str(tmp_path / "home/.claude/projects"), "1", "1", "1"]
    assert lines[2][1:] == ["not", "there", "0", "0"]
    assert "first link" in listed.err


def test_a_folder_is_added_and_taken_out(environ: dict[str, str], tmp_path: Path) -> None:
    backup = str(tmp_path / "backup")
    assert claudeusage("folders", "add", backup, environ=environ).code == 0
    listed = json.loads(claudeusage("folders", "--json", environ=environ).out)
    assert listed["adopted"]
    assert listed["folders"][-1] == {
        "path": backup,
        "there": True,
        "transcripts": 1,
        "responses": 2,
        "only_here": 1,
    }
    removed = claudeusage("folders", "remove", backup, "--yes", environ=environ)
    assert (removed.code, b"1 response taken out" in removed.out) == (0, True)
    report = json.loads(claudeusage("report", "--json", environ=environ).out)
    assert report["totals"]["messages"] == 1


def test_nothing_is_taken_out_before_somebody_says_yes(
    environ: dict[str, str], tmp_path: Path
) -> None:
    backup = str(tmp_path / "backup")
    claudeusage("folders", "add", backup, environ=environ)
    asked = claudeusage("folders", "remove", backup, environ=environ, given=b"y\n")
    assert asked.code == 2
    assert "1 response" in asked.err
    assert "--yes" in asked.err
    listed = json.loads(claudeusage("folders", "--json", environ=environ).out)
    assert listed["folders"][-1]["responses"] == 2


@pytest.mark.parametrize("command", ["add", "remove"])
def test_a_folder_that_does_not_exist_is_wrong_usage(
    environ: dict[str, str], tmp_path: Path, command: str
) -> None:
    ran = claudeusage("folders", command, str(tmp_path / "nowhere"), environ=environ)
    assert (ran.code, ran.out) == (2, b"")
    assert "nowhere" in ran.err
    assert not (tmp_path / "program/settings.toml").exists()


def test_looking_at_folders_adopts_nothing(environ: dict[str, str], tmp_path: Path) -> None:
    claudeusage("folders", environ=environ)
    assert not (tmp_path / "program/settings.toml").exists()
