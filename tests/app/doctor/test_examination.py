"""Everything looked at once: a healthy installation, and each thing that can be broken."""

import json
import re
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest
import tzlocal

from claudeusage_app.doctor.examination import Patience, examine
from claudeusage_app.doctor.report import Report
from claudeusage_app.doctor.text import text_of
from claudeusage_app.places import Places
from claudeusage_app.program import Program
from claudeusage_app.settings import change_settings
from claudeusage_app.zones import keep_zone
from tests.keyrings import MemoryKeyring, in_use
from tests.original import write_original
from tests.transcript_lines import usage_line, write_transcript

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PATIENCE = Patience(check=30, keyring=30, server=30)
DOCUMENT = Path(__file__).parents[3] / "docs" / "doctor.md"
MEMBER = re.compile(r"^\| `([a-z_0-9.]+)` \|", re.MULTILINE)


@pytest.fixture(autouse=True)
def _live_in_utc_with_a_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    tzlocal.reload_localzone()
    with in_use(MemoryKeyring()):
        yield
    monkeypatch.undo()
    tzlocal.reload_localzone()


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    folder = tmp_path / "claude" / "projects"
    times = (NOW, NOW - timedelta(days=28), NOW - timedelta(days=60))
    lines = (usage_line(number, at.isoformat()) for number, at in enumerate(times))
    write_transcript(folder, *lines)
    return folder


@pytest.fixture
def program(tmp_path: Path, projects: Path) -> Program:
    return made(tmp_path, CLAUDE_CONFIG_DIR=str(projects.parent))


def made(folder: Path, **more: str) -> Program:
    environ = {
        "CLAUDEUSAGE_CONFIG_DIR": str(folder / "program"),
        "XDG_RUNTIME_DIR": str(folder / "runtime"),
    } | more
    return Program(environ, Places.of(environ), lambda: NOW)


def codes(report: Report) -> list[str]:
    return [each.code for each in report.problems]


def ledger_of(program: Program) -> Path:
    (path,) = program.places.data.glob("ledger-*.sqlite3")
    return path


def test_a_healthy_installation_has_no_problem(program: Program) -> None:
    report = examine(program, patience=PATIENCE)
    assert report.problems == ()
    assert report.lines is not None
    assert (report.lines.read, report.lines.skipped) == (3, {})
    assert report.ledger is not None
    assert (report.ledger.responses, report.ledger.mode, report.ledger.faults) == (3, "0600", 0)
    assert (report.ledger.first_day, report.ledger.last_day) == ("2026-09-23", "2026-11-22")
    assert report.retention is not None
    assert (report.retention.days, report.retention.days_past) == (30, 1)
    assert report.retention.days_soon == 1
    assert report.watching is not None
    assert report.watching.tray == "not_running"
    assert text_of(report).splitlines()[-1] == "No problems."


def test_it_reads_what_is_new_first(program: Program, projects: Path) -> None:
    examine(program, patience=PATIENCE)
    write_transcript(projects, usage_line(9, NOW.isoformat()), session="another")
    report = examine(program, patience=PATIENCE)
    assert report.responses is not None
    assert report.responses.counted == 4


def test_every_member_is_documented_and_nothing_else_is(program: Program, projects: Path) -> None:
    write_transcript(projects, usage_line(9, NOW.isoformat(), model="unknown"), session="another")
    write_original(Path.home(), "https://usage.example")
    members = examine(program, patience=PATIENCE).members()
    assert json.loads(json.dumps(members)) == json.loads(json.dumps(members))
    names: set[str] = set()
    for name, value in members.items():
        names |= {name, *_below(name, value)}
    assert names == set(MEMBER.findall(DOCUMENT.read_text("utf-8")))


def _below(name: str, value: object) -> Iterator[str]:
    if isinstance(value, list | tuple) and value:
        yield from _below(name, cast("list[object]", value)[0])
    elif isinstance(value, dict) and name != "lines.skipped":
        for inner, each in cast("dict[str, object]", value).items():
            yield f"{name}.{inner}"
            yield from _below(f"{name}.{inner}", each)


def test_what_is_told_and_what_is_marked_stand_together(program: Program, projects: Path) -> None:
    torn = '{"type":"assistant","message":{"usage":{'
    lines = (usage_line(n, NOW.isoformat(), model=f"unknown-{n % 2}") for n in range(3, 6))
    ahead = usage_line(9, (NOW + timedelta(days=2)).isoformat())
    ancient = usage_line(10, "2023-01-01T00:00:00Z")
    write_transcript(projects, *lines, ahead, ancient, torn, session="another")
    report = examine(program, patience=PATIENCE)
    assert codes(report) == ["ahead_of_clock", "unpriced"]
    text = text_of(report)
    assert "1 of 9 lines was not understood" in text
    assert "96.3k tokens unpriced: other of 2 unknown models" in text
    assert "1 dated before 2024 and in no figure" in text
    assert "! 1 response is dated more than 24 hours ahead" in text
    assert "-> Check the clock" in text
    assert text.splitlines()[-1] == "2 problems."
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("file", "code"),
    [("prices.toml", "own_prices_invalid"), ("prices.json", "imported_prices_invalid")],
)
def test_prices_that_cannot_be_read_are_one_problem_and_the_rest_is_told(
    program: Program, file: str, code: str
) -> None:
    examine(program, patience=PATIENCE)
    (program.places.config / file).write_text("secret")
    report = examine(program, patience=PATIENCE)
    assert codes(report) == [code]
    assert report.ledger is not None
    assert report.ledger.responses == 3
    assert report.unpriced is None


def test_a_model_with_own_prices_that_begin_later_is_other(
    program: Program, projects: Path
) -> None:
    line = usage_line(9, NOW.isoformat(), model="secret-model")
    write_transcript(projects, line, session="another")
    kinds = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
    rates = "".join(f"{kind} = 1\n" for kind in kinds)
    program.places.config.mkdir(parents=True)
    program.places.own_prices.write_text(f"[secret-model]\n{rates}since = 2026-11-23\n")
    report = examine(program, patience=PATIENCE)
    assert report.unpriced is not None
    assert [(each.model, each.tokens) for each in report.unpriced.models] == [("other", 32_110)]
    assert "secret" not in text_of(report)


def test_a_zone_that_is_not_the_systems_is_told(program: Program) -> None:
    keep_zone(program, ZoneInfo("Asia/Tokyo"))
    report = examine(program, patience=PATIENCE)
    assert report.zone is not None
    assert (report.zone.kept, report.zone.system) == ("Asia/Tokyo", "UTC")
    assert "`claudeusage timezone UTC`" in " ".join(text_of(report).split())


def test_claude_codes_own_period_decides(program: Program, projects: Path) -> None:
    settings = projects.parent / "settings.json"
    settings.write_text('{"cleanupPeriodDays": 90}')
    report = examine(program, patience=PATIENCE)
    assert report.retention is not None
    assert (report.retention.days, report.retention.days_past) == (90, 0)
    settings.write_text("{")
    report = examine(program, patience=PATIENCE)
    assert codes(report) == ["claude_settings_unreadable"]
    assert report.retention is not None
    assert report.retention.days == 30


def test_usual_folders_of_which_one_is_there_are_no_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    write_transcript(tmp_path / "home/.claude/projects", usage_line(1, NOW.isoformat()))
    report = examine(made(tmp_path), patience=PATIENCE)
    assert report.problems == ()
    assert "~/.config/claude/projects: not there" in text_of(report)


def test_no_transcripts_at_all_are_a_problem(tmp_path: Path) -> None:
    report = examine(made(tmp_path), patience=PATIENCE)
    assert codes(report) == ["no_transcripts"]
    assert report.retention is None


def test_a_named_folder_that_is_not_there_is_a_problem(tmp_path: Path, projects: Path) -> None:
    named = made(tmp_path, CLAUDE_CONFIG_DIR=f"{projects},{tmp_path / 'secret'}")
    report = examine(named, patience=PATIENCE)
    assert codes(report) == ["folder_missing"]
    assert "$CLAUDE_CONFIG_DIR, 2nd entry" in report.problems[0].text


def test_an_added_folder_that_is_not_there_is_a_problem(program: Program, tmp_path: Path) -> None:
    program.adopt()
    folders = [str(tmp_path / "claude" / "projects"), str(tmp_path / "secret")]
    change_settings(program.places.settings, folders=folders)
    report = examine(made(tmp_path), patience=PATIENCE)
    assert codes(report) == ["folder_missing"]
    assert report.problems[0].text == "There is no folder at added folder 2."


def test_folders_that_are_not_this_computers_own_are_a_problem(
    program: Program, tmp_path: Path
) -> None:
    program.adopt()
    write_transcript(tmp_path / "other" / "projects", usage_line(1, NOW.isoformat()))
    report = examine(made(tmp_path, CLAUDE_CONFIG_DIR=str(tmp_path / "other")), patience=PATIENCE)
    assert codes(report) == ["folders_not_adopted"]
    assert report.responses is not None
    assert report.responses.counted == 1


def test_broken_settings_leave_the_folders_to_be_looked_at(program: Program) -> None:
    program.places.config.mkdir(parents=True)
    program.places.settings.write_text("secret =")
    report = examine(program, patience=PATIENCE)
    assert codes(report) == ["settings_invalid"]
    assert report.folders is not None
    assert [each.transcripts for each in report.folders] == [1]
    assert (report.ledger, report.credentials, report.server) == (None, None, None)
    assert not list(program.places.data.glob("ledger-*"))


def _instead_of_it(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _too_new(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize(
    ("broken", "code"), [(_instead_of_it, "ledger_closed"), (_too_new, "ledger_too_new")]
)
def test_a_ledger_that_cannot_be_opened_is_one_problem_and_the_rest_is_told(
    program: Program, broken: Callable[[Path], None], code: str
) -> None:
    examine(program, patience=PATIENCE)
    broken(ledger_of(program))
    report = examine(program, patience=PATIENCE)
    assert codes(report) == [code]
    assert (report.ledger, report.responses, report.lines) == (None, None, None)
    assert report.folders is not None
    assert report.watching is not None
    assert report.server is not None


def test_a_damaged_ledger_is_set_aside_and_that_is_told(program: Program) -> None:
    examine(program, patience=PATIENCE)
    path = ledger_of(program)
    path.write_bytes(b"x" * path.stat().st_size)
    report = examine(program, patience=PATIENCE)
    assert report.ledger is not None
    assert (report.ledger.set_aside, report.ledger.responses) == (True, 3)
    assert "set aside" in text_of(report)
    assert path.name not in text_of(report)


def test_rows_that_mean_nothing_are_a_damaged_ledger(program: Program) -> None:
    examine(program, patience=PATIENCE)
    with sqlite3.connect(ledger_of(program)) as connection:
        connection.execute("UPDATE responses SET more = '[[\"secret'")
    connection.close()
    report = examine(program, patience=PATIENCE)
    assert codes(report) == ["ledger_damaged"]
    assert report.unpriced is None


def test_a_check_that_took_too_long_is_told(program: Program) -> None:
    report = examine(program, patience=PATIENCE)
    assert report.ledger is not None
    unchecked = replace(report, ledger=replace(report.ledger, faults=None))
    assert "took too long" in text_of(unchecked)
    assert "Whole" not in text_of(unchecked)


def test_a_ledger_that_others_may_open_is_a_problem(program: Program) -> None:
    examine(program, patience=PATIENCE)
    ledger_of(program).chmod(0o644)
    report = examine(program, patience=PATIENCE)
    assert codes(report) == ["ledger_open_to_others"]
    assert "0644" in report.problems[0].text
    ledger_of(program).chmod(0o600)
    assert stat.S_IMODE(ledger_of(program).stat().st_mode) == 0o600
    assert examine(program, patience=PATIENCE).problems == ()


def test_nothing_is_adopted_and_nothing_is_told_once_only(program: Program) -> None:
    examine(program, patience=PATIENCE)
    assert not program.places.settings.exists()
    with program.ledger() as database:
        assert database.fact("zone_told") is None
        assert database.fact("machine") is None


def test_the_original_clients_link_is_told_of_and_no_problem(program: Program) -> None:
    path = write_original(Path.home(), "https://usage.example")
    report = examine(program, patience=PATIENCE)
    text = " ".join(text_of(report).split())
    assert "linked to https://usage.example (token cu_live_••••0a0a)" in text
    assert "`claudeusage link --take-over`" in text
    assert report.problems == ()
    path.write_text("{")
    report = examine(program, patience=PATIENCE)
    assert "`claudeusage status` says why" in text_of(report)
    assert report.problems == ()
