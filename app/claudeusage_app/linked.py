"""Where this computer uploads to, as far as it knows without asking anybody.

Kept apart from what talks to a server, whose libraries cost start-up time and memory.
"""

from dataclasses import dataclass
from datetime import datetime

from claudeusage_app.addresses import origin_of
from claudeusage_app.installation import SERVER, Installation
from claudeusage_app.ledger.uploads import Account, last_answered


@dataclass(frozen=True, slots=True)
class Link:
    """Where this computer uploads to."""

    origin: str
    account: str
    profile: str
    """The address of the public profile, on *origin*."""


def known_link(program: Installation) -> Link | None:
    """Return the link that the settings hold, None where another server is named."""
    kept = program.settings.link
    if kept is None or server_origin(program) != kept.origin:
        return None
    return Link(kept.origin, kept.account, kept.profile)


def last_upload(program: Installation, link: Link | None) -> datetime | None:
    """Return when an upload over a link was last answered."""
    if link is None:
        return None
    with program.ledger() as database:
        return last_answered(database, Account(link.origin, link.account))


def server_origin(program: Installation) -> str | None:
    """Return the server in force: the environment's, else the linked one."""
    named = named_origin(program)
    if named is not None:
        return named
    kept = program.settings.link
    return None if kept is None else origin_of(kept.origin)


def named_origin(program: Installation) -> str | None:
    """Return the server that the environment names; raise `AddressInvalid`."""
    named = program.environ.get(SERVER, "").strip()
    return origin_of(named) if named else None
