"""The command ``ledger``: a copy for another computer, a copy taken in, and a check."""

import argparse
import sys

from claudeusage_app.cli.reading import read_transcripts
from claudeusage_app.cli.talk import say, show, show_bytes, show_json
from claudeusage_app.errors import FileNotWritten
from claudeusage_app.installation import Installation
from claudeusage_app.ledger import exchange
from claudeusage_app.places import expanded
from claudeusage_core import figures

_STDOUT = "-"


def export(arguments: argparse.Namespace) -> int:
    """Write the ledger to one file, or to stdout."""
    program = Installation.open()
    code = read_transcripts(program)
    with program.ledger() as database:
        if arguments.file == _STDOUT:
            if sys.stdout.isatty():
                title = "A ledger is nothing to read on a screen."
                raise FileNotWritten(title, "Give a file, or pipe it into another program.")
            with exchange.snapshot(database, database.path.parent) as made:
                show_bytes(made.read_bytes())
            return code
        target = expanded(arguments.file)
        exchange.export(database, target, overwrite=arguments.force)
    show(f"The ledger is copied to {target}. Take it in elsewhere: `claudeusage ledger import`.")
    return code


def take_in(arguments: argparse.Namespace) -> int:
    """Take in a file that `export` wrote, then read what the transcripts hold."""
    program = Installation.open()
    with program.ledger() as database:
        source = expanded(arguments.file)
        taken = exchange.take_in(database, source, program.clock(), instead=arguments.replace)
    show(f"{figures.plural(taken.responses, 'response')} taken in from {source}.")
    if taken.aside is not None:
        say(f"The ledger as it was is kept as {taken.aside}.")
    return read_transcripts(program)


def check(arguments: argparse.Namespace) -> int:
    """Say whether the ledger, or a file, is whole; 1 where it is not."""
    program = Installation.open()
    path = expanded(arguments.file) if arguments.file else program.ledger_path
    found = exchange.examine(path, program.places.data)
    if arguments.json:
        show_json(
            {
                "file": str(path),
                "bytes": found.size,
                "version": found.version,
                "responses": found.responses,
                "faults": list(found.faults),
            }
        )
    else:
        show(f"{path}: {figures.plural(found.responses, 'response')}, {found.size:,} bytes")
        for fault in found.faults:
            show(f"  {fault}")
        show("Damaged." if found.faults else "Whole.")
    if found.faults and not arguments.file:
        say(
            "The next command sets it aside and reads the transcripts again. If you have an export"
            " of it, run `claudeusage ledger import FILE` after that."
        )
    return 1 if found.faults else 0
