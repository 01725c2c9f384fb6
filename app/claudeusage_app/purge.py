"""Everything that the program keeps on this computer: listed by its own names, then removed.

Its folders may be somebody's own (`CLAUDEUSAGE_CONFIG_DIR`), so that only what it made itself goes.
"""

import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from claudeusage_app import timer
from claudeusage_app.errors import (
    BundledServerRuns,
    FileNotRemoved,
    SettingsInvalid,
    TrayRuns,
    UploadUnderWay,
)
from claudeusage_app.installation import Installation
from claudeusage_app.instances import instance_listens, instance_name, runtime_place
from claudeusage_app.ledger.database import read_only
from claudeusage_app.settings import Settings
from claudeusage_app.timer_units import serves
from claudeusage_core.errors import ClaudeusageError

_LEDGER = "a ledger, or what belongs to one"
_SETTINGS = "the settings"
_SERVER = "all data of the bundled server"
_NAMES = (
    (re.compile(r"ledger-[0-9a-f]{16}\.(sqlite3.*|(damage\.)?lock)"), _LEDGER),
    (re.compile(r"\.claudeusage-\w+(\.new)?"), "an unfinished copy of a ledger"),
    (re.compile(r"prices\.json(\.\d+\.new)?"), "the imported prices"),
    (re.compile(r"prices\.toml"), "your own prices"),
    (re.compile(r"token-.+"), "the token for a server"),
    (re.compile(r"server"), _SERVER),
    (re.compile(r"settings\.toml(\.\d+\.new)?"), _SETTINGS),
)
"""What the program calls its files in its own folders, in the order in which they are removed.

The settings come last: as long as they are there, a removal that was cut short can go on.
"""


@dataclass(frozen=True, slots=True)
class Thing:
    """A file or folder that goes."""

    path: Path
    what: str


@dataclass(frozen=True, slots=True)
class Survey:
    """What goes, and what stays elsewhere."""

    things: tuple[Thing, ...]
    others: tuple[Path, ...]
    """What is in the program's folders and not of its making."""
    keyring: str | None
    """The server whose token is in the keyring."""
    uploaded_to: tuple[str, ...]
    """Servers that keep days of this computer, and are not removed with it."""
    settings_read: bool
    """Whether the settings could be read, so that the token in the keyring is known."""


def survey(program: Installation) -> Survey:
    """Look for everything that the program keeps, and change nothing.

    Raise `TrayRuns`, `BundledServerRuns` or `UploadUnderWay` where something still uses it.
    """
    if instance_listens(program.environ, program.places.data, program.label):
        raise TrayRuns
    settings = _settings(program)
    link = settings.link if settings else None
    own = {link.origin} if link and link.bundled else set[str]()
    uploaded_to = set(_origins(_things(program, settings))) - own
    things = tuple(_things(program, settings))  # looking into a ledger makes files beside it
    _refuse_in_use(things)
    found = {each.path for each in things}
    return Survey(
        things=things,
        others=tuple(path for path in _entries(program) if path not in found),
        keyring=link.origin if link and link.store == "keyring" else None,
        uploaded_to=tuple(sorted(uploaded_to)),
        settings_read=settings is not None,
    )


def remove(program: Installation, found: Survey) -> ClaudeusageError | None:
    """Unlink, and remove what was *found*; return what kept the server from being told, if so.

    Raise `FileNotRemoved`; what is left can be removed by doing it again.
    """
    problem = _unlink(program) if found.settings_read else None
    units = set(timer.installed(program.environ))
    if any(each.path in units for each in found.things):
        timer.remove(program.environ)
    # Files that SQLite and others made meanwhile belong to it too.
    settings = _settings(program)
    for thing in _things(program, settings):
        _remove(thing.path)
    for folder in {*_folders(program), runtime_place(program.environ)}:
        with suppress(OSError):  # not empty, or not there
            folder.rmdir()
    return problem


def _things(program: Installation, settings: Settings | None) -> Iterator[Thing]:
    units = timer.installed(program.environ)
    if any(serves(path.read_text("utf-8", "replace"), program.environ) for path in units[:1]):
        yield from (Thing(path, "the timer that uploads") for path in units)
    for path in _sockets(program):
        yield Thing(path, "how the tray is found")
    entries = _entries(program)
    named = settings.ledger if settings else None
    if named and not any(pattern.fullmatch(named) for pattern, _ in _NAMES):
        stem = Path(named).stem
        names = re.compile(rf"{re.escape(named)}.*|{re.escape(stem)}\.(damage\.)?lock")
        yield from (Thing(path, _LEDGER) for path in entries if names.fullmatch(path.name))
    for pattern, what in _NAMES:
        yield from (Thing(path, what) for path in entries if pattern.fullmatch(path.name))


def _entries(program: Installation) -> tuple[Path, ...]:
    return tuple(
        path for folder in _folders(program) if folder.is_dir() for path in sorted(folder.iterdir())
    )


def _folders(program: Installation) -> tuple[Path, ...]:
    return tuple(dict.fromkeys((program.places.data, program.places.config)))


def _sockets(program: Installation) -> Iterator[Path]:
    name = instance_name(program.places.data, program.label)
    folder = runtime_place(program.environ)
    if folder.is_dir():
        yield from (path for path in sorted(folder.iterdir()) if path.name.startswith(name))


def _settings(program: Installation) -> Settings | None:
    try:
        return program.settings
    except SettingsInvalid:
        return None


def _refuse_in_use(things: Iterable[Thing]) -> None:
    for each in things:
        if each.what is _LEDGER and each.path.suffix == ".lock" and _is_held(each.path):
            raise UploadUnderWay
        if each.what is _SERVER and _is_held(each.path / "lock"):
            raise BundledServerRuns


def _is_held(path: Path) -> bool:
    """Say whether a process holds a lock."""
    from filelock import FileLock, Timeout

    if not path.is_file():
        return False
    try:
        with FileLock(path, timeout=0, mode=0o600):
            return False
    except Timeout:
        return True
    except OSError:  # what cannot be opened cannot be removed either, which is told then
        return False


def _origins(things: Iterable[Thing]) -> Iterator[str]:
    ledgers = [each.path for each in things if each.what is _LEDGER]
    for path in ledgers:
        if path.suffix == ".sqlite3":
            with suppress(sqlite3.Error, UnicodeDecodeError), read_only(path) as connection:
                rows = connection.execute("SELECT DISTINCT origin FROM uploads").fetchall()
                yield from (str(row[0]) for row in rows)


def _unlink(program: Installation) -> ClaudeusageError | None:
    link = program.settings.link
    if link is None:
        return None
    from claudeusage_app.link import forget, unlink

    try:
        if link.bundled:
            forget(program)  # its server does not run, and what it knows of the token goes too
        else:
            unlink(program)
    except ClaudeusageError as error:
        return error
    return None


def _remove(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise FileNotRemoved(f"{path} could not be removed: {error.strerror}.") from error
