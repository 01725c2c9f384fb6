"""The command ``folders``: which folders are counted, one more, or one less."""

import argparse

from claudeusage_app import folders as counted
from claudeusage_app.addresses import printable
from claudeusage_app.cli.reading import read_transcripts
from claudeusage_app.cli.talk import confirm, say, show, show_json, table
from claudeusage_app.installation import Installation
from claudeusage_core import figures

_HEAD = ("Folder", "Transcripts", "Responses", "Only here")


def listed(arguments: argparse.Namespace) -> int:
    """List the folders in force with what each held."""
    program = Installation.open()
    code = read_transcripts(program)
    found = counted.listing(program)
    if arguments.json:
        show_json(_members(found))
        return code
    show(table([_HEAD, *map(_row, found.folders)]))
    if found.unlisted:
        what = figures.plural(found.unlisted, "response")
        say(
            f"{what} more are from folders that are no longer in this list;"
            " `claudeusage folders remove DIR` takes out those of one."
        )
    if not found.adopted:
        say("These are the folders of this run; the first link or start of the tray keeps them.")
    return code


def add(arguments: argparse.Namespace) -> int:
    """Count one more folder from now on."""
    program = counted.own(Installation.open())
    added = counted.add(program, arguments.folder)
    if added is None:
        say("That folder is counted already.")
        return 0
    code = read_transcripts(program)
    show(f"{printable(str(added))} is counted from now on.")
    return code


def remove(arguments: argparse.Namespace) -> int:
    """Count a folder no more, and take out what only it held."""
    program = counted.own(Installation.open())
    folder, held = counted.held_by(program, arguments.folder)
    name = printable(str(folder))
    alone = figures.plural(held.alone, "response")
    say(
        f"This takes {alone} out of the ledger that only {name} held; they stay out unless the"
        " folder is added again while it holds them. Its transcripts are not touched."
    )
    confirm("Take it out?", yes=arguments.yes)
    taken = counted.remove(program, folder)
    code = read_transcripts(program)
    show(f"{name} is counted no more; {figures.plural(taken, 'response')} taken out.")
    return code


def _row(folder: counted.Folder) -> tuple[str, ...]:
    return (
        printable(str(folder.path)),
        figures.count(folder.transcripts) if folder.there else "not there",
        figures.count(folder.held.responses),
        figures.count(folder.held.alone),
    )


def _members(found: counted.Listing) -> dict[str, object]:
    return {
        "adopted": found.adopted,
        "folders": [
            {
                "path": printable(str(each.path)),
                "there": each.there,
                "transcripts": each.transcripts,
                "responses": each.held.responses,
                "only_here": each.held.alone,
            }
            for each in found.folders
        ],
        "responses_of_unlisted_folders": found.unlisted,
    }
