"""The timer that uploads every few minutes: its units written, enabled, and taken away again."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path

from claudeusage_app.errors import (
    FileNotRemoved,
    FileNotWritten,
    NotLinked,
    PreviewNotAccepted,
)
from claudeusage_app.installation import TOKEN, Installation
from claudeusage_app.ledger.journal import Journal
from claudeusage_app.ledger.uploads import Account
from claudeusage_app.linked import known_link
from claudeusage_app.places import config_home
from claudeusage_app.settings import replace_file
from claudeusage_app.timer_units import SERVICE, TIMER, units

_SYSTEMCTL = "systemctl"
_PATIENCE_SECONDS = 30


class Timer(Enum):
    """What came of an installation."""

    RUNS = auto()
    WRITTEN = auto()
    """The units are there, and systemd does not answer."""
    NO_SYSTEMD = auto()


def refuse_timer(program: Installation) -> None:
    """Raise what an upload without a person would: `NotLinked`, `PreviewNotAccepted` and kin."""
    program.refuse_other_folders()
    link = known_link(program)
    if link is None:
        if program.environ.get(TOKEN):
            raise NotLinked(
                f"The token in {TOKEN} is never stored, so a timer cannot use it.",
                "Link this computer with `claudeusage link`, then install the timer.",
            )
        raise NotLinked
    with program.ledger() as database:
        if not Journal(database, Account(link.origin, link.account)).accepted():
            raise PreviewNotAccepted


def install(environ: Mapping[str, str]) -> Timer:
    """Write both units and enable the timer, as far as the system has systemd.

    Raise `FileNotWritten`.
    """
    if shutil.which(_SYSTEMCTL, path=environ.get("PATH")) is None:
        return Timer.NO_SYSTEMD
    for path, text in units(unit_folder(environ), sync_command(), environ):
        try:
            replace_file(path, text.encode())
        except (OSError, UnicodeEncodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "a path in it is not text"
            raise FileNotWritten(f"{path} could not be written: {reason}.") from error
    runs = _systemctl(environ, "daemon-reload") and _systemctl(environ, "enable", "--now", TIMER)
    return Timer.RUNS if runs else Timer.WRITTEN


def remove(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Stop the timer, remove its units, and return those that there were.

    Raise `FileNotRemoved`.
    """
    found = installed(environ)
    if not found:
        return ()
    _systemctl(environ, "disable", "--now", TIMER)
    for path in (*found, unit_folder(environ) / "timers.target.wants" / TIMER):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise FileNotRemoved(f"{path} could not be removed: {error.strerror}.") from error
    _systemctl(environ, "daemon-reload")
    return found


def installed(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the units that are there."""
    paths = (unit_folder(environ) / name for name in (SERVICE, TIMER))
    return tuple(path for path in paths if path.is_file())


def unit_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder for a person's own units."""
    return config_home(environ) / "systemd" / "user"


def sync_command() -> tuple[str, ...]:
    """Return the command that uploads with the very program that runs now, by its full path."""
    script = Path(sys.executable).with_name("claudeusage")
    if script.is_file():
        return (str(script), "sync")
    return (sys.executable, "-P", "-m", "claudeusage_app", "sync")


def _systemctl(environ: Mapping[str, str], *words: str) -> bool:
    """Have systemd do something for this person; false where it does not answer, or refuses."""
    program = shutil.which(_SYSTEMCTL, path=environ.get("PATH"))
    if program is None:
        return False
    try:
        done = subprocess.run(
            (program, "--user", *words),
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
