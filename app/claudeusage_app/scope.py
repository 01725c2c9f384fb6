"""Which folders of transcripts are in force, and which ledger is theirs."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from claudeusage_app.places import default_folders, distinct, expanded, named_folders
from claudeusage_core.hashes import sha256

if TYPE_CHECKING:
    from claudeusage_app.settings import Settings


class Scope(NamedTuple):
    """Folders, and the name of the ledger that counts them."""

    folders: tuple[Path, ...]
    ledger: str


def scope(
    settings: "Settings | None", environ: Mapping[str, str], *, always_adopted: bool
) -> Scope:
    """Return what is in force: the adopted folders, unless the environment names others."""
    own = None if settings is None else adopted(settings)
    folders = default_folders(environ)
    if own is not None and (
        always_adopted or not named_folders(environ) or _real(folders) == _real(own.folders)
    ):
        return own
    return Scope(folders, ledger_name(folders))


def adopted(settings: "Settings") -> Scope | None:
    """Return the folders that the settings name and their ledger, None where they name none."""
    if settings.folders is None:
        return None
    folders = distinct(expanded(each) for each in settings.folders)
    return Scope(folders, settings.ledger or ledger_name(folders))


def ledger_name(folders: Iterable[Path]) -> str:
    """Return the name of the ledger that some folders have for themselves."""
    names = "\0".join(sorted(_real(folders))).encode("utf-8", "surrogateescape")
    return f"ledger-{sha256(names).hexdigest()[:16]}.sqlite3"


def _real(folders: Iterable[Path]) -> set[str]:
    return {os.path.realpath(folder) for folder in folders}
