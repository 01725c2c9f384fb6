"""The command ``uploads``: every upload that was ever made, or everything of one of them."""

import argparse
from datetime import tzinfo

from claudeusage_app.addresses import plain, printable
from claudeusage_app.cli.fates import fates, in_short, local_time, under_review
from claudeusage_app.cli.talk import say, show, show_bytes, show_json
from claudeusage_app.cli.terminal import show_table
from claudeusage_app.identity import kept_zone
from claudeusage_app.installation import Installation
from claudeusage_app.ledger.errors import BodyThinned
from claudeusage_app.ledger.history import Made, made_upload, made_uploads
from claudeusage_core import figures
from claudeusage_core.wire import DAYS_PATH

_HEAD = ("N", "When", "Server", "Days", "Model rows", "Bytes", "Outcome", "Receipt")
_RECEIPT = slice(len("sha256:"), len("sha256:") + 12)
"""What tells a receipt from others."""


def uploads(arguments: argparse.Namespace) -> int:
    """List all uploads, or show the one that a number names."""
    program = Installation.open()
    if arguments.number is not None:
        return _one(program, arguments.number, as_json=arguments.json)
    with program.ledger() as database:
        zone, made = kept_zone(database), made_uploads(database)
    if arguments.json:
        show_json([_members(each) for each in made])
    elif made:
        show_table([_HEAD, *(_row(each, zone) for each in made), _total(made)])
        say("Everything of one, and the exact body: `claudeusage uploads N`.")
    else:
        say("Nothing was uploaded yet. See what would be: `claudeusage preview`.")
    return 0


def _one(program: Installation, number: int, *, as_json: bool) -> int:
    with program.ledger() as database:
        zone = kept_zone(database)
        made, body = made_upload(database, number)
    if as_json:
        if body is None:
            raise BodyThinned
        show_bytes(body)
        return 0
    for name, value in (
        ("Upload", str(made.number)),
        ("To", f"PUT {plain(made.account.origin + DAYS_PATH)}"),
        ("When", f"{local_time(made.at, zone)} ({made.at.isoformat()})"),
        ("Held", _held(made)),
        ("Outcome", in_short(made)),
        *(("Review", sentence) for sentence in under_review(made)),
        ("Receipt", plain(made.receipt) or "none"),
        ("Answer", printable(made.answer.decode("utf-8", "replace")) or "none came"),
    ):
        show(f"{name:<9}{value}")
    if body is None:
        say(BodyThinned.title)
    else:
        show(f"\n{printable(body.decode('utf-8', 'replace'))}")
    return 0


def _held(made: Made) -> str:
    days = figures.plural(made.days, "day")
    rows = figures.plural(made.model_rows, "model row")
    return f"{days}, {rows}, {figures.plural(made.size, 'byte')}"


def _row(made: Made, zone: tzinfo) -> tuple[str, ...]:
    return (
        str(made.number),
        local_time(made.at, zone),
        plain(made.account.origin),
        figures.count(made.days),
        figures.count(made.model_rows),
        figures.count(made.size),
        in_short(made),
        plain(made.receipt[_RECEIPT]),
    )


def _total(made: tuple[Made, ...]) -> tuple[str, ...]:
    sums = (
        sum(counts) for counts in zip(*((x.days, x.model_rows, x.size) for x in made), strict=True)
    )
    return ("Total", "", "", *map(figures.count, sums), "", "")


def _members(made: Made) -> dict[str, object]:
    return {
        "number": made.number,
        "at": made.at.isoformat(),
        "server": plain(made.account.origin),
        "account": plain(made.account.account),
        "sequence": made.sequence,
        "days": made.days,
        "model_rows": made.model_rows,
        "bytes": made.size,
        "outcome": fates(made) if made.answer and made.receipt else None,
        "receipt": plain(made.receipt) or None,
        "body_kept": made.body_kept,
    }
