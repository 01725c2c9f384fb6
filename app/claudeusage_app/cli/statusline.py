"""The command ``statusline``: one line for Claude Code's own status line."""

import argparse
import json
import os
import re
import sys
from collections.abc import Mapping
from contextlib import closing
from typing import cast

from claudeusage_app.addresses import printable
from claudeusage_app.bounded import answer_within
from claudeusage_app.cli.own import marked
from claudeusage_app.cli.talk import show
from claudeusage_app.installation import Installation
from claudeusage_core import figures
from claudeusage_core.errors import ClaudeusageError

LONGEST = 1 << 20
"""Bytes of a status that are read."""
LONGEST_NAME = 40
STATUS_SECONDS = 1.0
"""How long a status may take that is not whole and whose end does not come."""
_ESCAPE = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.")


def statusline(_: argparse.Namespace) -> int:
    """Print today's cost, this session's, and the model; what is not known is left out.

    Claude Code gives a status as JSON on stdin and shows the first line of stdout, but nothing of
    a command that fails. So an error is a line too, and whatever is wrong with the status never
    costs the line.
    """
    try:
        show(_line(_status()))
    except ClaudeusageError as error:
        # Not the error's own title, which may name a folder: anybody can see this line.
        show(f"{type(error).title.rstrip('.')}: run `claudeusage doctor`")
    return 0


def _line(status: Mapping[str, object]) -> str:
    session_id = status.get("session_id")
    session = None
    with closing(Installation.open().on_one_thread()) as program:
        program.collect()
        today = program.today()
        if isinstance(session_id, str) and session_id:
            session = program.session(session_id)
    parts = [f"Today {marked(figures.money(today.cost_microusd), today.own_models)}"]
    if isinstance(session_id, str) and session_id:
        cost = figures.money((session and session.cost_microusd) or 0)
        parts.append(f"session {marked(cost, session.own_models if session else ())}")
    model = _mapping(status.get("model")).get("display_name")
    if isinstance(model, str) and (name := _short(model)):
        parts.append(name)
    return " · ".join(parts)


def _short(name: str) -> str:
    """Return a name of foreign origin without escape sequences, on one line and not long."""
    words = " ".join(printable(_ESCAPE.sub("", name)).split())
    return words if len(words) <= LONGEST_NAME else words[: LONGEST_NAME - 1].rstrip() + "…"


def _status() -> Mapping[str, object]:
    """Return what Claude Code says of its session; nothing where it says nothing sensible."""
    if sys.stdin is None or sys.stdin.isatty():
        return {}
    try:
        return answer_within(STATUS_SECONDS, _read)
    except OSError:  # also a TimeoutError: nobody closes the other end
        return {}


def _read() -> Mapping[str, object]:
    """Read to the end of the status, which is where the JSON ends or where stdin does.

    Not through ``sys.stdin``, whose lock a thread that waits would hold when Python ends.
    """
    descriptor, given = sys.stdin.fileno(), b""
    while len(given) < LONGEST and (part := os.read(descriptor, LONGEST)):
        given += part
        if given.rstrip().endswith(b"}") and (status := _parsed(given)):
            return status
    return _parsed(given)


def _parsed(given: bytes) -> Mapping[str, object]:
    try:
        return _mapping(json.loads(given))
    except (ValueError, RecursionError):
        return {}


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}
