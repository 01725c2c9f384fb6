"""The command ``purge``: everything that the program keeps is listed, and removed after a yes."""

import argparse

from claudeusage_app.addresses import plain, printable
from claudeusage_app.cli.talk import confirm, say, show
from claudeusage_app.errors import ClientError
from claudeusage_app.installation import TOKEN, Installation
from claudeusage_app.purge import Survey, remove, survey

_NOT_TOUCHED = (
    "Not touched: the transcripts of Claude Code, copies that `claudeusage ledger export` made"
    " elsewhere, a line in your crontab, and `statusLine` in Claude Code's settings."
)


def purge(arguments: argparse.Namespace) -> int:
    """Remove everything; the exit code is that of the server which could not be told, if so."""
    program = Installation.open()
    found = survey(program)
    if not found.things:
        say("There is nothing to remove: claudeusage keeps nothing on this computer.")
        return 0
    show("This will be removed for good:")
    for thing in found.things:
        show(f"  {printable(str(thing.path))}  ({thing.what})")
    if found.keyring:
        show(f"  the token for {plain(found.keyring)}  (in the keyring)")
    for sentence in _staying(program, found):
        say(sentence)
    confirm("Remove all of this?", yes=arguments.yes)
    problem = remove(program, found)
    show("Removed. What Claude Code keeps was not touched.")
    if problem is None:
        return 0
    say(str(problem))
    return problem.exit_code if isinstance(problem, ClientError) else 1


def _staying(program: Installation, found: Survey) -> list[str]:
    """Say what stays, and where."""
    sentences = [_NOT_TOUCHED]
    if found.uploaded_to:
        servers = ", ".join(map(plain, found.uploaded_to))
        sentences.append(
            f"Days that were uploaded stay on {servers}; they are removed on its dashboard."
        )
    if program.environ.get(TOKEN):
        sentences.append(
            f"The token in {TOKEN} stays valid until it is removed on the server's dashboard."
        )
    if not found.settings_read:
        sentences.append(
            "The settings could not be read: a token in the keyring stays there, under"
            " `claudeusage`, and stays valid."
        )
    if found.others:
        names = ", ".join(printable(str(path)) for path in found.others)
        sentences.append(f"Not of claudeusage's making, so it stays: {names}.")
    return sentences
