"""The log: one line of ``key=value`` for each event, with values of our own choice and no others.

What libraries would log is reduced to their name and the level, for their words may hold anything:
an address with its query, a row, a person's name.
"""

import logging
import re
import sys
import threading
from datetime import UTC, datetime
from typing import TextIO

OURS = "claudeusage_server"
_EVENT = "event="
_BARE = re.compile(r"[^\s\"=\\]+")


def line(event: str, **values: str | float) -> str:
    """Write an event and its values, in their order; a float with one place."""
    return " ".join(f"{key}={_value(value)}" for key, value in {"event": event, **values}.items())


def log_to(stream: TextIO) -> None:
    """Have everything logged to *stream*: our own lines, and of libraries that they warned."""
    ours, theirs = logging.getLogger(OURS), logging.getLogger()
    for logger, level, formatter in (
        (ours, logging.INFO, OurFormatter()),
        (theirs, logging.WARNING, LibraryFormatter()),
    ):
        handler = logging.StreamHandler(stream)
        handler.setFormatter(formatter)
        logger.handlers = [handler]
        logger.setLevel(level)
    ours.propagate = False
    logging.captureWarnings(capture=True)
    threading.excepthook = _thread_failed
    sys.unraisablehook = _could_not_raise


class OurFormatter(logging.Formatter):
    """Time and level before a line of ours."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one line."""
        message = record.getMessage()
        return f"{_beginning(record)} {message if message.startswith(_EVENT) else line(message)}"


class LibraryFormatter(logging.Formatter):
    """Who logged, at which level, and the type of an error; neither words nor arguments."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one line."""
        kind = record.exc_info[0] if record.exc_info else None
        error = {"error": kind.__name__} if kind else {}
        return f"{_beginning(record)} {line('library', logger=record.name, **error)}"


def _beginning(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds")
    return f"time={moment.removesuffix('+00:00')}Z level={record.levelname.lower()}"


def _value(value: str | float) -> str:
    if isinstance(value, float):
        return f"{value:.1f}"
    text = str(value)
    if _BARE.fullmatch(text):
        return text
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _thread_failed(failure: threading.ExceptHookArgs) -> None:
    logging.getLogger(f"{OURS}.error").error(line("thread failed", error=failure.exc_type.__name__))


def _could_not_raise(failure: "sys.UnraisableHookArgs") -> None:
    logging.getLogger(f"{OURS}.error").error(line("not raised", error=failure.exc_type.__name__))
