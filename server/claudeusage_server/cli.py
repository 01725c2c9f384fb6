"""The server's command line: serve, create a token, mint a sign-in code.

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
from claudeusage_server.errors import PartMissing
from claudeusage_server.settings import DEFAULT_HOST, DEFAULT_PORT, Settings

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
    asked = _parser().parse_args(argv)
    data = Path(asked.data) if asked.data else default_data_folder()
    try:
        _run(asked, data)
    except ClaudeusageError as error:
        print(f"{error.title} {error.remedy}".strip(), file=sys.stderr)
        return 1
    return 0


def _run(asked: argparse.Namespace, data: Path) -> None:
    if not all(find_spec(name) for name in _LIBRARIES):
        raise PartMissing
    from claudeusage_server import commands

    match asked.command:
        case "serve":
            commands.serve(Settings(data, asked.host, asked.port, asked.public_url))
        case "create-token":
            print(commands.create_token(data, asked.name))
        case _:
            print(commands.sign_in(data))


def default_data_folder() -> Path:
    """Return where a server keeps its files when nobody says otherwise."""
    config = os.environ.get("CLAUDEUSAGE_CONFIG_DIR")
    if config:
        return Path(config) / "server"
    from platformdirs import user_data_dir

    return Path(user_data_dir("claudeusage", appauthor=False)) / "server"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="claudeusage-server", description="The claudeusage reference server."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    found = parser.add_subparsers(dest="command", required=True, metavar="command")

    serve = found.add_parser("serve", help="run the server until it is stopped")
    _add_data(serve)
    serve.add_argument("--host", default=DEFAULT_HOST, help="address to listen on (%(default)s)")
    serve.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help="port to listen on, 0 for a free one (%(default)s)",
    )
    serve.add_argument(
        "--public-url", metavar="URL", help="the https address under which others reach it"
    )

    token = found.add_parser("create-token", help="print a new sync token for the local account")
    _add_data(token)
    token.add_argument("--name", help="a label to know the token by")

    sign_in = found.add_parser("sign-in", help="print an address that signs in, once")
    _add_data(sign_in)
    return parser


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", metavar="DIR", help="data folder ($CLAUDEUSAGE_CONFIG_DIR/server, or the user's)"
    )


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= _HIGHEST_PORT:
        raise ValueError(text)
    return number
