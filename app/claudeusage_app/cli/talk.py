"""Words for a person: on stderr, so that stdout holds figures alone."""

import json
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

from claudeusage_app.errors import FileNotWritten, NotConfirmed

INTERRUPTED = 130
"""The exit code after Ctrl-C."""


def say(text: str) -> None:
    """Say a sentence on stderr."""
    print(text, file=sys.stderr, flush=True)


def show(text: str) -> None:
    """Print figures on stdout; raise `FileNotWritten` where it takes none."""
    with _written():
        print(text, flush=True)


def show_bytes(body: bytes) -> None:
    """Print bytes on stdout as they are, and nothing else."""
    with _written():
        sys.stdout.flush()
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()


def drop_stdout() -> None:
    """Let what is still to be written go nowhere, also when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _written() -> Generator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        drop_stdout()
        title = f"The output could not be written: {error.strerror}."
        raise FileNotWritten(title, "Send it somewhere with room, then run this again.") from error


def show_json(value: object) -> None:
    """Print plain values on stdout, indented for reading."""
    show(json.dumps(value, indent=2))


def is_attended() -> bool:
    """Say whether somebody is there to be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


def confirm(question: str, *, yes: bool) -> None:
    """Ask a person, unless they have said *yes* already; raise `NotConfirmed` otherwise."""
    if yes:
        return
    if not agreed(question):
        raise NotConfirmed


def agreed(question: str) -> bool:
    """Ask a person; false where there is none."""
    if not is_attended():
        return False
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def table(rows: list[tuple[str, ...]]) -> str:
    """Lay out rows of text in columns, the first to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)
