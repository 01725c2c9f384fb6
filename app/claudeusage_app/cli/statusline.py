"""The command ``statusline``: one line for Claude Code's own status line."""

import argparse
import json
import sys
from collections.abc import Mapping
from typing import cast

from claudeusage_app.addresses import plain
from claudeusage_app.cli.own import marked
from claudeusage_app.cli.talk import show
from claudeusage_app.installation import Installation
from claudeusage_core import figures

LONGEST = 1 << 20


def statusline(_: argparse.Namespace) -> int:
    """Print today's cost, this session's, and the model; what is not known is left out.

    Claude Code gives a status as JSON on stdin and shows the first line of stdout. Nothing is said
    on stderr, and whatever is wrong with the status never costs the line.
    """
    status = _status()
    program = Installation.open()
    program.collect()
    today = program.today()
    parts = [f"Today {marked(figures.money(today.cost_microusd), today.own_models)}"]
    session_id = status.get("session_id")
    if isinstance(session_id, str) and session_id:
        session = program.session(session_id)
        cost = figures.money((session and session.cost_microusd) or 0)
        parts.append(f"session {marked(cost, session.own_models if session else ())}")
    model = _mapping(status.get("model")).get("display_name")
    if isinstance(model, str) and model.strip():
        parts.append(plain(model).strip())
    show(" · ".join(parts))
    return 0


def _status() -> Mapping[str, object]:
    if sys.stdin is None or sys.stdin.isatty():
        return {}
    try:
        return _mapping(json.loads(sys.stdin.buffer.read(LONGEST)))
    except (ValueError, RecursionError):
        return {}


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}
