"""Names for folders that say where they come from, and never where they are."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from claudeusage_app.errors import PlaceUnknown
from claudeusage_app.places import CONFIG_DIR, TRANSCRIPTS_DIR, default_folders, named_folders

_SYSTEMS_OWN = "the system's usual place"
_TENS = 10
_TEENS = range(11, 14)


def folder_names(environ: Mapping[str, str], folders: Iterable[Path]) -> tuple[str, ...]:
    """Name each of the *folders* in force: by a variable, by its usual place, or as added."""
    known = _known(environ)
    names: list[str] = []
    added = 0
    for folder in folders:
        name = known.get(os.path.realpath(folder))
        if name is None:
            added += 1
            name = f"added folder {added}"
        names.append(name)
    return tuple(names)


def place_name(environ: Mapping[str, str], folder: Path, variable: str) -> str:
    """Name a folder of this program's; *variable* is the system's one for folders of its kind."""
    if environ.get(CONFIG_DIR):
        return f"${CONFIG_DIR}"
    if environ.get(variable):
        return f"${variable}/{folder.name}"
    try:
        return f"~/{folder.relative_to(Path.home()).as_posix()}"
    except (RuntimeError, ValueError):
        return _SYSTEMS_OWN


def _known(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the names of all folders that need not be added, by real path."""
    found: dict[str, str] = {}
    parts = [each for each in environ.get(TRANSCRIPTS_DIR, "").split(",") if each.strip()]
    for number, part in enumerate(parts, 1):
        name = f"${TRANSCRIPTS_DIR}"
        if len(parts) > 1:
            name += f", {_ordinal(number)} entry"
        for folder in named_folders({TRANSCRIPTS_DIR: part}):
            found.setdefault(os.path.realpath(folder), name)
    xdg = environ.get("XDG_CONFIG_HOME", "")
    other = "$XDG_CONFIG_HOME" if Path(xdg).is_absolute() else "~/.config"
    try:
        usual = default_folders({"XDG_CONFIG_HOME": xdg})
        home = os.path.realpath(default_folders({})[0])
    except PlaceUnknown:
        return found
    for folder in usual:
        real = os.path.realpath(folder)
        found.setdefault(real, "~/.claude/projects" if real == home else f"{other}/claude/projects")
    return found


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % _TENS, "th")
    return f"{number}{'th' if number % 100 in _TEENS else ending}"
