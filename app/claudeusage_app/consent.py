"""A person's yes in the environment: to a preview, and to nothing else that is asked."""

from collections.abc import Mapping

from claudeusage_app.errors import AssumedYesInvalid
from claudeusage_core.wire import SCHEMA, fields, fields_digest

ASSUME_YES = "CLAUDEUSAGE_ASSUME_YES"


def yes_is_assumed(environ: Mapping[str, str]) -> bool:
    """Say whether the environment accepts a preview; raise `AssumedYesInvalid` if it is unclear."""
    match environ.get(ASSUME_YES, ""):
        case "":
            return False
        case "1":
            return True
        case _:
            raise AssumedYesInvalid


def what_is_accepted(origin: str) -> str:
    """Say what an acceptance for the server at *origin* holds: these fields, and no later ones."""
    names = dict.fromkeys(name for part in fields().values() for name in part)
    return (
        f"Accepted by {ASSUME_YES}=1: uploads to {origin} of wire schema {SCHEMA} with the fields"
        f" {', '.join(names)} (digest {fields_digest()[:12]}). Other fields, another server or"
        " another account are asked for again."
    )
