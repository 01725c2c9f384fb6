"""The way from ``python3 -m app`` to the program."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap

ROOT = Path(__file__).parents[2]
BEFORE_ANYTHING = (
    "app/__main__.py",
    "tests/__main__.py",
    "resources/bootstrap.py",
    "resources/environment.py",
    "resources/pip_install.py",
    "resources/system_packages.py",
)
SOURCES = ("app", "core", "resources", "server", "pyproject.toml", "constraints.txt")


@pytest.mark.parametrize("file", BEFORE_ANYTHING)
def test_the_bootstrap_parses_on_python_3_8(file: str) -> None:
    ast.parse((ROOT / file).read_text(), feature_version=(3, 8))


def test_before_it_knows_the_version_it_imports_what_python_3_8_has() -> None:
    tree = ast.parse((ROOT / "resources/bootstrap.py").read_text())
    imports = [line for line in tree.body if isinstance(line, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(line) for line in imports] == [
        "from __future__ import annotations",
        "import os",
        "import sys",
        "from collections.abc import Mapping, Sequence",
        "from typing import TYPE_CHECKING, NoReturn",
    ]


def test_an_older_python_is_told_which_one_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18, "final", 0))
    with pytest.raises(SystemExit) as end:
        bootstrap.main("app")
    assert end.value.code == "claudeusage needs Python 3.11 or newer; this is Python 3.8.18."


@pytest.mark.parametrize("variable", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_a_display_is_told_by_its_variable(variable: str) -> None:
    assert bootstrap.has_display({variable: ":0"}, "linux")
    assert not bootstrap.has_display({variable: ""}, "linux")


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_macos_and_windows_always_have_a_display(platform: str) -> None:
    assert bootstrap.has_display({}, platform)


@pytest.mark.parametrize(
    ("arguments", "profile"),
    [
        ([], "app"),
        (["demo"], "app"),
        (["--verbose", "demo", "--once"], "app"),
        (["today"], "server"),
        (["report", "--days", "7"], "server"),
        (["--help"], "server"),
        (["demo", "--help"], "server"),
        (["--version"], "server"),
    ],
)
def test_qt_is_installed_only_for_what_shows_a_window(arguments: list[str], profile: str) -> None:
    assert bootstrap.profile_for("app", arguments, display=True) == profile


@pytest.mark.parametrize("arguments", [[], ["demo"], ["today"]])
def test_without_a_display_qt_is_never_installed(arguments: list[str]) -> None:
    assert bootstrap.profile_for("app", arguments, display=False) == "server"


def test_the_tests_have_a_profile_of_their_own() -> None:
    assert bootstrap.profile_for("tests", [], display=False) == "tests"


def test_the_help_of_the_tests_needs_no_set_up() -> None:
    told = subprocess.run(
        (sys.executable, "-m", "tests", "--help"), cwd=ROOT, capture_output=True, check=True
    )
    assert b"python3 -m tests all" in told.stdout
    assert told.stderr == b""


@pytest.mark.long
def test_a_fresh_clone_sets_itself_up_and_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = tmp_path / "a clone"
    clone.mkdir()
    ignore = shutil.ignore_patterns("__pycache__")
    for name in (*SOURCES, "README.md", "LICENSE"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, clone / name, ignore=ignore)
        else:
            shutil.copy(ROOT / name, clone / name)
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    command = (sys.executable, "-m", "app", "--help")
    first = subprocess.run(command, cwd=clone, capture_output=True, check=True, text=True)
    assert first.stderr.startswith("Setting up .venv, without Qt. This happens once.\nReady after")
    assert first.stdout.startswith("usage: claudeusage")
    second = subprocess.run(command, cwd=clone, capture_output=True, check=True, text=True)
    assert second.stderr == ""
    assert second.stdout == first.stdout
    installed = {path.name.split("-")[0].lower() for path in clone.glob(".venv/**/*.dist-info")}
    assert "fastapi" in installed
    assert not {"pyside6_essentials", "shiboken6", "pytest"} & installed
