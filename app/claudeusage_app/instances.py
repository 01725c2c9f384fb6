"""Where the trays of this computer find each other, and whether one of them listens.

Kept apart from the tray, so that what has no Qt can ask too.
"""

import hashlib
import os
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path

from claudeusage_app.errors import ClientError

_LONGEST_PATH = 100
"""A socket's path holds 108 bytes on Linux and 104 on macOS."""
_PATIENCE_SECONDS = 1.0


class FolderNotPrivate(ClientError):
    """Others could listen where the instances talk to each other."""

    title = "The folder where the trays find each other is open to others."
    remedy = "Remove it or make it yours alone (mode 700), then start claudeusage again."


def runtime_place(environ: Mapping[str, str]) -> Path:
    """Return the folder for lock and socket, whether or not it is there."""
    named = environ.get("XDG_RUNTIME_DIR", "")
    own = Path(named) / "claudeusage" if named else Path(tempfile.gettempdir()) / _own_name()
    if len(os.fsencode(own)) + 20 > _LONGEST_PATH:
        own = Path(tempfile.gettempdir()) / f"{_own_name()}-{_digest(str(own))}"
    return own


def runtime_folder(environ: Mapping[str, str]) -> Path:
    """Make the folder for lock and socket, which only its owner may enter."""
    own = runtime_place(environ)
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = own.lstat()
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o077):
        raise FolderNotPrivate(f"The folder {own} is open to others.")
    return own


def instance_name(data: Path, label: str) -> str:
    """Name the instance of one installation: another folder or label is another one."""
    return "tray-" + _digest(f"{data.absolute()}\n{label}")


def instance_listens(environ: Mapping[str, str], data: Path, label: str) -> bool | None:
    """Say whether the tray of an installation runs; None where its socket cannot be asked.

    Nothing is said to it. A tray that was killed leaves its socket behind, which refuses.
    """
    if not hasattr(socket, "AF_UNIX"):
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(_PATIENCE_SECONDS)
        try:
            asking.connect(str(runtime_place(environ) / instance_name(data, label)))
        except OSError:
            return False
    return True


def _own_name() -> str:
    return f"claudeusage-{os.getuid() if hasattr(os, 'getuid') else 'user'}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:10]
