"""The folders that are counted: listed with what each held, added, and taken out again."""

import os
from dataclasses import dataclass
from pathlib import Path

from claudeusage_app.addresses import printable
from claudeusage_app.errors import FolderUnknown
from claudeusage_app.installation import Installation
from claudeusage_app.ledger.errors import LedgerFileInvalid, LedgerNotComparable
from claudeusage_app.ledger.exchange import take_in
from claudeusage_app.ledger.folders import Folders, Held
from claudeusage_app.places import distinct, expanded
from claudeusage_app.scope import ledger_name
from claudeusage_app.settings import change_settings
from claudeusage_app.walk import find


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder whose transcripts are counted."""

    path: Path
    there: bool
    transcripts: int
    """Files that it holds now."""
    held: Held


@dataclass(frozen=True, slots=True)
class Listing:
    """The folders in force, and what the ledger has from others."""

    folders: tuple[Folder, ...]
    unlisted: int
    """Billable responses that only folders held that are not in the list."""
    adopted: bool


def own(program: Installation) -> Installation:
    """Return the installation with its adopted folders, whatever the environment names."""
    return program._replace(always_adopted=True)


def listing(program: Installation) -> Listing:
    """Return the folders in force with what each holds and held."""
    roots = program.roots()
    with program.ledger() as database:
        folders = Folders(database)
        held, unlisted = folders.held(roots), folders.unlisted(roots)
    found = (
        Folder(path, path.is_dir(), len(find([path]).files), held_there)
        for path, held_there in zip(roots, held, strict=True)
    )
    return Listing(tuple(found), unlisted, program.settings.folders is not None)


def add(program: Installation, given: str) -> Path | None:
    """Count a folder from now on, and return it; None where it is counted already.

    What the folder's own ledger has counted, while the folder was only looked at, joins the main
    one. Raise `FolderUnknown` where there is no such folder.
    """
    folder = _there(given)
    roots = program.roots()
    if len(distinct((*roots, folder))) == len(distinct(roots)):
        program.adopt()
        return None
    program.adopt()
    _keep(program, (*roots, folder))
    looked_at = program.places.data / ledger_name([folder])
    if looked_at.is_file() and looked_at != program.ledger_path:
        _join(program, looked_at)
    return folder


def held_by(program: Installation, given: str) -> tuple[Path, Held]:
    """Return the listed or formerly listed folder that somebody means, and what it held.

    Raise `FolderUnknown` where it is neither.
    """
    asked = expanded(given).absolute()
    roots = {os.path.realpath(each): each for each in program.roots()}
    with program.ledger() as database:
        folders = Folders(database)
        for each in (asked, asked / "projects"):
            listed = roots.get(os.path.realpath(each))
            (held,) = folders.held([each])
            if listed is not None or held.responses:
                return listed or each, held
    raise FolderUnknown(f"The folder {printable(str(asked))} is not in the list.")


def remove(program: Installation, folder: Path) -> int:
    """Count a folder no more, take out what only it held, and return how many responses.

    The list goes first: a folder that is no longer in it is read by nobody.
    """
    program.adopt()
    real = os.path.realpath(folder)
    _keep(program, [each for each in program.roots() if os.path.realpath(each) != real])
    with program.ledger() as database:
        return Folders(database).take_out(folder)


def _keep(program: Installation, roots: "tuple[Path, ...] | list[Path]") -> None:
    change_settings(program.places.settings, folders=[str(each.absolute()) for each in roots])


def _join(program: Installation, other: Path) -> None:
    """Take in what a folder's own ledger holds; one with another key stays as it is."""
    with program.ledger() as database:
        try:
            take_in(database, other, program.clock(), instead=False)
        except (LedgerNotComparable, LedgerFileInvalid):
            return


def _there(given: str) -> Path:
    asked = expanded(given).absolute()
    for each in (asked / "projects", asked):
        if each.is_dir():
            return each
    raise FolderUnknown(f"There is no folder {printable(str(asked))}.")
