"""What can be typed: commands, options and their help."""

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TypeAlias

from claudeusage_app.cli.values import day, days, from_stdin, port, upload
from claudeusage_core import __version__

_Add: TypeAlias = Callable[..., argparse.ArgumentParser]

_PROGRAM = "claudeusage"
EPILOG = """\
exit codes: 0 done, 1 failed, 2 wrong usage, 3 not linked, 4 no preview accepted yet,
            5 server not reachable

environment:
  CLAUDE_CONFIG_DIR       where Claude Code keeps its transcripts (several with commas)
  CLAUDEUSAGE_CONFIG_DIR  a folder for every file of this program
  CLAUDEUSAGE_API         the server's address
  CLAUDEUSAGE_TOKEN       the token for it; never stored
  CLAUDEUSAGE_ASSUME_YES  1 accepts the preview that `sync` prints, and nothing else it asks

Costs are API-equivalent: what the tokens would cost at API list prices, not a bill.
"""


class Parser(argparse.ArgumentParser):
    """Measures the terminal only for what it writes: arguments are checked without."""

    def __init__(
        self,
        *,
        prog: str,
        description: str,
        epilog: str | None = None,
        formatter_class: type[argparse.HelpFormatter] = argparse.HelpFormatter,
    ) -> None:
        super().__init__(
            prog=prog, description=description, epilog=epilog, formatter_class=_unmeasured
        )
        self._written_by = formatter_class

    def format_usage(self) -> str:
        self.formatter_class = self._written_by
        return super().format_usage()

    def format_help(self) -> str:
        self.formatter_class = self._written_by
        return super().format_help()


def _unmeasured(prog: str) -> argparse.HelpFormatter:
    return argparse.HelpFormatter(prog, width=80)


def parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Make the parser; each command's ``run`` is loaded when it is called.

    Where the first of *words* is a command, the others are left out: they cost more than some
    commands take.
    """
    top = Parser(
        prog=_PROGRAM,
        description="Count what Claude Code used, show it, and upload daily totals once you have"
        " seen exactly what would leave. Without a command: the tray app.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"claudeusage {__version__}")
    top.set_defaults(run=_later("desktop", "tray"))
    add = _below(top, title="commands")
    asked = COMMANDS.get(words[0]) if words else None
    for command in (asked,) if asked else COMMANDS.values():
        command(add)
    return top


def _today(add: _Add) -> None:
    today = _command(add, "today", "show today's figures", _later("figures", "today"))
    _json(today)


def _report(add: _Add) -> None:
    report = _command(add, "report", "show the figures of each day", _later("report", "report"))
    form = report.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON; days as in the upload")
    form.add_argument("--csv", action="store_true", help="print comma separated values")
    report.add_argument(
        "--by",
        choices=("day", "week", "month", "model", "session"),
        default="day",
        help="add up by day (the default), ISO week, month, model or session",
    )
    report.add_argument(
        "--timezone", metavar="ZONE", help="count the days of this IANA zone, this time only"
    )
    period = report.add_mutually_exclusive_group()
    period.add_argument("--days", type=days, metavar="N", help="the last N days")
    period.add_argument("--since", type=day, metavar="DATE", help="from this day on (YYYY-MM-DD)")
    report.add_argument("--until", type=day, metavar="DATE", help="up to this day (YYYY-MM-DD)")


def _prices(add: _Add) -> None:
    prices = _command(add, "prices", "show the prices in force", _later("prices", "prices"))
    _json(prices)
    also = _below(prices, title="also")
    taken = _command(also, "import", "take a newer price table", _later("price_import", "take"))
    taken.add_argument("file", metavar="FILE", help="the table, or - to read it from stdin")


def _statusline(add: _Add) -> None:
    _command(
        add,
        "statusline",
        "print one line for Claude Code's status line",
        _later("statusline", "statusline"),
    )


def _folders(add: _Add) -> None:
    folders = _command(
        add,
        "folders",
        "list the folders that are counted, add one, or take one out",
        _later("folders", "listed"),
    )
    _json(folders)
    more = _below(folders)
    added = _command(more, "add", "count one more folder", _later("folders", "add"))
    added.add_argument("folder", metavar="DIR", help="a folder of transcripts, or one above")
    removed = _command(
        more,
        "remove",
        "count a folder no more, and take out what only it held",
        _later("folders", "remove"),
    )
    removed.add_argument("folder", metavar="DIR", help="a folder of the list")
    removed.add_argument("--yes", action="store_true", help="do it without asking")


def _timezone(add: _Add) -> None:
    zone = _command(
        add,
        "timezone",
        "show the time zone of the days, or change it",
        _later("timezone", "timezone"),
    )
    zone.add_argument("zone", nargs="?", metavar="ZONE", help="an IANA name: Europe/Berlin, UTC")
    zone.add_argument("--yes", action="store_true", help="do it without asking")
    _json(zone)


def _ledger(add: _Add) -> None:
    ledger = add(
        "ledger",
        help="copy the ledger to a file, take one in, or check it",
        description="Copy the ledger to a file, take one in, or check it.",
    )
    more = _below(ledger, required=True)
    exported = _command(more, "export", "copy the ledger to one file", _later("ledger", "export"))
    exported.add_argument("file", metavar="FILE", help="where to, - for stdout")
    exported.add_argument("--force", action="store_true", help="overwrite the file")
    taken = _command(
        more, "import", "take in what another ledger counted", _later("ledger", "take_in")
    )
    taken.add_argument("file", metavar="FILE", help="a file that `ledger export` wrote")
    taken.add_argument(
        "--replace",
        action="store_true",
        help="take it instead of this ledger, which is kept beside it",
    )
    checked = _command(more, "check", "say whether the ledger is whole", _later("ledger", "check"))
    checked.add_argument("file", nargs="?", metavar="FILE", help="a file instead of the ledger")
    _json(checked)


def _preview(add: _Add) -> None:
    preview = _command(
        add,
        "preview",
        "show exactly what the next upload would send",
        _later("uploads", "preview"),
    )
    preview.add_argument(
        "--json", action="store_true", help="print the upload's body byte for byte, nothing else"
    )
    wishes(preview)


def _sync(add: _Add) -> None:
    sync = _command(
        add, "sync", "upload what changed since the last upload", _later("uploads", "sync")
    )
    way = sync.add_mutually_exclusive_group()
    way.add_argument("--yes", action="store_true", help="accept the preview that this prints")
    way.add_argument(
        "--install-timer",
        action="store_true",
        help="have the system do this every 15 minutes; a preview has to be accepted before",
    )
    way.add_argument("--remove-timer", action="store_true", help="take that timer away again")
    wishes(sync)


def _uploads(add: _Add) -> None:
    uploads = _command(
        add,
        "uploads",
        "list every upload ever made, or show one",
        _later("journal", "uploads"),
    )
    uploads.add_argument(
        "number", nargs="?", type=upload, metavar="N", help="the number of one, of the list"
    )
    uploads.add_argument(
        "--json", action="store_true", help="print JSON; with N its body byte for byte"
    )


def _link(add: _Add) -> None:
    link = _command(add, "link", "link this computer to a server", _later("linking", "link"))
    link.add_argument("address", nargs="?", metavar="ADDRESS", help="the server's address")
    how = link.add_mutually_exclusive_group()
    how.add_argument(
        "--bundled", action="store_true", help="the server on this computer, in one step"
    )
    how.add_argument(
        "--take-over",
        action="store_true",
        help="the original client's server and token, in one step; its file stays as it is",
    )
    how.add_argument(
        "--token",
        type=from_stdin,
        metavar="-",
        help="read a token from stdin that was made on the server's dashboard; no browser",
    )
    link.add_argument(
        "--store",
        choices=("keyring", "file"),
        default="keyring",
        help="where to keep the token (default: the keyring; a file only you can read)",
    )
    link.add_argument(
        "--another-computer",
        action="store_true",
        help="take a new id: this ledger came from another computer",
    )


def _unlink(add: _Add) -> None:
    _command(
        add,
        "unlink",
        "revoke this computer's token and forget the link",
        _later("linking", "unlink"),
    )


def _status(add: _Add) -> None:
    status = _command(
        add, "status", "show what is linked, read and sent", _later("linking", "status")
    )
    _json(status)


def _serve(add: _Add) -> None:
    serve = _command(
        add, "serve", "run the bundled server on this computer", _later("servers", "serve")
    )
    serve.add_argument(
        "--host", default="127.0.0.1", help="the address to bind (default: %(default)s)"
    )
    serve.add_argument(
        "--port", type=port, default=8787, help="the port, 0 for a free one (default: %(default)s)"
    )
    serve.add_argument("--data", metavar="DIR", help="the server's data folder")


def _demo(add: _Add) -> None:
    demo = _command(
        add,
        "demo",
        "try everything on sample transcripts, leaving nothing behind",
        _later("servers", "demo"),
    )
    demo.add_argument("--once", action="store_true", help="end after the upload")


def _doctor(add: _Add) -> None:
    doctor = _command(
        add, "doctor", "say what is wrong, and what to do about it", _later("doctor", "doctor")
    )
    _json(doctor)


def _purge(add: _Add) -> None:
    purge = _command(
        add,
        "purge",
        "remove everything that claudeusage keeps here",
        _later("purge", "purge"),
    )
    purge.add_argument("--yes", action="store_true", help="do it without asking")


COMMANDS = {
    "today": _today,
    "report": _report,
    "prices": _prices,
    "statusline": _statusline,
    "folders": _folders,
    "timezone": _timezone,
    "ledger": _ledger,
    "preview": _preview,
    "sync": _sync,
    "uploads": _uploads,
    "link": _link,
    "unlink": _unlink,
    "status": _status,
    "serve": _serve,
    "demo": _demo,
    "doctor": _doctor,
    "purge": _purge,
}
"""In the order of the help."""


def _below(
    command: argparse.ArgumentParser, title: str | None = None, *, required: bool = False
) -> _Add:
    # Without a name here, argparse writes a whole usage to find it.
    name = command.prog
    if title is None:
        return command.add_subparsers(metavar="COMMAND", prog=name, required=required).add_parser
    return command.add_subparsers(title=title, metavar="COMMAND", prog=name).add_parser


def _command(
    add: _Add,
    name: str,
    says: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    made = add(name, help=says, description=says[0].upper() + says[1:] + ".")
    made.set_defaults(run=run)
    return made


def _later(module: str, function: str) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        loaded = import_module(f"claudeusage_app.cli.{module}")
        code: int = getattr(loaded, function)(arguments)
        return code

    return run


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")


def wishes(command: argparse.ArgumentParser) -> None:
    """Add the options that make an upload another one."""
    command.add_argument(
        "--since",
        type=day,
        metavar="DATE",
        help="only days from this one on (YYYY-MM-DD); the server keeps the others as they are",
    )
    command.add_argument(
        "--twin",
        choices=("merge", "separate"),
        help="what to do where another computer of yours has the same days",
    )
    command.add_argument(
        "--recount",
        action="store_true",
        help="replace days for which the server holds more; names them, and asks",
    )
    command.add_argument(
        "--same-computer",
        action="store_true",
        help="the days that the server holds for this computer are this computer's own",
    )
