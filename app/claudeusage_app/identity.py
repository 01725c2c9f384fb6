"""Who this computer says it is: its id, made once and kept, and its time zone."""

import os
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from claudeusage_app.errors import ComputerUnclear, ZoneUnknown
from claudeusage_app.ledger.database import Database
from claudeusage_core.machine import machine_id

_LOCALTIME = Path("/etc/localtime")
_ZONE_FILES = tuple(
    Path(each)
    for each in ("/etc/timezone", "/var/db/zoneinfo", "/etc/sysconfig/clock", "/etc/conf.d/clock")
)
_ANDROID = Path("/system/bin/getprop")
"""There the zone is a property of the system, and nothing in the file system tells of it."""

RENAMED = "This computer's host or user name is no longer the one that its id was made from."


def kept_machine(database: Database) -> str:
    """Return this computer's id, making it once."""
    with database.writing():
        kept = database.fact("machine")
        if isinstance(kept, str):
            return kept
        machine = _id_now()
        database.set_fact("machine", machine)
        database.set_fact("machine_names", machine)
        return machine


def check_names(database: Database, *, same_computer: bool) -> None:
    """Raise `ComputerUnclear` where the names have changed, unless it is the *same_computer*."""
    kept_machine(database)
    if database.fact("machine_names") != _id_now() and not same_computer:
        raise ComputerUnclear(RENAMED)


def keep_names(database: Database) -> None:
    """Keep the present names for those of this computer."""
    database.set_fact("machine_names", _id_now())


def become_another_computer(database: Database) -> str:
    """Take a new id: the ledger came from another computer, whose days stay that one's."""
    with database.writing():
        import secrets

        machine = machine_id(*_names(), suffix=secrets.token_hex(4))
        database.set_fact("machine", machine)
        database.set_fact("machine_names", _id_now())
        for table in ("pending", "sent", "acknowledged", "held"):
            database.execute(f"DELETE FROM {table}")  # noqa: S608 -- names written above
        return machine


def kept_zone(database: Database) -> ZoneInfo:
    """Return the zone whose calendar days are counted: the system's when the ledger was made."""
    kept = database.fact("zone")
    if not isinstance(kept, str):
        kept = system_zone()
        database.set_fact("zone", kept)
    return named_zone(kept)


def zone_moved(database: Database) -> str | None:
    """Return the system's zone, once, when it is no longer the kept one."""
    now = _zone_now(database)
    if now in {kept_zone(database).key, database.fact("zone_told")}:
        return None
    database.set_fact("zone_told", now)
    return now


def _zone_now(database: Database) -> str:
    """Return the system's zone, looking for it anew only where something was done to it."""
    signs = zone_signs(os.environ)
    seen = database.fact("zone_seen")
    if signs is not None and isinstance(seen, str) and seen.endswith(f" {signs}"):
        return seen.partition(" ")[0]
    now = system_zone()
    if signs is not None:
        database.set_fact("zone_seen", f"{now} {signs}")
    return now


def zone_signs(environ: Mapping[str, str]) -> str | None:
    """Return what stays the same as long as the system's zone does; None where nothing is sure to.

    These are the places where tzlocal looks on systems with a folder ``/etc``.
    """
    named = environ.get("TZ", "")
    if os.name != "posix" or _ANDROID.exists() or "/" in named[:2]:
        return None
    if named:
        return named
    signs = [os.path.realpath(_LOCALTIME)]
    for path in _ZONE_FILES:
        try:
            found = path.stat()
        except OSError:
            continue
        signs.append(f"{path} {found.st_ino} {found.st_size} {found.st_mtime_ns}")
    return "|".join(signs)


def named_zone(name: str) -> ZoneInfo:
    """Return the IANA zone of a name; raise `ZoneUnknown`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ZoneUnknown(f"There is no time zone {name!r}.") from error


def system_zone() -> str:
    """Return the IANA name of the system's zone, UTC where it has none."""
    import tzlocal

    try:
        name = tzlocal.get_localzone_name()
        return named_zone(name).key if name else "UTC"
    except (ZoneInfoNotFoundError, ZoneUnknown, ValueError, LookupError):
        return "UTC"


def _id_now() -> str:
    return machine_id(*_names())


def _names() -> tuple[str, str]:
    import getpass
    import socket

    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):
        user = str(os.getuid()) if hasattr(os, "getuid") else ""
    return socket.gethostname(), user
