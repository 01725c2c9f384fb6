"""How pip fills an environment: the project as editable source, everything else as pinned.

Run before anything is installed: standard library only.
"""

from __future__ import annotations

import os
import subprocess
import sys

from environment import SetupFailed, program

DIVERTING = ("PIP_PREFIX", "PIP_TARGET", "PIP_USER", "PYTHONHOME", "PYTHONPATH")
"""Variables with which pip or Python would look or install elsewhere."""

ALONE = {"tests": ("litellm",)}
"""What extras need besides, without what it would bring: its data is read, its code never run."""

CAUSES = (
    (
        ("No space left on device", "Errno 28", "Errno 122"),
        "The disk is full. Make about 2 GB of room, then start again.",
    ),
    (
        (
            "ConnectTimeout",
            "Connection broken",
            "Connection refused",
            "Failed to establish a new connection",
            "NameResolutionError",
            "No matching distribution found",
            "ProxyError",
            "Read timed out",
            "name resolution",
        ),
        "The package index could not be reached. Check the network, then start again.",
    ),
)


def pip_install(root: str, log: str, folder: str, extras: str) -> None:
    """Create an environment in *folder* and install the project with *extras* into it.

    Raises:
        SetupFailed: with the end of what pip said, and a remedy.
    """
    environ = {name: value for name, value in os.environ.items() if name not in DIVERTING}
    # Relative, because pip splits these at blanks. The second is for pip 25.3 and later.
    environ.update(PIP_CONSTRAINT="constraints.txt", PIP_BUILD_CONSTRAINT="constraints.txt")
    with open(log, "w+b") as output:
        for command in commands(folder, extras):
            done = subprocess.run(
                command,
                cwd=root,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
            if done.returncode:
                output.seek(0)
                raise SetupFailed(explain(output.read().decode(errors="replace"), log))


def commands(folder: str, extras: str) -> list[list[str]]:
    """List what is run, in this order."""
    pip = [program(folder, "python"), "-m", "pip", "install"]
    pip += ["--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    alone = ["--no-deps", "--no-compile", "--only-binary=:all:"]
    return [
        [sys.executable, "-m", "venv", folder],
        [*pip, "-e", f".[{extras}]"],
        *([*pip, *alone, name] for name in ALONE.get(extras, ())),
    ]


def explain(said: str, log: str) -> str:
    """Put the end of the log and the likely cause into words."""
    lines = [line.strip() for line in said.splitlines()]
    tail = "\n".join(f"    {line:.110}" for line in [line for line in lines if line][-6:])
    for signs, remedy in CAUSES:
        if any(sign in said for sign in signs):
            return f"{tail}\n{remedy}\nEverything that pip said is in {log}."
    return f"{tail}\nThe set-up failed. Everything that pip said is in {log}."
