"""The command ``ledger`` as processes: copies, checks, and a ledger that is damaged."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import Ran, claudeusage
from tests.transcript_lines import usage_line, write_transcript

AT = "2026-11-20T10:00:00.000Z"
UNDER_A_LIMIT = """
import resource, sys
from claudeusage_app.cli import main
from claudeusage_app.installation import Installation
Installation.open().collect()
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
sys.exit(main(["ledger", "export", sys.argv[1]]))
"""


def computer(folder: Path, *numbers: int) -> dict[str, str]:
    """Return the surroundings of a computer with some responses."""
    write_transcript(folder / ".claude/projects", *(usage_line(n, AT) for n in numbers))
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "CLAUDEUSAGE_CONFIG_DIR": str(folder / "program"),
    }


@pytest.fixture
def old(tmp_path: Path) -> dict[str, str]:
    return computer(tmp_path / "old", 1, 2)


@pytest.fixture
def new(tmp_path: Path) -> dict[str, str]:
    return computer(tmp_path / "new", 2, 3)


def messages(environ: dict[str, str]) -> int:
    report = json.loads(claudeusage("report", "--json", environ=environ).out)
    return int(report["totals"]["messages"])


def ledger(environ: dict[str, str]) -> Path:
    (path,) = Path(environ["CLAUDEUSAGE_CONFIG_DIR"]).glob("*.sqlite3")
    return path


def test_a_new_computer_takes_in_the_history_and_counts_nothing_twice(
    old: dict[str, str], new: dict[str, str], tmp_path: Path
) -> None:
    export = str(tmp_path / "export")
    assert claudeusage("ledger", "export", export, environ=old).code == 0
    assert claudeusage("ledger", "import", export, environ=new).code == 0
    assert messages(new) == 3


def test_an_export_can_be_piped(old: dict[str, str], tmp_path: Path) -> None:
    made = claudeusage("ledger", "export", "-", environ=old)
    (tmp_path / "export").write_bytes(made.out)
    checked = claudeusage("ledger", "check", str(tmp_path / "export"), "--json", environ=old)
    assert (checked.code, json.loads(checked.out)["responses"]) == (0, 2)


def test_a_ledger_that_counted_apart_is_replaced_only_when_asked_and_kept(
    old: dict[str, str], new: dict[str, str], tmp_path: Path
) -> None:
    export = str(tmp_path / "export")
    claudeusage("ledger", "export", export, environ=old)
    assert messages(new) == 2
    refused = claudeusage("ledger", "import", export, environ=new)
    assert (refused.code, "--replace" in refused.err) == (1, True)
    assert messages(new) == 2
    taken = claudeusage("ledger", "import", export, "--replace", environ=new)
    assert (taken.code, ".replaced-" in taken.err) == (0, True)
    assert messages(new) == 3


def test_nothing_is_overwritten_without_force(old: dict[str, str], tmp_path: Path) -> None:
    export = tmp_path / "export"
    export.write_text("mine")
    refused = claudeusage("ledger", "export", str(export), environ=old)
    assert (refused.code, export.read_text()) == (1, "mine")
    assert claudeusage("ledger", "export", str(export), "--force", environ=old).code == 0


def test_a_full_disk_leaves_no_half_of_an_export(old: dict[str, str], tmp_path: Path) -> None:
    ran = python(old, UNDER_A_LIMIT, str(tmp_path / "old/export"))
    assert ran.code == 1
    assert "has room" in ran.err
    left = {each.name for each in (tmp_path / "old").iterdir()}
    assert left == {".claude", "program"}
    assert messages(old) == 2


def test_a_whole_ledger_is_said_to_be(old: dict[str, str]) -> None:
    messages(old)
    checked = claudeusage("ledger", "check", environ=old)
    assert (checked.code, checked.out.decode().splitlines()[-1]) == (0, "Whole.")


def test_a_damaged_ledger_is_told_set_aside_and_read_again(
    old: dict[str, str], tmp_path: Path
) -> None:
    assert messages(old) == 2
    path = ledger(old)
    content = path.read_bytes()[:5000] + b"\xaa" * 5000
    path.write_bytes(content)
    checked = claudeusage("ledger", "check", environ=old)
    assert (checked.code, checked.out.decode().splitlines()[-1]) == (1, "Damaged.")
    assert path.read_bytes() == content

    ran = claudeusage("report", "--json", environ=old)
    assert (ran.code, json.loads(ran.out)["totals"]["messages"]) == (0, 2)
    (aside,) = (tmp_path / "old/program").glob("*.damaged-*Z")
    assert aside.read_bytes() == content
    assert str(aside) in ran.err
    assert str(aside) not in claudeusage("today", environ=old).err


def test_an_export_brings_back_what_damage_took(old: dict[str, str], tmp_path: Path) -> None:
    claudeusage("ledger", "export", str(tmp_path / "export"), environ=old)
    next((tmp_path / "old/.claude").rglob("*.jsonl")).unlink()
    write_transcript(tmp_path / "old/.claude/projects", usage_line(4, AT))
    path = ledger(old)
    size = path.stat().st_size
    with path.open("r+b") as file:  # everything but the first tables
        file.seek(size // 2)
        file.write(b"\xaa" * (size - size // 2))
    assert messages(old) == 1
    assert claudeusage("ledger", "import", str(tmp_path / "export"), environ=old).code == 0
    assert messages(old) == 3


def test_the_commands_need_a_word(old: dict[str, str]) -> None:
    assert claudeusage("ledger", environ=old).code == 2


def python(environ: dict[str, str], code: str, *arguments: str) -> Ran:
    done = subprocess.run(
        (sys.executable, "-P", "-c", code, *arguments),
        env=environ,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr.decode())


@pytest.mark.parametrize("command", ["export", "import", "check"])
def test_a_file_in_a_home_that_nobody_has_is_told(old: dict[str, str], command: str) -> None:
    ran = claudeusage("ledger", command, "~nobody-of-this-name/x", environ=old)
    assert (ran.code, ran.out) == (2, b"")
    assert "There is no home folder to look in." in ran.err
