"""The rules of the house, each seen to be broken by one import."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("app", "core", "resources", "server")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
    "contracts"
]

PLANTED = [
    (
        "app and server stand on core and never import each other",
        "app/claudeusage_app/planted.py",
        "import claudeusage_server",
    ),
    (
        "core does no input or output",
        "core/claudeusage_core/usage.py",
        "import pathlib",
    ),
    (
        "core is layered from the transcript up to the payload",
        "core/claudeusage_core/usage.py",
        "import claudeusage_core.pricing",
    ),
    (
        "core is layered from the transcript up to the payload",
        "core/claudeusage_core/planted.py",
        "",
    ),
    (
        "Qt stays in the tray",
        "app/claudeusage_app/planted.py",
        "from PySide6.QtCore import QObject",
    ),
    (
        "HTTP is spoken by the app's api and the server's sign-in",
        "app/claudeusage_app/planted.py",
        "import httpx",
    ),
    (
        "HTTP is spoken by the app's api and the server's sign-in",
        "server/claudeusage_server/private/planted.py",
        "import authlib",
    ),
    (
        "the keyring is opened by the app's credentials",
        "app/claudeusage_app/planted.py",
        "import keyring",
    ),
    (
        "only publish sees both the private and the public side of the server",
        "server/claudeusage_server/public/planted.py",
        "import claudeusage_server.private",
    ),
    (
        "only publish sees both the private and the public side of the server",
        "server/claudeusage_server/private/planted.py",
        "import claudeusage_server.public",
    ),
    (
        "only publish sees both the private and the public side of the server",
        "server/claudeusage_server/drawn/planted.py",
        "import claudeusage_server.public",
    ),
    (
        "the server sees of core only wire, pricing, models and figures",
        "server/claudeusage_server/planted.py",
        "import claudeusage_core.usage",
    ),
    (
        "there are no cycles",
        "app/claudeusage_app/planted.py",
        "import claudeusage_app.planted_too",
    ),
]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    for folder in FOLDERS:
        ignore = shutil.ignore_patterns("__pycache__", "*.jsonl", "*.json")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignore)
    for side in ("private", "public"):
        package = tmp_path / "server/claudeusage_server" / side
        package.mkdir(exist_ok=True)
        (package / "__init__.py").touch()
    too = tmp_path / "app/claudeusage_app/planted_too.py"
    too.write_text("import claudeusage_app.planted\n")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(sources: Path) -> str:
    command = (str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache")
    path = {"PYTHONPATH": os.pathsep.join(str(sources / folder) for folder in FOLDERS)}
    return subprocess.run(
        command, cwd=sources, env=path, capture_output=True, check=False, encoding="utf-8"
    ).stdout


@pytest.mark.parametrize(("contract", "file", "line"), PLANTED)
def test_a_planted_import_breaks_its_contract(
    sources: Path, contract: str, file: str, line: str
) -> None:
    with (sources / file).open("a") as module:
        module.write(f"\n{line}\n")
    assert f"{contract} BROKEN" in lint(sources)


def test_every_contract_is_tried() -> None:
    assert {contract["name"] for contract in CONTRACTS} == {name for name, _, _ in PLANTED}
