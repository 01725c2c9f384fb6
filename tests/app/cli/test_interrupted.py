"""Ctrl-C in the middle of a first scan: nothing is lost, and the next run goes on from there."""

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from claudeusage_app.installation import Installation
from claudeusage_app.ledger.states import States
from claudeusage_app.progress import Progress
from tests.processes import PATIENCE_SECONDS, ended, eventually
from tests.transcript_lines import usage_line, write_transcript

AT = "2026-11-20T10:00:00.000Z"
FILES = 6
LINES = 10_000
PADDING = "x" * 600
STOP_OUTPUT, GO_ON = b"\x13", b"\x11"

pytestmark = pytest.mark.long


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    for number in range(FILES):
        numbers = range(number * LINES, (number + 1) * LINES)
        lines = (usage_line(each, AT, slug=PADDING) for each in numbers)
        write_transcript(tmp_path / "claude/projects", *lines, session=f"session-{number}")
    return installation(tmp_path, "program")


def installation(folder: Path, settings: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "CLAUDE_CONFIG_DIR": str(folder / "claude"),
        "CLAUDEUSAGE_CONFIG_DIR": str(folder / settings),
    }


def counted(program: Installation) -> int:
    with program.ledger() as database:
        return sum(1 for _ in States(database).responses())


def read_to(program: Installation) -> list[int]:
    with program.ledger() as database:
        return [row[0] for row in database.rows("SELECT read_to FROM tails")]


def shown_until_the_end(terminal: int) -> str:
    shown = b""
    try:
        while part := os.read(terminal, 1 << 16):
            shown += part
    except OSError:  # how Linux tells the end
        pass
    return shown.decode().replace("\r\n", "\n")


def test_ctrl_c_keeps_what_was_read_and_the_next_run_reads_the_rest(
    environ: dict[str, str], tmp_path: Path
) -> None:
    """The terminal is stopped with Ctrl-S, so that the scan cannot end: it waits to say a word."""
    program = Installation.open(environ)
    terminal, theirs = pty.openpty()
    os.write(terminal, STOP_OUTPUT)
    process = subprocess.Popen(
        (sys.executable, "-P", "-m", "claudeusage_app", "today"),
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    with ended(process):
        eventually(program.ledger_path.exists)
        eventually(lambda: counted(program))
        process.send_signal(signal.SIGINT)
        os.write(terminal, GO_ON)
        os.close(theirs)
        shown = shown_until_the_end(terminal)
        assert process.wait(PATIENCE_SECONDS) == 130
    os.close(terminal)
    assert shown.splitlines()[-1] == "Stopped."
    assert shown.count("\n") == (2 if "Reading transcripts" in shown else 1)
    before, done = counted(program), read_to(program)
    assert 0 < before < FILES * LINES
    told: list[Progress] = []
    program.collect(told.append)
    sizes = [each.stat().st_size for each in (tmp_path / "claude").rglob("*.jsonl")]
    assert told[-1].bytes == sum(sizes) - sum(done)
    assert told[-1].files == FILES - sum(each in sizes for each in done)
    clean = Installation.open(installation(tmp_path, "clean"))
    clean.collect()
    assert program.figures() == clean.figures()
    assert counted(program) == FILES * LINES


@pytest.mark.parametrize("columns", [0, 72])
def test_a_long_scan_says_how_far_it_is_on_one_line(environ: dict[str, str], columns: int) -> None:
    terminal, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        (sys.executable, "-P", "-m", "claudeusage_app", "today"),
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    with ended(process):
        shown = shown_until_the_end(terminal)
        assert process.wait(PATIENCE_SECONDS) == 0
    os.close(terminal)
    lines = shown.split("\r")
    assert lines[1].startswith("Reading transcripts: ")
    assert f" of {FILES} files · " in lines[1]
    assert lines[1].splitlines()[0].rstrip().endswith(" MB")
    assert f"{FILES} of {FILES} files" in lines[-1]
    assert all(len(line.splitlines()[0]) < (columns or 80) for line in lines[1:])
