"""Real processes in tests: started, waited for on conditions, and ended."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

PATIENCE_SECONDS = 30.0
SYNC_PROGRAM = Path(sys.executable).with_name("claudeusage-sync")
_PAUSE = threading.Event()

Process = TypeVar("Process", bound="subprocess.Popen[bytes] | subprocess.Popen[str]")


class Ran(NamedTuple):
    """What a command did."""

    code: int
    out: bytes
    err: str


class RunningServer(NamedTuple):
    """A server that accepts connections."""

    origin: str
    talk: Path
    """What it says to its person."""


def claudeusage(
    *arguments: str, environ: Mapping[str, str], folder: Path | None = None, given: bytes = b""
) -> Ran:
    """Run the command line client as a process of its own; *given* is its stdin."""
    command = (sys.executable, "-P", "-m", "claudeusage_app", *arguments)
    return _ran(command, environ, folder, given)


def claudeusage_sync(*arguments: str, environ: Mapping[str, str], given: bytes = b"") -> Ran:
    """Run the installed program ``claudeusage-sync``; *given* is its stdin."""
    return _ran((str(SYNC_PROGRAM), *arguments), environ, None, given)


def _ran(
    command: Sequence[str], environ: Mapping[str, str], folder: Path | None, given: bytes
) -> Ran:
    done = subprocess.run(
        command,
        env=dict(environ),
        cwd=folder,
        input=given,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr.decode())


@contextmanager
def served(folder: Path, environ: Mapping[str, str], *more: str) -> Generator[RunningServer]:
    """Run ``claudeusage serve`` on a free port until the block ends."""
    command = (sys.executable, "-m", "claudeusage_app", "serve", "--port", "0", *more)
    with listening(folder, environ, *command) as server:
        yield server


@contextmanager
def listening(folder: Path, environ: Mapping[str, str], *command: str) -> Generator[RunningServer]:
    """Run a server that prints its address once it accepts connections, until the block ends."""
    talk = folder / "server-talk.txt"
    with talk.open("wb") as said:
        process = subprocess.Popen(
            command, env=dict(environ), stdout=subprocess.PIPE, stderr=said, text=True
        )
        with process, ended(process):
            assert process.stdout is not None
            yield RunningServer(process.stdout.readline().strip(), talk)


@contextmanager
def ended(process: Process) -> Generator[Process]:
    """End a process when the block ends, politely and then not."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def eventually(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until *condition* holds, at most so many *seconds*."""
    last = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < last, "this did not come true in time"
        _PAUSE.wait(0.02)
