"""The system libraries that Qt needs, looked for before Qt is imported.

Qt ends the process where one is missing, and names another one. So `ldd` says, in a process of its
own, what the platform plugin would not find.
"""

import importlib.util
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from claudeusage_app.errors import PartMissing

_NOT_FOUND = re.compile(r"^\s*(\S+) => not found$", re.MULTILINE)
_PACKAGES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
_LDD_SECONDS = 10


class QtLibrariesMissing(PartMissing):
    """The system lacks libraries without which Qt ends the process."""

    title = "The window system's libraries are not complete."


def require_libraries(environ: Mapping[str, str]) -> None:
    """Raise `QtLibrariesMissing`, with the one line that helps, where Qt could not start."""
    qt = importlib.util.find_spec("PySide6")
    if qt is None or qt.origin is None:
        raise PartMissing(
            "The tray needs Qt, which is not installed.",
            "Install it with `pip install claudeusage[app]`.",
        )
    folder = Path(qt.origin).parent
    plugin = folder / "Qt" / "plugins" / "platforms" / f"libq{platform_name(environ)}.so"
    parts = [plugin, *sorted(folder.glob("QtWidgets.*so")), *sorted(folder.glob("QtDBus.*so"))]
    missing = missing_libraries(ldd_says(parts))
    if missing:
        raise QtLibrariesMissing(remedy=remedy(missing))


def platform_name(environ: Mapping[str, str]) -> str:
    """Name the platform plugin that Qt will choose, without its options."""
    chosen = environ.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0]
    if chosen:
        return chosen
    if environ.get("WAYLAND_DISPLAY") and environ.get("XDG_SESSION_TYPE") != "x11":
        return "wayland"
    return "xcb"


def ldd_says(parts: Iterable[Path]) -> str:
    """Return what `ldd` prints of the parts that are there; nothing on a system without it."""
    there = [str(part) for part in parts if part.exists()]
    if not there:
        return ""
    try:
        done = subprocess.run(
            ["ldd", *there],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LDD_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def missing_libraries(ldd: str) -> tuple[str, ...]:
    """Return the libraries that `ldd` did not find, each once, in order of their names."""
    return tuple(sorted(set(_NOT_FOUND.findall(ldd))))


def remedy(missing: Iterable[str]) -> str:
    """Write the one line that installs what is missing, and name what no package is known for."""
    names = list(missing)
    packages = sorted({_PACKAGES[name] for name in names if name in _PACKAGES})
    unknown = [name for name in names if name not in _PACKAGES]
    sentences: list[str] = []
    if packages:
        sentences.append(f"Install them: sudo apt-get install --yes {' '.join(packages)}")
    if unknown:
        sentences.append(f"Missing: {', '.join(unknown)}.")
    return " ".join(sentences)
