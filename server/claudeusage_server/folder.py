"""The data folder: one server's files, readable by its owner only, held by one server at a time.

The folder is made for the owner alone. One that is there already is taken as it is or refused: its
mode is its owner's business, for others may depend on it.
"""

import os
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from claudeusage_server.start_errors import (
    FolderForeign,
    FolderInUse,
    FolderOpen,
    FolderUnusable,
    SecretInvalid,
    StoreMissing,
)
from claudeusage_server.surroundings import Surroundings

PRIVATE_STORE = "private.sqlite3"
PUBLIC_STORE = "public.sqlite3"
LOCAL_SECRET = "local-secret"  # noqa: S105 -- a file's name
_ADDRESS = "address"
_LOCK = "lock"
_MARKS = frozenset({PRIVATE_STORE, LOCAL_SECRET})
"""Either of these makes a folder a server's."""
_BEFORE_THEM = frozenset({_LOCK})
"""What a server that was ended during its first start may have left."""
_OTHERS = 0o077
_SECRET_BYTES = 32
_SECRET = re.compile(r"[0-9a-f]{64}")


def prepare(folder: Path, surroundings: Surroundings) -> None:
    """Make the folder (0700), the two empty stores and the standing secret (0600) where missing.

    Raises `FolderForeign` and `FolderOpen` where the folder is there and cannot be taken.
    """
    try:
        _make_or_check(folder)
        for name in (PRIVATE_STORE, PUBLIC_STORE):
            os.close(os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600))
        if not (folder / LOCAL_SECRET).exists():
            _write(folder / LOCAL_SECRET, surroundings.random_hex(_SECRET_BYTES))
    except OSError as error:
        raise FolderUnusable(folder, reason(error)) from error


def local_secret(folder: Path) -> bytes:
    """Read the standing secret that proves the server and authorises local sign-in."""
    path = folder / LOCAL_SECRET
    try:
        text = path.read_text("ascii", "replace").strip()
    except OSError as error:
        raise FolderUnusable(folder, reason(error)) from error
    if not _SECRET.fullmatch(text):
        raise SecretInvalid(path)
    return bytes.fromhex(text)


def check_store(folder: Path) -> None:
    """Raise `StoreMissing` where no server ever ran, and `FolderOpen` where others can look in."""
    try:
        if not (folder / PRIVATE_STORE).is_file():
            raise StoreMissing(folder)
        _make_or_check(folder)
    except OSError as error:
        raise FolderUnusable(folder, reason(error)) from error


@contextmanager
def held(folder: Path) -> Generator[None]:
    """Hold the folder for one process; raise `FolderInUse` where another does.

    The lock goes with the process, so a killed server leaves nothing to clean up.
    """
    try:
        _make_or_check(folder)
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise FolderUnusable(folder, reason(error)) from error
    try:
        try:
            _lock(handle)
        except OSError as error:
            raise FolderInUse(folder) from error
        yield
    finally:
        os.close(handle)


def write_address(folder: Path, address: str) -> None:
    """Leave the running server's address for other programs of the same user."""
    _write(folder / _ADDRESS, address)


def remove_address(folder: Path) -> None:
    (folder / _ADDRESS).unlink(missing_ok=True)


def read_address(folder: Path) -> str | None:
    """Return what `write_address` left, None where nothing is there."""
    try:
        return (folder / _ADDRESS).read_text("utf-8").strip() or None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FolderUnusable(folder, reason(error)) from error


def _make_or_check(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        names = set(os.listdir(folder))  # noqa: PTH208 -- names, not paths
        if names - _BEFORE_THEM and not names & _MARKS:
            raise FolderForeign(folder) from None
        if sys.platform != "win32" and folder.stat().st_mode & _OTHERS:
            raise FolderOpen(folder) from None


def _write(path: Path, text: str) -> None:
    aside = path.with_name(path.name + ".new")
    aside.unlink(missing_ok=True)
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text + "\n")
    aside.replace(path)


def reason(error: OSError) -> str:
    """Say in lower case what the system says."""
    return (error.strerror or type(error).__name__).lower()


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
