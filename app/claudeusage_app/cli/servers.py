"""The commands that run the bundled server: ``serve`` and ``demo``."""

import argparse
import os
import sys
from importlib.util import find_spec

from claudeusage_app.errors import PartMissing
from claudeusage_app.installation import Installation


def serve(arguments: argparse.Namespace) -> int:
    """Become the bundled server."""
    _need_server()
    data = arguments.data or str(Installation.open().places.server)
    command = [sys.executable, "-P", "-m", "claudeusage_server", "serve"]
    command += ["--host", arguments.host, "--port", str(arguments.port), "--data", data]
    if os.name == "posix":
        os.execv(command[0], command)  # noqa: S606 -- the interpreter itself
    import subprocess

    return subprocess.run(command, check=False).returncode


def demo(arguments: argparse.Namespace) -> int:
    """Try everything on sample transcripts."""
    _need_server()
    from claudeusage_app.cli.demo import run

    return run(once=arguments.once)


def _need_server() -> None:
    if find_spec("claudeusage_server") is None or find_spec("uvicorn") is None:
        title = "The bundled server is not installed."
        raise PartMissing(title, "Install it with `pipx install 'claudeusage[server]'`.")
