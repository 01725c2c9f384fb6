"""What can be typed after ``claudeusage-sync``: the options and commands of the original client."""

import argparse
import re
from collections.abc import Sequence
from functools import partial
from typing import NoReturn

from claudeusage_app.cli.parser import COMMANDS, EPILOG, Parser, wishes
from claudeusage_core import __version__

_PROGRAM = "claudeusage-sync"
_DESCRIPTION = """\
Upload daily totals of what Claude Code used, once you have seen exactly what would
leave. A computer that is not linked yet is linked to the server in CLAUDEUSAGE_API first.
The options and commands are those of the original client, and a few more for uploads;
everything else is in `claudeusage --help`.
"""
_SECRET = re.compile(r"cu_live_\w*")


class _SyncParser(Parser):
    """Never repeats a token that was typed in the wrong place."""

    def error(self, message: str) -> NoReturn:
        super().error(_SECRET.sub("cu_live_••••", message))


def parsed(words: Sequence[str]) -> argparse.Namespace:
    """Read the words after ``claudeusage-sync``; end with 2 where they make no sense."""
    top = _parser()
    given = top.parse_args(words)
    if given.run is not _sync:
        stray = _options_of_an_upload(top, given)
        if stray:
            top.error(f"{', '.join(stray)}: not allowed with a command")
    return given


def _parser() -> _SyncParser:
    top = _SyncParser(
        prog=_PROGRAM,
        description=_DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"{_PROGRAM} {__version__}")
    top.set_defaults(run=_sync)
    top.add_argument(
        "--token", help="the token to use instead of the link, - to read it from stdin; not stored"
    )
    way = top.add_mutually_exclusive_group()
    way.add_argument("--dry-run", action="store_true", help="show what would be sent, send nothing")
    way.add_argument("--yes", action="store_true", help="accept the preview that this prints")
    top.add_argument(
        "--full", action="store_true", help="the same as without: each upload is complete already"
    )
    wishes(top)
    commands = top.add_subparsers(title="commands", metavar="COMMAND", prog=_PROGRAM)
    for name in ("doctor", "status"):
        COMMANDS[name](commands.add_parser)
    COMMANDS["unlink"](partial(commands.add_parser, aliases=("logout",)))
    return top


def _options_of_an_upload(top: _SyncParser, given: argparse.Namespace) -> list[str]:
    """Return the options that were given although they belong to an upload."""
    names = ("token", "dry_run", "yes", "full", "since", "twin", "recount", "same_computer")
    return [
        "--" + name.replace("_", "-")
        for name in names
        if getattr(given, name) != top.get_default(name)
    ]


def _sync(arguments: argparse.Namespace) -> int:
    from claudeusage_app.cli.sync_command import sync

    return sync(arguments)
