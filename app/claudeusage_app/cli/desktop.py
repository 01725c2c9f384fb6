"""What happens without a command: the tray where there is a display, its figures where not."""

import argparse
import sys
from collections.abc import Mapping
from importlib.util import find_spec

from claudeusage_app.cli.figures import overview
from claudeusage_app.cli.talk import say
from claudeusage_app.program import Program


def tray(_: argparse.Namespace) -> int:
    """Start the tray app, or show its figures and say why there is no tray."""
    program = Program.open()
    missing = why_no_tray(program.environ)
    if missing:
        say(missing)
        return overview(program)
    from claudeusage_app import tray as app

    own = program._replace(always_adopted=True)
    own.adopt()
    return app.run(own)


def why_no_tray(environ: Mapping[str, str]) -> str | None:
    """Say what keeps the tray from starting, None where nothing does."""
    if not has_display(environ):
        return "There is no display, so there is no tray icon; these are its figures."
    if find_spec("PySide6") is None:
        return (
            "The tray app is not installed; these are its figures. Install it with"
            " `pipx install 'claudeusage[app,server]'`."
        )
    return None


def has_display(environ: Mapping[str, str]) -> bool:
    """Say whether windows can be shown."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
