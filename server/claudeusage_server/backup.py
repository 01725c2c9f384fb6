"""Backup: both stores and the standing secret, copied to a new folder while the server may run.

The private store holds the pepper, so tokens and computers are known again where it is restored.
The public store is copied first, so that the private one is never the older of the two.
"""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from claudeusage_server import folder
from claudeusage_server.operator_errors import BackupExists, BackupFailed
from claudeusage_server.start_errors import DatabaseUnreadable

_BUSY_SECONDS = 10


def back_up(data: Path, target: Path) -> None:
    """Copy a server's data to *target*, which is made (0700) with its files (0600), or not at all.

    Raises `BackupExists` where something is there, and `BackupFailed`.
    """
    folder.check_store(data)
    if os.path.lexists(target):
        raise BackupExists(target)
    try:
        # Made aside, so that what was cut short is not taken for a backup.
        aside = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
        try:
            _copy(data, aside)
            aside.rename(target)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
    except OSError as error:
        raise BackupFailed(target, folder.reason(error)) from error
    except sqlite3.OperationalError as error:  # a full disk, or a lock that is held too long
        raise BackupFailed(target, str(error)) from error


def _copy(data: Path, aside: Path) -> None:
    for name in (folder.PUBLIC_STORE, folder.PRIVATE_STORE):
        _copy_store(data / name, aside / name)
    _new_file(aside / folder.LOCAL_SECRET, (data / folder.LOCAL_SECRET).read_bytes())


def _copy_store(source: Path, target: Path) -> None:
    """Copy one state of a store that may be in use, and look whether the copy is whole."""
    _new_file(target, b"")
    there = f"{source.absolute().as_uri()}?mode=rw"  # else a store that is missing would be made
    with (
        closing(sqlite3.connect(there, timeout=_BUSY_SECONDS, uri=True)) as store,
        closing(sqlite3.connect(target)) as copy,
    ):
        try:
            store.backup(copy)
            whole = copy.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            raise DatabaseUnreadable(source) from error
    if not whole:
        raise DatabaseUnreadable(source)


def _new_file(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
