"""The clone's own virtual environment: built aside, stamped last, switched to when it is whole.

    .venv             a link to the environment in use
    .venvs/server-x/  an environment; without a stamp.json it is the remains of a dead build
    .venvs/lock       held while one is built, so that the second of two shells waits
    .venvs/setup.log  what pip said last

Whoever runs from an environment holds a shared lock on its stamp; none is removed under a process.

Run before anything is installed: standard library only.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

PROFILES = {"server": "server", "app": "app,server", "tests": "tests"}
"""The extras of each profile; each profile has all that the ones before it have."""

STAMP = "stamp.json"

Say = Callable[[str], None]
Install = Callable[[str, str], None]
"""Make a working environment in a folder, with these extras of the project."""


class SetupFailed(Exception):
    """The environment could not be built; the text says why, and what to do."""


class Clone:
    """A checkout of the project, and where its environments lie."""

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root)
        self.builds = os.path.realpath(os.path.join(self.root, ".venvs"))
        self.log = os.path.join(self.builds, "setup.log")

    @property
    def link(self) -> str:
        """Where the link to the environment in use is: aside, if somebody else made a ``.venv``."""
        link = os.path.join(self.root, ".venv")
        foreign = os.path.lexists(link) and os.path.dirname(os.path.realpath(link)) != self.builds
        return os.path.join(self.builds, "current") if foreign else link

    def key(self) -> str:
        """Digest everything that determines an environment, except its profile."""
        import hashlib
        import tomllib

        with open(os.path.join(self.root, "pyproject.toml"), "rb") as file:
            settings = tomllib.load(file)
        with open(os.path.join(self.root, "constraints.txt"), "rb") as file:
            constraints = file.read()
        parts = (
            self.root,
            sys.implementation.cache_tag,
            sys.platform,
            settings["build-system"],
            settings["project"],
            settings["tool"]["hatch"],
        )
        return hashlib.sha256(repr(parts).encode() + constraints).hexdigest()


def program(folder: str, name: str) -> str:
    """Name a program of an environment."""
    return os.path.join(folder, *(("Scripts", f"{name}.exe") if os.name == "nt" else ("bin", name)))


def packages_folder(folder: str) -> str:
    """Name the folder that holds an environment's packages."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return os.path.join(
        folder, *(("Lib",) if os.name == "nt" else ("lib", version)), "site-packages"
    )


def distributions(folder: str) -> set[str]:
    """List the installed distributions with their versions, as cheaply as can be."""
    return {name for name in os.listdir(packages_folder(folder)) if name.endswith(".dist-info")}


def current(clone: Clone, profile: str) -> str | None:
    """Find the environment in use if it serves the profile and nothing was taken out of it."""
    folder = os.path.realpath(clone.link)
    try:
        with open(os.path.join(folder, STAMP), encoding="utf-8") as file:
            stamp = json.load(file)
        whole = set(stamp["distributions"]) <= distributions(folder)
    except (OSError, ValueError):
        return None
    profiles = list(PROFILES)
    enough = profiles.index(stamp["profile"]) >= profiles.index(profile)
    runs = os.path.exists(program(folder, "python"))
    return folder if runs and whole and enough and stamp["key"] == clone.key() else None


def claim(clone: Clone, profile: str) -> str | None:
    """Find the environment in use, and keep it from removal until this process ends."""
    folder = current(clone, profile)
    if folder is None or sys.platform == "win32":
        return folder
    import fcntl

    try:
        stamp = os.open(os.path.join(folder, STAMP), os.O_RDONLY)
        os.set_inheritable(stamp, True)  # noqa: FBT003 - the lock passes on to the program
        fcntl.flock(stamp, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (BlockingIOError, FileNotFoundError):
        return None  # it is being removed
    return folder if os.path.exists(program(folder, "python")) else None


@contextmanager
def locked(clone: Clone, say: Say) -> Generator[None]:
    """Let one process build at a time; the system opens the lock when its holder dies."""
    os.makedirs(clone.builds, exist_ok=True)
    with open(os.path.join(clone.builds, "lock"), "ab") as file:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another set-up is at work in this folder; waiting for it.")
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build(clone: Clone, profile: str, say: Say, install: Install) -> None:
    """Build an environment aside, stamp it, and switch to it; remove what nobody uses.

    Raises:
        SetupFailed: nothing has changed; the next start begins anew.
    """
    try:
        with locked(clone, say):
            if current(clone, profile):
                return  # the shell that was waited for has built it
            key = clone.key()
            remove_unused(clone)
            folder = os.path.join(clone.builds, f"{profile}-{os.urandom(4).hex()}")
            os.mkdir(folder)
            try:
                install(folder, PROFILES[profile])
                stamp(folder, key, profile)
                switch(clone.link, folder)
            finally:
                remove_unused(clone)
    except OSError as error:
        raise SetupFailed(f"The set-up could not write to {clone.root}: {error}") from error


def stamp(folder: str, key: str, profile: str) -> None:
    """Say that an environment is whole; only a complete stamp ever has this name."""
    content = {"key": key, "profile": profile, "distributions": sorted(distributions(folder))}
    path = os.path.join(folder, STAMP)
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)


def switch(link: str, folder: str) -> None:
    """Point the link at another environment in one step."""
    import subprocess

    if os.name == "nt":  # a junction, since a symbolic link needs a privilege there
        if os.path.lexists(link):
            os.rmdir(link)
        subprocess.run(("cmd", "/c", "mklink", "/J", link, folder), check=True)
        return
    new = f"{folder}.link"
    os.symlink(os.path.relpath(folder, os.path.dirname(link)), new)
    os.replace(new, link)


def remove_unused(clone: Clone) -> None:
    """Remove dead builds, and every environment from which nothing runs any more."""
    used = os.path.realpath(clone.link)
    with os.scandir(clone.builds) as entries:
        for entry in list(entries):
            if entry.is_symlink():
                if entry.name.endswith(".link"):
                    os.unlink(entry.path)
            elif entry.is_dir() and entry.path != used:
                remove_unless_claimed(entry.path)


def remove_unless_claimed(folder: str) -> None:
    """Take an environment out of sight while nobody can claim it, then delete it.

    The new name also stops a pip that outlived its parent: it finds itself gone.
    """
    import shutil

    removed = os.path.join(os.path.dirname(folder), f"removed-{os.urandom(4).hex()}")
    try:
        with open(os.path.join(folder, STAMP), "rb") as file:
            if sys.platform != "win32":  # which refuses to move the files of a running program
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.replace(folder, removed)
    except BlockingIOError:
        return
    except FileNotFoundError:
        os.replace(folder, removed)
    shutil.rmtree(removed, ignore_errors=True)
