"""The original client's link, as it is told, offered and taken where this computer has none."""

from contextlib import suppress

from claudeusage_app.addresses import printable
from claudeusage_app.cli.talk import agreed, say
from claudeusage_app.errors import ClientError
from claudeusage_app.installation import TOKEN, Installation
from claudeusage_app.link import Store
from claudeusage_app.link_errors import NothingToTakeOver
from claudeusage_app.linked import Link, named_origin
from claudeusage_app.original import OriginalLink, original_link, take_over
from claudeusage_core.wire import masked


def is_unlinked(program: Installation) -> bool:
    """Say whether there is no link here, and no token that was given instead."""
    return program.settings.link is None and not program.environ.get(TOKEN)


def say_original(program: Installation) -> OriginalLink | None:
    """Say what could be taken over, or why it could not; nothing where this computer is linked."""
    if not is_unlinked(program):
        return None
    try:
        found = original_link(program.environ)
    except ClientError as error:
        say(str(error))
        return None
    if found is not None:
        say(
            f"The original client is linked to {found.origin} (token {masked(found.token)}, in"
            f" {printable(str(found.path))}). `claudeusage link --take-over` takes that link over."
        )
    return found


def offered(program: Installation, store: Store) -> Link | None:
    """Take over the original client's link if a person agrees; None where nobody does.

    It is not offered where the environment names another server.
    """
    found = say_original(program)
    if found is None or named_origin(program) not in {None, found.origin}:
        return None
    question = f"Take over the link to {found.origin} from the original client?"
    return _taken(program, found, store) if agreed(question) else None


def asked_for(program: Installation, address: str | None, store: Store) -> Link:
    """Take over the original client's link; raise `NothingToTakeOver` and `NotTakenOver`."""
    found = original_link(program.environ)
    if found is None:
        raise NothingToTakeOver
    return _taken(program, found, store, address)


def say_left(program: Installation, dead: str | None) -> None:
    """Say that the original client's file still holds a token, which may be the *dead* one."""
    with suppress(ClientError):
        found = original_link(program.environ)
        if found is None:
            return
        life = "which is dead now" if found.token == dead else f"for {found.origin}"
        say(
            f"The original client's file {printable(str(found.path))} was left as it is and still"
            f" holds a token ({masked(found.token)}), {life}."
        )


def _taken(
    program: Installation, found: OriginalLink, store: Store, address: str | None = None
) -> Link:
    made = take_over(program, found, store, address)
    if found.is_open_to_others:
        say(
            f"Others on this computer may read {printable(str(found.path))}, and so this token."
            " To be safe, remove it on the server's page and run"
            f" `claudeusage link {made.origin}`."
        )
    return made
