"""What happens between ``python3 -m app`` and the program: the clone is made ready to run.

Run before anything is installed: standard library only. This module must also run on Python 3.8, to
say there that it is too old; the others are imported after that.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from environment import Clone

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def say(text: str) -> None:
    """Talk on stderr: stdout belongs to the program that is started."""
    print(text, file=sys.stderr, flush=True)


def has_display(environ: Mapping[str, str], platform: str) -> bool:
    """Tell whether a window could be shown."""
    return platform in ("darwin", "win32") or bool(
        environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    )


def profile_for(target: str, arguments: Sequence[str], *, display: bool) -> str:
    """Choose what must be installed: Qt only for a command that shows something."""
    if target == "tests":
        return "tests"
    informative = {"-h", "--help", "--version"}.intersection(arguments)
    command = next((each for each in arguments if not each.startswith("-")), None)
    return "app" if display and not informative and command in (None, "demo") else "server"


def command_for(target: str, folder: str, arguments: Sequence[str]) -> list[str]:
    """Name the program that is started in the environment."""
    from environment import program

    if target == "tests":
        checks = os.path.join(ROOT, "tests", "checks.py")
        return [program(folder, "python"), checks, *arguments]
    return [program(folder, "claudeusage"), *arguments]


def prepare(profile: str) -> str:
    """Return the folder of an environment that serves the profile, building it if there is none."""
    import environment
    import system_packages

    clone = environment.Clone(ROOT)
    folder = environment.claim(clone, profile)
    if sys.platform == "linux":
        needed = system_packages.required(profile, building=folder is None)
        system_packages.ensure(needed, system_packages.this_system(os.environ), say)
    if folder is None:
        build(clone, profile)
        folder = environment.claim(clone, profile)
    if folder is None:
        raise environment.SetupFailed("The environment was replaced meanwhile. Start again.")
    return folder


def build(clone: Clone, profile: str) -> None:
    """Build the environment, saying what goes where and how long it took."""
    import time

    import environment
    import pip_install

    if os.path.dirname(clone.link) == clone.builds:
        say("The .venv here was made by something else and stays as it is.")
    contents = {"server": "without Qt", "app": "with Qt", "tests": "with Qt and the test tools"}
    say(f"Setting up {os.path.relpath(clone.link)}, {contents[profile]}. This happens once.")
    started = time.monotonic()
    environment.build(
        clone,
        profile,
        say,
        lambda folder, extras: pip_install.pip_install(clone.root, clone.log, folder, extras),
    )
    say(f"Ready after {time.monotonic() - started:.0f} s.")


def start(command: list[str]) -> NoReturn:
    """Become the program, so that its exit code and every signal are its own."""
    sys.stdout.flush()
    if os.name == "nt":
        import subprocess

        raise SystemExit(subprocess.run(command, check=False).returncode)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def main(target: str) -> NoReturn:
    """Start ``app`` or ``tests`` with the arguments of this command."""
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        raise SystemExit(f"claudeusage needs Python 3.11 or newer; this is Python {found}.")
    from environment import SetupFailed
    from system_packages import SystemPackagesMissing

    arguments = sys.argv[1:]
    if target == "tests" and arguments in (["-h"], ["--help"]):
        start([sys.executable, os.path.join(ROOT, "tests", "checks.py"), *arguments])
    display = has_display(os.environ, sys.platform)
    profile = profile_for(target, arguments, display=display)
    try:
        folder = prepare(profile)
    except (SetupFailed, SystemPackagesMissing) as error:
        raise SystemExit(str(error)) from None
    except KeyboardInterrupt:
        say("Stopped. Nothing is half done; the same command starts again.")
        raise SystemExit(130) from None
    start(command_for(target, folder, arguments))
