"""The commands about the link: ``link``, ``unlink`` and ``status``."""

import argparse
import sys
import time
from getpass import getpass
from typing import cast

from claudeusage_app import link as links
from claudeusage_app.addresses import origin_of, plain
from claudeusage_app.bundled import running_at
from claudeusage_app.cli import taking_over
from claudeusage_app.cli.fates import fates, in_short, local_time
from claudeusage_app.cli.talk import say, show, show_json
from claudeusage_app.errors import ClientError, NoServerNamed, NotLinked
from claudeusage_app.identity import kept_machine, kept_zone, named_zone
from claudeusage_app.installation import SERVER
from claudeusage_app.ledger.history import Made, last_made
from claudeusage_app.ledger.journal import Journal
from claudeusage_app.ledger.uploads import Account
from claudeusage_app.link_errors import NotTakenOver
from claudeusage_app.linked import Link, known_link
from claudeusage_app.program import Program
from claudeusage_core import figures
from claudeusage_core.wire import DeviceCode

_LONGEST_LINE = 1_000


def link(arguments: argparse.Namespace) -> int:
    """Link this computer: in one step where that is possible, else by a code in a browser."""
    program = Program.open()
    program.refuse_other_folders()
    show_link(_made(program, arguments))
    say("Nothing has been sent yet. See what would be: `claudeusage preview`.")
    return 0


def _made(program: Program, arguments: argparse.Namespace) -> Link:
    if not arguments.another_computer:
        return _made_here(program, arguments)
    if arguments.take_over:
        raise NotTakenOver("A token that was used belongs to the computer that it was made for.")
    _name_linked(program, arguments)
    with links.as_another_computer(program):
        return _made_here(program, arguments)


def _name_linked(program: Program, arguments: argparse.Namespace) -> None:
    """Where no server is named, name the one that is linked; raise `NoServerNamed`."""
    if arguments.address or arguments.bundled or program.environ.get(SERVER):
        return
    kept = program.settings.link
    if kept is None:
        raise NoServerNamed
    arguments.bundled = kept.bundled and not arguments.token
    arguments.address = None if arguments.bundled else kept.origin


def _made_here(program: Program, arguments: argparse.Namespace) -> Link:
    named, store = arguments.address or program.environ.get(SERVER), arguments.store
    if arguments.take_over:
        return taking_over.asked_for(program, arguments.address, store)
    if arguments.bundled:
        origin = origin_of(named) if named else running_at(program.places.server)
        return links.link_bundled(program, origin, store)
    if named and arguments.token:
        return links.link_by_token(program, origin_of(named), store, given_token)
    if named:
        return link_by_browser(program, named, store)
    made = taking_over.offered(program, store)
    if made is None:
        raise NoServerNamed
    return made


def link_by_browser(program: Program, address: str, store: links.Store) -> Link:
    """Link to the server at *address* once a person has approved in a browser."""
    return links.link_by_browser(program, origin_of(address), store, _show_code, time.sleep)


def show_link(made: Link) -> None:
    """Show what this computer is linked to now."""
    show(f"Linked to {made.origin}. Your profile: {plain(made.profile)}")


def unlink(_: argparse.Namespace) -> int:
    """Forget the link."""
    program = Program.open()
    dead = None
    try:
        dead = links.unlink(program)
        if dead:
            show("This computer is not linked any more, and its token is revoked.")
        else:
            show("This computer is not linked any more.")
            say("Its token was not here; if the server still lists it, remove it on the dashboard.")
    finally:
        taking_over.say_left(program, dead)
    return 0


def status(arguments: argparse.Namespace) -> int:
    """Show what is linked, read and sent; 3 where nothing is linked, 5 without an answer."""
    program = Program.open()
    found, made, problem = _status(program)
    if arguments.json:
        show_json(found)
    else:
        if made is not None:
            when = local_time(made.at, named_zone(str(found["time_zone"])))
            answer = f"{figures.plural(made.days, 'day')}: {in_short(made)}"
            found |= {"last_upload": when, "last_answer": answer}
        for name, value in found.items():
            show(f"{name.replace('_', ' ').capitalize():<18}{_words(value)}")
        if made is not None:
            say("Every upload, and what became of it: `claudeusage uploads`.")
    if problem is None:
        return 0
    if isinstance(problem, NotLinked):
        taking_over.say_original(program)
    say(str(problem))
    return problem.exit_code


def _status(program: Program) -> tuple[dict[str, object], Made | None, ClientError | None]:
    with program.ledger() as database:
        found: dict[str, object] = {
            "folders": [str(folder) for folder in program.roots()],
            "ledger": str(database.path),
            "time_zone": kept_zone(database).key,
            "computer": kept_machine(database),
            "prices": program.prices.generated,
        }
    link, problem = known_link(program), None
    try:
        link = links.asked_link(program)
    except ClientError as error:
        problem = error
    made, accepted = _last(program, link)
    found["server"] = link.origin if link else plain(program.environ.get(SERVER, "")) or None
    found["profile"] = link.profile if link else None
    found["preview_accepted"] = accepted
    found["last_upload"] = made.at.isoformat() if made else None
    found["last_answer"] = fates(made) if made and made.answer else None
    return found, made, problem


def _last(program: Program, link: Link | None) -> tuple[Made | None, bool]:
    """Return the last upload over a link, and whether a preview is accepted for it."""
    if link is None:
        return None, False
    account = Account(link.origin, link.account)
    with program.ledger() as database:
        return last_made(database, account), Journal(database, account).accepted()


def _show_code(code: DeviceCode) -> None:
    minutes = figures.plural(max(code.expires_in // 60, 1), "minute")
    say("Open this address in a browser, compare the code, and approve:")
    show(f"{plain(code.verification_uri_complete)}\n{plain(code.user_code)}")
    say(f"The code is valid for {minutes}. Waiting.")


def given_token() -> str:
    """Read a line of stdin, which a terminal does not show."""
    if sys.stdin is None:
        return ""
    if sys.stdin.isatty():
        return getpass("Token: ", sys.stderr)
    try:
        return sys.stdin.readline(_LONGEST_LINE)
    except UnicodeDecodeError:
        return ""


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, cast("list[object]", value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else plain(str(value))
