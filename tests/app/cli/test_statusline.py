"""The line that Claude Code shows below its prompt."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.processes import Ran, claudeusage
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


def test_control_characters_of_a_name_are_not_passed_on(environ: dict[str, str]) -> None:
    status = {"model": {"display_name": "Opus\u001b[31m\n5"}}
    shown = line(environ, json.dumps(status).encode())
    assert shown.out.count(b"\n") == 1
    assert b"\x1b" not in shown.out
