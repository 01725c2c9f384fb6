"""The server's command line: serve, back up, create a token, mint a sign-in code.

Figures, tokens and addresses go to stdout, talk goes to stderr. 0 is done, 1 failed, 2 misused.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from claudeusage_core import __version__
from claudeusage_core.errors import ClaudeusageError
from claudeusage_server.settings import DEFAULT_HOST, DEFAULT_PORT
from claudeusage_server.start_errors import PartMissing

_HIGHEST_PORT = 65_535
_LIBRARIES = (
    "alembic",
    "authlib",
    "fastapi",
    "httpx2",
    "jinja2",
    "limits",
    "maxminddb",
    "pydantic_settings",
    "sqlalchemy",
    "uvicorn",
)
"""What the extra ``server`` installs, and a base install lacks."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; every error ends in a sentence with a remedy."""
    asked = parser().parse_args(argv)
    try:
        _run(asked)
    except ClaudeusageError as error:
        print(f"{error.title} {error.remedy}".strip(), file=sys.stderr)
        return 1
    return 0


def _run(asked: argparse.Namespace) -> None:
    if not all(find_spec(name) for name in _LIBRARIES):
        raise PartMissing
    from claudeusage_server import commands
    from claudeusage_server.backup import back_up
    from claudeusage_server.configuration import read_settings

    config = Path(asked.config) if asked.config else None
    typed = {name: vars(asked).get(name) for name in ("data", "host", "port", "public_url")}
    settings = read_settings(config, typed, default_data_folder())
    match asked.command:
        case "serve":
            commands.serve(settings)
        case "backup":
            back_up(settings.data, Path(asked.folder))
            print(asked.folder)
        case "create-token":
            print(commands.create_token(settings, asked.name))
        case _:
            print(commands.sign_in(settings))


def default_data_folder() -> Path:
    """Return where a server keeps its files when nobody says otherwise."""
    config = os.environ.get("CLAUDEUSAGE_CONFIG_DIR")
    if config:
        return Path(config) / "server"
    from platformdirs import user_data_dir

    return Path(user_data_dir("claudeusage", appauthor=False)) / "server"


def parser() -> argparse.ArgumentParser:
    """Make the parser of everything that can be typed."""
    made = argparse.ArgumentParser(
        prog="claudeusage-server",
        description="The claudeusage reference server.",
        epilog="All settings are in docs/settings.md; docs/hosting.md sets up a server for others.",
    )
    made.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    found = made.add_subparsers(dest="command", required=True, metavar="command")

    serve = found.add_parser("serve", help="run the server until it is stopped")
    _add_settings(serve)
    serve.add_argument("--host", help=f"address to listen on ({DEFAULT_HOST})")
    serve.add_argument(
        "--port", type=_port, help=f"port to listen on, 0 for a free one ({DEFAULT_PORT})"
    )
    serve.add_argument(
        "--public-url", metavar="URL", help="the https address under which others reach it"
    )

    backup = found.add_parser("backup", help="copy a server's data to a new folder")
    _add_settings(backup)
    backup.add_argument("folder", metavar="FOLDER", help="the folder to make, with three files")

    token = found.add_parser(
        "create-token", help="print a new sync token for the account of a local server"
    )
    _add_settings(token)
    token.add_argument("--name", help="a label to know the token by")

    sign_in = found.add_parser(
        "sign-in", help="print an address that signs in to a local server, once"
    )
    _add_settings(sign_in)
    return made


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", metavar="FILE", help="file of settings ($CLAUDEUSAGE_SERVER_CONFIG, or none)"
    )
    parser.add_argument(
        "--data", metavar="DIR", help="data folder ($CLAUDEUSAGE_CONFIG_DIR/server, or the user's)"
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= _HIGHEST_PORT):
        raise argparse.ArgumentTypeError(f"has to be a whole number from 0 to {_HIGHEST_PORT}")
    return int(text)
