"""The commands, run in this process with real files and a real socket."""

import json
import sqlite3
import stat
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from claudeusage_app.cli import main
from claudeusage_core.figures import duration
from tests.commands import Run
from tests.loopback import closed_port
from tests.small_server import TOKEN, SmallServer
from tests.transcript_lines import append, usage_line, write_transcript

AT = "2026-11-20T10:00:00.000Z"


def test_today_is_one_line_and_the_talk_is_on_stderr(run: Run, projects: Path) -> None:
    write_transcript(projects, usage_line(1, datetime.now(UTC).isoformat()))
    said = run("today")
    assert said.code == 0
    assert said.out.startswith("Today $0.0")
    assert said.out.endswith(f" · 1 session · {duration(0)}\n")
    assert said.err == (
        "API-equivalent: what the tokens would cost at API list prices, not a bill.\n"
    )


def test_today_as_json_is_nothing_but_json(run: Run, projects: Path) -> None:
    write_transcript(
        projects, usage_line(1, datetime.now(UTC).isoformat(), model="unknown-model", output=5)
    )
    said = run("today", "--json")
    found = json.loads(said.out)
    assert (said.code, said.err) == (0, "")
    assert found["timezone"] == "UTC"
    assert (found["messages"], found["sessions"], found["cost_microusd"]) == (1, 1, 0)
    assert found["tokens"] == found["unpriced_tokens"] == 32015


def test_the_report_as_json_has_rows_totals_and_what_was_passed_over(
    run: Run, projects: Path
) -> None:
    write_transcript(projects, usage_line(1, AT), '{"type":"assistant","message":{}}')
    found = json.loads(run("report", "--json").out)
    assert set(found) == {"days", "totals", "unpriced_tokens", "skipped"}
    (day,) = found["days"]
    assert set(day) == {"active_seconds", "date", "models", "sessions_active", "sessions_started"}
    assert day["models"][0]["output_tokens"] == found["totals"]["output_tokens"] == 100
    assert found["skipped"] == {"no_usage": 1}


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("", ["2026-11-18", "2026-11-19", "2026-11-20"]),
        ("--since 2026-11-19", ["2026-11-19", "2026-11-20"]),
        ("--until 2026-11-18", ["2026-11-18"]),
        ("--days 2 --until 2026-11-19", ["2026-11-18", "2026-11-19"]),
        ("--days 100000 --until 2026-11-18", ["2026-11-18"]),
        ("--days 3 --until 0001-01-01", []),
        ("--timezone Pacific/Kiritimati --until 2026-11-19", ["2026-11-18", "2026-11-19"]),
    ],
)
def test_a_period_picks_days(run: Run, projects: Path, words: str, days: list[str]) -> None:
    lines = [usage_line(day, f"2026-11-{day}T09:00:00Z") for day in (18, 19, 20)]
    write_transcript(projects, *lines)
    found = json.loads(run("report", "--json", *words.split()).out)
    assert [day["date"] for day in found["days"]] == days


def test_a_report_is_a_table_with_a_total(run: Run, projects: Path) -> None:
    write_transcript(projects, usage_line(1, AT), usage_line(2, AT))
    head, row, total = run("report").out.splitlines()
    assert head.split()[:2] == ["Day", "Cost"]
    assert row.startswith("Fri 2026-11-20")
    assert total.split()[2] == row.split()[3] == "2"


def test_a_period_without_usage_says_so(run: Run, projects: Path) -> None:
    write_transcript(projects, usage_line(1, AT))
    assert run("report", "--until", "2020-01-01").out == "No usage in this period.\n"


def test_without_a_display_the_trays_figures_are_printed(run: Run, projects: Path) -> None:
    write_transcript(projects, usage_line(1, datetime.now(UTC).isoformat()))
    said = run()
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()] == ["Cost", "Today", "Last"]
    assert "no display" in said.err


def test_an_unknown_zone_is_wrong_usage(run: Run) -> None:
    said = run("report", "--timezone", "Middle/Earth")
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "There is no time zone 'Middle/Earth'. Give an IANA name such as Europe/Berlin or UTC.\n"
    )


def test_a_named_folder_that_is_missing_fails_and_says_where_it_looked(
    run: Run, projects: Path
) -> None:
    said = run("today")
    assert said.code == 1
    assert f"No transcripts found. Looked in {projects}." in said.err
    assert "CLAUDE_CONFIG_DIR" in said.err
    assert "claudeusage demo" in said.err


def test_one_missing_folder_among_named_ones_is_told(
    run: Run, projects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_transcript(projects, usage_line(1, AT))
    elsewhere = projects.parent.with_name("elsewhere")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", f"{projects.parent},{elsewhere}")
    said = run("today")
    assert said.code == 1
    assert f"There is no folder {elsewhere / 'projects'}." in said.err


def test_a_list_without_folders_names_none(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", " , ")
    said = run("today")
    assert said.code == 0
    assert ".config/claude/projects" in said.err


def test_a_home_that_nobody_has_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", "~nobody-of-this-name/claude")
    said = run("today")
    assert said.code == 2
    assert "There is no home folder to look in." in said.err


def test_a_period_that_ends_before_it_begins_is_wrong_usage(run: Run) -> None:
    said = run("report", "--since", "2026-12-01", "--until", "2026-11-01")
    assert (said.code, said.out) == (2, "")
    assert "ends before it begins" in said.err


@pytest.mark.parametrize("date", ["2026-W47-7", "20261122", "2026-02-30"])
def test_a_date_of_another_form_is_wrong_usage(run: Run, date: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run("report", "--until", date)
    assert ended.value.code == 2


def test_the_usual_folders_may_be_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLAUDE_CONFIG_DIR")
    said = run("today")
    assert said.code == 0
    assert said.out == f"Today $0.00 · 0 sessions · {duration(0)}\n"
    assert f"{Path.home()}/.claude/projects" in said.err
    assert "claudeusage demo" in said.err


def test_a_preview_without_a_server_says_what_it_assumes(run: Run, projects: Path) -> None:
    write_transcript(projects, usage_line(1, AT))
    said = run("preview", "--json")
    assert said.code == 0
    assert json.loads(said.out)["sequence"] == 1
    assert said.out == json.dumps(json.loads(said.out), sort_keys=True, separators=(",", ":"))
    assert "not linked" in said.err
    assert "cannot be accepted" in said.err


def test_sync_without_a_link_is_3(run: Run, projects: Path) -> None:
    write_transcript(projects, usage_line(1, AT))
    said = run("sync", "--yes")
    assert (said.code, said.out) == (3, "")
    assert "claudeusage link" in said.err


def test_sync_without_a_yes_is_4_and_sends_nothing(
    run: Run, projects: Path, server: SmallServer
) -> None:
    write_transcript(projects, usage_line(1, AT))
    said = run("sync")
    assert (said.code, said.out) == (4, "")
    assert "claudeusage sync --yes" in said.err
    assert server.uploads == []


def test_preview_prints_the_body_that_sync_puts_on_the_wire(
    run: Run, projects: Path, server: SmallServer
) -> None:
    write_transcript(projects, usage_line(1, AT))
    preview = run("preview", "--json")
    assert preview.code == 0
    assert preview.err == "The server will tell which of these days it already has.\n"
    said = run("sync", "--yes")
    assert said.code == 0
    assert server.uploads == [preview.out.encode()]
    assert "PUT " + server.origin in said.out
    assert TOKEN not in said.out
    assert f"Uploaded 1 day to {server.origin}." in said.out
    again = run("sync")
    assert (again.code, again.out, again.err) == (0, "", "Everything is already there.\n")
    assert run("preview").err == "Everything is already there.\n"


def test_once_accepted_sync_needs_no_yes(run: Run, projects: Path, server: SmallServer) -> None:
    path = write_transcript(projects, usage_line(1, AT))
    run("sync", "--yes")
    append(path, usage_line(2, AT))
    said = run("sync")
    assert said.code == 0
    assert len(server.uploads) == 2


def test_a_dead_token_is_3_and_nothing_is_lost(
    run: Run, projects: Path, server: SmallServer
) -> None:
    write_transcript(projects, usage_line(1, AT))
    grant = server.grants.pop(TOKEN)
    said = run("sync", "--yes")
    assert (said.code, said.out) == (3, "")
    assert "claudeusage link" in said.err
    server.grants[TOKEN] = grant
    assert run("sync", "--yes").code == 0


def test_a_server_that_is_down_is_5_and_nothing_is_lost(
    run: Run, projects: Path, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_transcript(projects, usage_line(1, AT))
    with monkeypatch.context() as away:
        away.setenv("CLAUDEUSAGE_API", closed_port())
        said = run("sync", "--yes")
        assert (said.code, said.out) == (5, "")
        assert "cannot be reached" in said.err
        assert run("status").code == 5
        assert "assumes" in run("preview").err
    assert run("sync", "--yes").code == 0
    assert len(server.uploads) == 1


@pytest.mark.parametrize("command", ["sync --yes", "preview", "status", "link"])
def test_plain_http_to_elsewhere_is_wrong_usage(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("CLAUDEUSAGE_API", "http://example.com")
    monkeypatch.setenv("CLAUDEUSAGE_TOKEN", TOKEN)
    said = run(*command.split())
    assert said.code == 2
    assert "https://" in said.err
    assert TOKEN not in said.out + said.err


def test_linking_needs_a_server(run: Run) -> None:
    said = run("link")
    assert said.code == 2
    assert "--bundled" in said.err


def test_the_bundled_server_has_to_run(run: Run) -> None:
    said = run("link", "--bundled", "--store", "file")
    assert said.code == 5
    assert "claudeusage serve" in said.err


def test_link_status_and_unlink(
    run: Run,
    projects: Path,
    tmp_path: Path,
    server: SmallServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_transcript(projects, usage_line(1, AT))
    monkeypatch.delenv("CLAUDEUSAGE_TOKEN")
    monkeypatch.delenv("CLAUDEUSAGE_API")
    assert run("status").code == 3
    linked = run("link", server.origin, "--store", "file")
    assert linked.code == 0
    assert f"{server.origin}/device?code=BCDFGHJK" in linked.out
    assert "Nothing has been sent yet" in linked.err
    status = run("status", "--json")
    found = json.loads(status.out)
    assert status.code == 0
    assert (found["server"], found["last_upload"]) == (server.origin, None)
    assert found["profile"] == f"{server.origin}/u/anonymous-1"
    assert TOKEN not in status.out
    (file,) = (tmp_path / "program").glob("token-*")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run("unlink").code == 0
    assert server.grants == {}
    assert run("unlink").code == 3
    assert run("status").code == 3


def test_other_folders_can_be_looked_at_and_not_synced(
    run: Run, projects: Path, tmp_path: Path, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_transcript(projects, usage_line(1, AT))
    run("sync", "--yes")
    write_transcript(tmp_path / "backup/projects", usage_line(2, AT), usage_line(3, AT))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "backup"))
    assert json.loads(run("report", "--json").out)["totals"]["messages"] == 2
    for command in (("sync", "--yes"), ("preview",)):
        said = run(*command)
        assert said.code == 1
        assert "`folders`" in said.err
    monkeypatch.delenv("CLAUDE_CONFIG_DIR")
    assert json.loads(run("report", "--json").out)["totals"]["messages"] == 1
    assert len(server.uploads) == 1


def test_a_broken_settings_file_is_named_with_its_line(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "program" / "settings.toml"
    path.parent.mkdir()
    path.write_text(text := "watch = true\ntheme = dark\n")
    said = run("today")
    assert (said.code, said.out) == (1, "")
    assert str(path) in said.err
    assert "line 2" in said.err
    assert path.read_text() == text


def test_a_ledger_of_a_newer_version_is_left_alone(
    run: Run, projects: Path, tmp_path: Path
) -> None:
    write_transcript(projects, usage_line(1, AT))
    run("today")
    (ledger,) = (tmp_path / "program").glob("ledger-*.sqlite3")
    assert stat.S_IMODE(ledger.stat().st_mode) == 0o600
    with sqlite3.connect(ledger) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = ledger.read_bytes()
    said = run("today")
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        "The ledger was written by a newer version of claudeusage."
        " Update claudeusage; nothing was changed.\n"
    )
    assert ledger.read_bytes() == before


class Exploding(StringIO):
    """A terminal that fails with the very text that must not be shown."""

    def write(self, text: str, /) -> int:
        message = f"a secret in {text}"
        raise RuntimeError(message)


def test_an_unexpected_error_is_named_by_its_kind_and_place_only(
    projects: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_transcript(projects, usage_line(1, AT))
    monkeypatch.setattr("sys.stdout", Exploding())
    assert main(["report"]) == 1
    said = capsys.readouterr().err
    assert "Something unexpected happened: RuntimeError in test_main.py, line" in said
    assert "secret" not in said
    assert "2026-11-20" not in said


class Interrupting(StringIO):
    """A terminal at which somebody presses Ctrl-C."""

    def write(self, text: str, /) -> int:
        raise KeyboardInterrupt(text)


def test_ctrl_c_ends_quietly(
    projects: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_transcript(projects, usage_line(1, AT))
    monkeypatch.setattr("sys.stdout", Interrupting())
    assert main(["today"]) == 130
    assert "Traceback" not in capsys.readouterr().err
