"""The system packages that Python packages cannot bring: Qt's libraries, and the tests' programs.

Run before anything is installed: standard library only.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

NO_SYSTEM_PACKAGES = "CLAUDEUSAGE_NO_SYSTEM_PACKAGES"


class Requirement(NamedTuple):
    """A Debian package, and the file names of which one must exist: a library, program or font."""

    package: str
    names: tuple[str, ...]


VENV = Requirement(f"python3.{sys.version_info[1]}-venv", ("ensurepip",))
QT = (
    Requirement("libgl1", ("libGL.so.1",)),
    Requirement("libegl1", ("libEGL.so.1",)),
    Requirement("libxkbcommon0", ("libxkbcommon.so.0",)),
    Requirement("libdbus-1-3", ("libdbus-1.so.3",)),
    Requirement("libfontconfig1", ("libfontconfig.so.1",)),
    Requirement("libglib2.0-0", ("libglib-2.0.so.0",)),
    Requirement("libxcb-cursor0", ("libxcb-cursor.so.0",)),
    Requirement("libxkbcommon-x11-0", ("libxkbcommon-x11.so.0",)),
    Requirement("libxcb-icccm4", ("libxcb-icccm.so.4",)),
    Requirement("libxcb-keysyms1", ("libxcb-keysyms.so.1",)),
    Requirement("libxcb-shape0", ("libxcb-shape.so.0",)),
    Requirement("fonts-dejavu-core", ("fonts/truetype/dejavu", "fonts/dejavu", "fonts/TTF")),
)
TESTS = (
    Requirement("chromium", ("chromium", "chromium-browser", "google-chrome")),
    Requirement("dbus", ("dbus-run-session",)),
    Requirement("fonts-liberation", ("fonts/truetype/liberation", "fonts/liberation")),
    Requirement("gnome-keyring", ("gnome-keyring-daemon",)),
    Requirement("imagemagick", ("import",)),
    Requirement("openbox", ("openbox",)),
    Requirement("systemd", ("systemd-analyze",)),
    Requirement("trayer", ("trayer",)),
    Requirement("xdotool", ("xdotool",)),
    Requirement("xfce4-panel", ("xfce4-panel",)),
    Requirement("xvfb", ("Xvfb",)),
)


class SystemPackagesMissing(Exception):
    """Something that only the system's package manager can install is not there."""


def required(profile: str, *, building: bool) -> tuple[Requirement, ...]:
    """List what a profile needs; ``ensurepip`` matters only while an environment is built."""
    needed: tuple[Requirement, ...] = (VENV,) if building else ()
    if profile in ("app", "tests"):
        needed += QT
    if profile == "tests":
        needed += TESTS
    return needed


def present(name: str) -> bool:
    """Look where such a file usually lies; ask the loader only for a library that is elsewhere."""
    if name == VENV.names[0]:
        return os.path.isdir(os.path.join(os.path.dirname(os.__file__), name))
    if name.startswith("fonts/"):
        return os.path.isdir(os.path.join("/usr/share", name))
    if ".so." not in name:
        return any(os.path.exists(os.path.join(place, name)) for place in os.get_exec_path())
    triplet = str(getattr(sys.implementation, "_multiarch", ""))
    places = ("/usr/lib/" + triplet, "/lib/" + triplet, "/usr/lib64", "/usr/lib")
    return any(os.path.exists(os.path.join(place, name)) for place in places) or loads(name)


def loads(library: str) -> bool:
    """Let the dynamic loader search, which knows of places that no list does."""
    import ctypes

    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing(requirements: Sequence[Requirement], probe: Callable[[str], bool]) -> list[Requirement]:
    """Keep what is not there."""
    return [each for each in requirements if not any(probe(name) for name in each.names)]


class System(NamedTuple):
    """The machine, as far as it matters here."""

    has: Callable[[str], bool]
    has_apt: bool
    may_install: bool
    install: Callable[[Sequence[str]], None]


def this_system(environ: Mapping[str, str]) -> System:
    """Describe the machine that this runs on."""
    return System(
        has=present,
        has_apt=os.path.exists("/usr/bin/apt-get"),
        may_install=os.geteuid() == 0 and environ.get(NO_SYSTEM_PACKAGES) != "1",
        install=apt_get,
    )


def ensure(requirements: Sequence[Requirement], system: System, say: Callable[[str], None]) -> None:
    """Install what is missing, or end with the one line that does.

    Raises:
        SystemPackagesMissing: with a text that names the packages and the remedy.
    """
    lacking = missing(requirements, system.has)
    if not lacking:
        return
    packages = " ".join(each.package for each in lacking)
    if not system.has_apt:
        raise SystemPackagesMissing(
            f"This system lacks {names(lacking)}. "
            "Install them with its package manager, then start again."
        )
    if not system.may_install:
        raise SystemPackagesMissing(
            f"Missing system packages: {packages}. Install them, then start again:\n"
            f"sudo apt-get install --yes {packages}"
        )
    say(f"Missing system packages: {packages}. Installing them with")
    say(f"apt-get install --yes {packages}")
    system.install([each.package for each in lacking])
    still = missing(lacking, system.has)
    if still:
        raise SystemPackagesMissing(f"apt-get did not bring {names(still)}.")


def names(requirements: Sequence[Requirement]) -> str:
    """Name what is missing where no package name is known."""
    return ", ".join(each.names[0] for each in requirements)


def apt_get(packages: Sequence[str]) -> None:
    """Install Debian packages without a question, keeping the talk of apt for a failure.

    Raises:
        SystemPackagesMissing: with the end of what apt said.
    """
    import subprocess

    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ("-o", "DPkg::Lock::Timeout=300", "--quiet")
    said = ""
    for arguments in (("update",), ("install", "--yes", "--no-install-recommends", *packages)):
        done = subprocess.run(
            ("apt-get", *options, *arguments),
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        said += done.stdout
    if done.returncode:
        tail = "\n".join(said.splitlines()[-12:])
        raise SystemPackagesMissing(
            f"{tail}\napt-get could not install the packages. Check the network, then start again."
        )
