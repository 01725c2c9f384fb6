"""The tray: whether it runs, and what it needs to hear of changes."""

import os
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from claudeusage_app.doctor.report import Problem, Section, WatchingFacts
from claudeusage_app.installation import Installation
from claudeusage_app.instances import instance_listens
from claudeusage_app.settings import Settings
from claudeusage_core import figures

_INOTIFY = Path("/proc/sys/fs/inotify")
_INSTANCES_A_FOLDER = 2
"""Each folder and the one above it are listened to apart."""
_STATES = {True: "running", False: "not_running", None: "unknown"}


def look_at_watching(
    program: Installation, settings: Settings, folders: Iterable[Path], limits: Path = _INOTIFY
) -> WatchingFacts:
    """Look for the tray of this installation and for what the system allows it."""
    listens = instance_listens(program.environ, program.places.data, program.label)
    return WatchingFacts(
        tray=_STATES[listens],
        watch=settings.watch,
        walk_seconds=settings.walk_seconds,
        watchdog=find_spec("watchdog") is not None,
        folders=sum(_folders_in(folder) for folder in folders),
        max_user_watches=_number(limits / "max_user_watches"),
        max_user_instances=_number(limits / "max_user_instances"),
    )


def watching_problems(watching: WatchingFacts, roots: int) -> Iterator[Problem]:
    """Yield what keeps the tray from hearing of changes below its *roots*."""
    if not watching.watch or not watching.watchdog:
        return
    watches, instances = watching.max_user_watches, watching.max_user_instances
    if watches is not None and watching.folders > watches:
        yield _short(
            "watches_short",
            f"{figures.plural(watching.folders, 'folder')} cannot be watched: the system allows"
            f" {figures.plural(watches, 'watch', 'watches')}.",
            f"fs.inotify.max_user_watches={max(2 * watching.folders, 524_288)}",
        )
    if instances is not None and instances < _INSTANCES_A_FOLDER * roots:
        yield _short(
            "instances_short",
            f"The system allows only {figures.plural(instances, 'listener')} for changes.",
            "fs.inotify.max_user_instances=512",
        )


def _short(code: str, text: str, setting: str) -> Problem:
    remedy = (
        f"Run `sudo sysctl {setting}`, and keep that line in /etc/sysctl.d. Until then the tray"
        " finds changes by looking at all transcripts."
    )
    return Problem(Section.WATCHING, code, text, remedy)


def _folders_in(folder: Path) -> int:
    """Count a folder, all below it, and the one above it."""
    return 1 + sum(1 for _ in os.walk(folder))


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None
