"""What pyproject.toml asks for, and what constraints.txt pins."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pip_install import ALONE
from system_packages import QT

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINS = [
    Requirement(line)
    for line in (ROOT / "constraints.txt").read_text().splitlines()
    if line and not line.startswith("#")
]


def asked_for() -> list[Requirement]:
    project = SETTINGS["project"]
    extras = project["optional-dependencies"].values()
    lines = [
        *SETTINGS["build-system"]["requires"],
        *project["dependencies"],
        *(line for lines in extras for line in lines),
    ]
    lines += [name for names in ALONE.values() for name in names]
    return [Requirement(line) for line in lines if not line.startswith("claudeusage")]


def applies(requirement: Requirement, python: str) -> bool:
    if requirement.marker is None:
        return True
    return requirement.marker.evaluate({"python_version": python, "sys_platform": "linux"})


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("requirement", asked_for(), ids=str)
def test_every_dependency_is_pinned_to_a_version_that_it_allows(
    requirement: Requirement, python: str
) -> None:
    if not applies(requirement, python):
        return
    name = canonicalize_name(requirement.name)
    pins = [pin for pin in PINS if pin.name == name and applies(pin, python)]
    assert len(pins) == 1
    assert all(requirement.specifier.contains(pin.version) for pin in pins[0].specifier)


def test_what_is_installed_here_is_what_is_pinned() -> None:
    pinned = {pin.name: str(pin.specifier) for pin in PINS if applies(pin, "3.11")}
    pinned |= {pin.name: str(pin.specifier) for pin in PINS if pin.marker and pin.marker.evaluate()}
    for distribution in metadata.distributions():
        name = canonicalize_name(distribution.name)
        if name not in ("claudeusage", "pip", "setuptools"):  # the last two come with Python
            assert pinned.get(name) == f"=={distribution.version}", name


def test_every_pin_is_exact_and_names_no_index() -> None:
    text = (ROOT / "constraints.txt").read_text()
    assert not re.search(r"https?:|--|@|\.org|\.com", text)
    for pin in PINS:
        assert [specifier.operator for specifier in pin.specifier] == ["=="]
        assert pin.name == canonicalize_name(pin.name)


def test_the_pins_are_sorted() -> None:
    names = [pin.name for pin in PINS]
    assert names == sorted(names)


def test_pyside_stays_below_6_12_on_python_3_11() -> None:
    (pin,) = (pin for pin in PINS if pin.name == "pyside6-essentials" and applies(pin, "3.11"))
    assert str(pin.specifier).startswith("==6.11.")


@pytest.mark.parametrize("script", ["claudeusage", "claudeusage-server", "claudeusage-sync"])
def test_every_script_can_be_loaded(script: str) -> None:
    (entry,) = metadata.entry_points(group="console_scripts", name=script)
    assert callable(entry.load())


def test_an_installed_package_asks_for_the_same_libraries_as_a_clone() -> None:
    settings = tomllib.loads((ROOT / "briefcase.toml").read_text())["tool"]["briefcase"]
    debian = settings["app"]["claudeusage-app"]["linux"]["system"]["debian"]
    assert debian["system_runtime_requires"] == [each.package for each in QT]


def test_the_version_is_that_of_core() -> None:
    text = (ROOT / "core/claudeusage_core/__init__.py").read_text()
    assert f'__version__ = "{metadata.version("claudeusage")}"' in text
