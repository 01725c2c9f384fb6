"""Running a command on a real terminal of a given width."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping

from tests.processes import PATIENCE_SECONDS, Ran, ended

_ROWS = 50
_STYLE = re.compile(rb"\x1b\[[0-9;]*m")


def on_terminal(columns: int, *arguments: str, environ: Mapping[str, str]) -> Ran:
    """Run the command line client with its stdout on a terminal, its stderr apart."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, columns, 0, 0))
    process = subprocess.Popen(
        (sys.executable, "-P", "-m", "claudeusage_app", *arguments),
        env={"TERM": "xterm-256color"} | dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    with ended(process):
        shown = _read(ours)
        assert process.stderr is not None
        said = process.stderr.read().decode()
        process.stderr.close()
        code = process.wait(PATIENCE_SECONDS)
    return Ran(code, shown.replace(b"\r\n", b"\n"), said)


def answered(word: str, *arguments: str, environ: Mapping[str, str] = os.environ) -> Ran:
    """Run the client with a terminal to ask on, where somebody types *word* and Return."""
    command = (sys.executable, "-P", "-m", "claudeusage_app", *arguments)
    return answering(word, *command, environ=environ)


def answering(answer: str, *command: str, environ: Mapping[str, str]) -> Ran:
    """Run a command whose stdin is a terminal, on which a person answers its question."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command,
        env=dict(environ),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    with ended(process):
        os.write(ours, f"{answer}\n".encode())
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        os.close(ours)
    return Ran(process.returncode, out, err.decode())


def unstyled(shown: bytes) -> str:
    """Return what a person reads of it: the text without colours and weights."""
    return _STYLE.sub(b"", shown).decode()


def _read(descriptor: int) -> bytes:
    """Read until the other side of the terminal is closed."""
    shown = b""
    try:
        while part := os.read(descriptor, 1 << 16):
            shown += part
    except OSError:  # how Linux tells the end
        pass
    finally:
        os.close(descriptor)
    return shown
