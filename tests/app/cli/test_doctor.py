"""The command ``doctor`` as a process, with everything broken that can be."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from tests.processes import PATIENCE_SECONDS, Ran, claudeusage
from tests.rights import without_the_right_to_read_everything
from tests.transcript_lines import append, usage_line, write_transcript

UNDER_A_LIMIT = """
import resource, sys
from claudeusage_app.cli import main
most = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
sys.exit(main(["doctor", "--json"]))
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    now = datetime.now(UTC).isoformat()
    write_transcript(tmp_path / "claude" / "projects", usage_line(1, now))
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "XDG_RUNTIME_DIR": str(tmp_path / "runtime"),
        "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
        "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "program"),
    }


def found(ran: Ran) -> dict[str, Any]:
    assert ran.err == ""
    report = cast("dict[str, Any]", json.loads(ran.out))
    assert ran.code == (1 if report["problems"] else 0)
    return report


def codes(ran: Ran) -> list[str]:
    return [each["code"] for each in found(ran)["problems"]]


def limited(most: int, environ: dict[str, str]) -> Ran:
    done = subprocess.run(
        (sys.executable, "-P", "-c", UNDER_A_LIMIT, str(most)),
        env=environ,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr.decode())


def test_without_a_problem_it_ends_with_0_and_says_so(environ: dict[str, str]) -> None:
    ran = claudeusage("doctor", environ=environ)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == b"No problems."
    assert codes(claudeusage("doctor", "--json", environ=environ)) == []


def test_with_a_problem_it_ends_with_1_and_counts_it(environ: dict[str, str]) -> None:
    ran = claudeusage("doctor", environ=environ | {"CLAUDE_CONFIG_DIR": "/nowhere-at-all"})
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines()[-1] == b"2 problems."


def test_the_text_tells_what_the_json_tells(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "claude" / "settings.json").write_text("{")
    text = claudeusage("doctor", environ=environ).out.decode()
    words = " ".join(text.split())
    report = found(claudeusage("doctor", "--json", environ=environ))
    assert len(report["problems"]) == 1
    for problem in report["problems"]:
        assert f"! {problem['text']} -> {problem['remedy']}" in words
    assert report["program"]["version"] in text


@pytest.mark.parametrize("home", ["~", "~nobody-of-this-name"])
def test_without_a_home_it_says_so(environ: dict[str, str], home: str) -> None:
    nowhere = {name: value for name, value in environ.items() if not name.endswith("CONFIG_DIR")}
    ran = claudeusage("doctor", "--json", environ=nowhere | {"HOME": home})
    assert codes(ran) == ["place_unknown"]
    ran = claudeusage("doctor", environ=nowhere | {"HOME": home})
    assert ran.out.splitlines()[-1] == b"1 problem."


def test_without_a_home_for_the_transcripts_the_rest_is_told(environ: dict[str, str]) -> None:
    nowhere = environ | {"CLAUDE_CONFIG_DIR": "~nobody-of-this-name"}
    report = found(claudeusage("doctor", "--json", environ=nowhere))
    assert [each["code"] for each in report["problems"]] == ["place_unknown"]
    assert report["credentials"] is not None


def test_a_disk_without_any_room_is_a_problem_and_the_rest_is_told(
    environ: dict[str, str],
) -> None:
    report = found(limited(0, environ))
    assert len(report["problems"]) == 1
    assert "ledger" in report["problems"][0]["text"]
    assert report["folders"][0]["transcripts"] == 1


def test_a_disk_that_is_full_now_leaves_what_is_kept_to_be_told(
    environ: dict[str, str], tmp_path: Path
) -> None:
    assert codes(claudeusage("doctor", "--json", environ=environ)) == []
    path = write_transcript(tmp_path / "claude" / "projects", session="another")
    now = datetime.now(UTC).isoformat()
    append(path, *(usage_line(number, now) for number in range(2, 4_000)))
    (ledger,) = (tmp_path / "program").glob("*.sqlite3")
    report = found(limited(ledger.stat().st_size + 50_000, environ))
    assert len(report["problems"]) == 1
    assert report["responses"]["counted"] == 1
    assert codes(claudeusage("doctor", "--json", environ=environ)) == []


@pytest.mark.parametrize("unreadable", ["file", "folder", "root"])
def test_what_cannot_be_read_is_counted_and_not_named(
    environ: dict[str, str], tmp_path: Path, unreadable: str
) -> None:
    projects = tmp_path / "claude" / "projects"
    path = write_transcript(projects, usage_line(2, "2026-11-20T10:00:00Z"), project="secret")
    closed = {"file": path, "folder": path.parent, "root": projects}[unreadable]
    closed.chmod(0)
    done = subprocess.run(
        (
            *without_the_right_to_read_everything(),
            *(sys.executable, "-m", "claudeusage_app", "doctor", "--json"),
        ),
        env=environ,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    closed.chmod(0o700)
    report = found(Ran(done.returncode, done.stdout, done.stderr.decode()))
    (folder,) = report["folders"]
    assert folder["unreadable"] == 1
    assert folder["readable"] is (unreadable != "root")
    assert [each["code"] for each in report["problems"]] == ["unreadable"]
    assert b"secret" not in done.stdout


@pytest.mark.parametrize("backend", ["", "nonsense", "no.such.Keyring", "os.path"])
def test_a_keyring_that_is_configured_wrongly_is_not_available(
    environ: dict[str, str], backend: str
) -> None:
    report = found(
        claudeusage("doctor", "--json", environ=environ | {"PYTHON_KEYRING_BACKEND": backend})
    )
    assert report["credentials"]["works"] is False
    assert report["problems"] == []
