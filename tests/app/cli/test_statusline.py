"""The line that Claude Code shows below its prompt."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.processes import PATIENCE_SECONDS, Ran, claudeusage, ended
from tests.transcript_lines import usage_line, write_transcript

SESSION = "0398d93c-05a2-4a32-8fc0-9936d5d7c520"
OTHER = "1398d93c-05a2-4a32-8fc0-9936d5d7c520"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    now = datetime.now(UTC).isoformat()
    projects = tmp_path / "claude" / "projects"
    for session, numbers in ((SESSION, (1, 2)), (OTHER, (3,))):
        lines = (usage_line(each, now, session=session, output=100_000) for each in numbers)
        write_transcript(projects, *lines, session=session)
    return {
        "HOME": str(tmp_path),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
        "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "program"),
    }


def line(environ: dict[str, str], status: bytes) -> Ran:
    return claudeusage("statusline", environ=environ, given=status)


def test_it_tells_today_this_session_and_the_model(environ: dict[str, str]) -> None:
    status = {"session_id": SESSION, "model": {"id": "claude-opus-5-5", "display_name": "Opus 5.5"}}
    shown = line(environ, json.dumps(status).encode())
    today, session, model = shown.out.decode().rstrip("\n").split(" · ")
    assert (shown.code, shown.err, model) == (0, "", "Opus 5.5")
    assert float(today.removeprefix("Today $")) == pytest.approx(
        1.5 * float(session.removeprefix("session $")), abs=0.02
    )


@pytest.mark.parametrize("status", [b"", b"{", b"[1]", b'{"model": 5, "session_id": []}', b"\xff"])
def test_a_status_that_is_none_costs_only_what_it_would_tell(
    environ: dict[str, str], status: bytes
) -> None:
    shown = line(environ, status)
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith(b"Today $")
    assert b" \xc2\xb7 " not in shown.out


STATUS = {
    "hook_event_name": "Status",
    "session_id": SESSION,
    "transcript_path": "/home/somebody/.claude/projects/-home-somebody/0398d93c.jsonl",
    "cwd": "/home/somebody",
    "model": {"id": "claude-opus-5-5", "display_name": "Opus 5.5"},
    "workspace": {"current_dir": "/home/somebody", "project_dir": "/home/somebody"},
    "version": "2.1.237",
    "output_style": {"name": "default"},
    "cost": {"total_cost_usd": 0.5, "total_duration_ms": 45_000, "total_lines_added": 156},
    "context_window": {"context_window_size": 200_000, "current_usage": None},
    "exceeds_200k_tokens": False,
}


def test_the_whole_status_of_claude_code_is_one_line_of_three_parts(
    environ: dict[str, str],
) -> None:
    shown = line(environ, json.dumps(STATUS).encode())
    assert (shown.code, shown.err, shown.out.count(b"\n")) == (0, "", 1)
    assert shown.out.decode().rstrip("\n").split(" · ")[2] == "Opus 5.5"
    assert b"somebody" not in shown.out


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Opus\u001b[31m\n5", "Opus 5"),
        ("\u001b[1;38;2;1;2;3mOpus\u001b[0m", "Opus"),
        ("\u001b]8;;https://example.com\u0007Opus\u001b]8;;\u001b\\", "Opus"),
        ("\u009b31mOpus", "Opus"),
        ("Opus\u202e\u2028\u0000 5.5", "Opus 5.5"),
        ("O" * 40, "O" * 40),
        ("O" * 1000, "O" * 39 + "…"),
        ("\ud800", None),
        ("\u001b[0m", None),
    ],
)
def test_a_name_is_shown_short_and_without_escape_sequences(
    environ: dict[str, str], name: str, shown: str | None
) -> None:
    said = line(environ, json.dumps({"model": {"display_name": name}}).encode())
    assert (said.code, said.err, said.out.count(b"\n")) == (0, "", 1)
    assert said.out.decode().rstrip("\n").split(" · ")[1:] == [shown] * bool(shown)


@pytest.mark.parametrize("session", ["new", "", "\ud800\u0000", "x" * 100_000])
def test_a_session_that_is_not_known_has_cost_nothing(
    environ: dict[str, str], session: str
) -> None:
    said = line(environ, json.dumps({"session_id": session}).encode())
    assert (said.code, said.err) == (0, "")
    assert said.out.decode().rstrip("\n").split(" · ")[1:] == ["session $0.00"] * bool(session)


def test_a_status_too_long_to_be_one_costs_only_what_it_would_tell(
    environ: dict[str, str],
) -> None:
    said = line(environ, json.dumps({"session_id": "x" * 3_000_000}).encode())
    assert (said.code, said.err, said.out.count(b"\n")) == (0, "", 1)


def test_a_stdin_that_is_closed_costs_only_what_it_would_tell(environ: dict[str, str]) -> None:
    command = f'"{sys.executable}" -P -m claudeusage_app statusline <&-'
    done = subprocess.run(
        ("sh", "-c", command), env=environ, capture_output=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr, done.stdout.count(b"\n")) == (0, b"", 1)


@pytest.mark.parametrize(
    ("given", "parts"), [(b"", 1), (b'{"session_id":', 1), (json.dumps(STATUS).encode(), 3)]
)
def test_a_stdin_that_nobody_closes_is_not_waited_for(
    environ: dict[str, str], given: bytes, parts: int
) -> None:
    process = subprocess.Popen(
        (sys.executable, "-P", "-m", "claudeusage_app", "statusline"),
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with ended(process):
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(given)
        process.stdin.flush()
        assert process.wait(PATIENCE_SECONDS) == 0
        shown = process.stdout.read()
        assert process.stderr.read() == b""
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()
    assert len(shown.decode().split(" · ")) == parts
    assert shown.count(b"\n") == 1


def _break_settings(program: Path) -> None:
    (program / "settings.toml").write_text("secret-of-the-settings =")


def _break_ledger(program: Path) -> None:
    (ledger,) = program.glob("ledger-*.sqlite3")
    ledger.unlink()
    ledger.mkdir()


@pytest.mark.parametrize(
    ("broken", "title"),
    [
        (_break_settings, "The settings file could not be read"),
        (_break_ledger, "The ledger could not be read or written"),
    ],
)
def test_what_is_broken_is_a_line_that_says_what_to_run(
    environ: dict[str, str], tmp_path: Path, broken: Callable[[Path], None], title: str
) -> None:
    """With exit code 0: of a command that fails Claude Code shows nothing."""
    line(environ, b"")
    broken(tmp_path / "program")
    said = line(environ, json.dumps(STATUS).encode())
    assert (said.code, said.err) == (0, "")
    assert said.out.decode() == f"{title}: run `claudeusage doctor`\n"


def test_without_a_home_the_line_says_so(environ: dict[str, str]) -> None:
    said = line(environ | {"CLAUDE_CONFIG_DIR": "~nobody-of-this-name"}, b"{}")
    assert (said.code, said.err) == (0, "")
    assert said.out == b"There is no home folder to look in: run `claudeusage doctor`\n"


def test_it_loads_nothing_heavy(environ: dict[str, str]) -> None:
    code = (
        "import sys; from claudeusage_app.cli import main; main(['statusline']);"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        (sys.executable, "-P", "-c", code),
        env=environ,
        input=json.dumps(STATUS).encode(),
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    loaded = set(done.stderr.decode().split())
    assert "claudeusage_core" in loaded
    assert not loaded & {"httpx", "pydantic", "keyring", "watchdog", "PySide6", "rich", "tomlkit"}
