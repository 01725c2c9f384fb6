"""The program ``claudeusage-sync``: what the original client's ways to upload mean here."""

import argparse
import os
from typing import TYPE_CHECKING

from claudeusage_app.cli import taking_over
from claudeusage_app.cli.linking import given_token, link_by_browser, show_link
from claudeusage_app.cli.talk import say
from claudeusage_app.cli.uploads import options, show_prepared, show_upload, upload
from claudeusage_app.errors import NoServerNamed, PreviewNotAccepted
from claudeusage_app.installation import SERVER, TOKEN
from claudeusage_app.link_errors import TokenInvalid
from claudeusage_app.linked import server_origin
from claudeusage_app.program import Program
from claudeusage_core.wire import TOKEN as FORM

if TYPE_CHECKING:
    from claudeusage_app.sync import Prepared

_STDIN = "-"
_FULL = (
    "--full changes nothing: every upload compares all days with what the server holds, and sends"
    " those that differ."
)
_SEEN_BY_OTHERS = (
    "A token among the arguments can be seen by other users of this computer while this runs."
    " Give it in CLAUDEUSAGE_TOKEN, or on stdin with `--token -`."
)
_NAME_IT = (
    "Set CLAUDEUSAGE_API to its address, or link this computer with `claudeusage link ADDRESS`."
)


def sync(arguments: argparse.Namespace) -> int:
    """Upload, linking this computer first where it is not; or only show what would be sent."""
    program = Program.open(_environ(arguments.token))
    if arguments.full:
        say(_FULL)
    if arguments.dry_run:
        taking_over.say_original(program)
        code = show_upload(program, arguments, as_json=False)
        say("Nothing was sent.")
        return code
    program.refuse_other_folders()
    if taking_over.is_unlinked(program):
        _link(program)
    elif server_origin(program) is None:
        raise NoServerNamed("Say which server the token is for.", _NAME_IT)

    def refused(prepared: "Prepared") -> PreviewNotAccepted:
        more = options(arguments)
        show_prepared(prepared, more)
        again = (f" --token {_STDIN}" if arguments.token else "") + more
        remedy = f"To accept this preview and upload it, run `claudeusage-sync{again} --yes`."
        return PreviewNotAccepted(remedy=remedy)

    return upload(program, arguments, refused)


def _environ(token: str | None) -> dict[str, str]:
    """Return the environment, in which a *token* that was given stands in its variable."""
    environ = dict(os.environ)
    if token is None:
        return environ
    if token == _STDIN:
        given = given_token().strip()
    else:
        say(_SEEN_BY_OTHERS)
        given = token
    if not FORM.fullmatch(given):
        raise TokenInvalid
    return environ | {TOKEN: given}


def _link(program: Program) -> None:
    """Link this computer: as the original client was if its person agrees, else by a browser."""
    made = taking_over.offered(program, "keyring")
    if made is None:
        named = program.environ.get(SERVER)
        if not named:
            raise NoServerNamed(remedy=_NAME_IT)
        made = link_by_browser(program, named, "keyring")
    show_link(made)
