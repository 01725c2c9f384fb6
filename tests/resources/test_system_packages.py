"""What is missing on a machine, and what is then said or done."""

from collections.abc import Sequence

import pytest

from system_packages import (
    QT,
    TESTS,
    VENV,
    System,
    SystemPackagesMissing,
    ensure,
    present,
    required,
    this_system,
)


class Machine:
    """A machine that lacks some files until their packages are installed."""

    def __init__(self, *lacks: str) -> None:
        self.lacks = set(lacks)
        self.installed: list[str] = []

    def has(self, name: str) -> bool:
        return name not in self.lacks

    def install(self, packages: Sequence[str]) -> None:
        self.installed += packages
        self.lacks.clear()

    def system(self, *, has_apt: bool = True, may_install: bool = False) -> System:
        return System(self.has, has_apt, may_install, self.install)


def ignore(_: object) -> None:
    """Take what comes."""


def refuse_to_speak(text: str) -> None:
    raise AssertionError(text)


def test_without_a_display_no_library_of_qt_is_asked_for() -> None:
    assert required("server", building=False) == ()
    assert required("server", building=True) == (VENV,)


def test_the_tests_need_what_the_app_needs_and_their_programs() -> None:
    assert required("app", building=False) == QT
    assert required("tests", building=False) == QT + TESTS


def test_a_complete_machine_is_silent() -> None:
    ensure(required("tests", building=True), Machine().system(), refuse_to_speak)


def test_somebody_who_is_not_root_gets_one_line_to_copy() -> None:
    machine = Machine("libGL.so.1", "libxcb-cursor.so.0")
    with pytest.raises(SystemPackagesMissing) as error:
        ensure(QT, machine.system(), refuse_to_speak)
    lines = str(error.value).splitlines()
    assert lines == [
        "Missing system packages: libgl1 libxcb-cursor0. Install them, then start again:",
        "sudo apt-get install --yes libgl1 libxcb-cursor0",
    ]
    assert not machine.installed


def test_root_has_them_installed_and_reads_the_command() -> None:
    machine = Machine("libGL.so.1", "Xvfb")
    said: list[str] = []
    ensure((*QT, *TESTS), machine.system(may_install=True), said.append)
    assert machine.installed == ["libgl1", "xvfb"]
    assert said == [
        "Missing system packages: libgl1 xvfb. Installing them with",
        "apt-get install --yes libgl1 xvfb",
    ]


def test_a_package_that_does_not_bring_its_file_is_an_error() -> None:
    machine = Machine("libGL.so.1")
    system = machine.system(may_install=True)._replace(install=ignore)
    with pytest.raises(SystemPackagesMissing, match=r"did not bring libGL\.so\.1"):
        ensure(QT, system, ignore)


def test_where_there_is_no_apt_the_files_are_named() -> None:
    machine = Machine("libGL.so.1", "libEGL.so.1")
    with pytest.raises(
        SystemPackagesMissing, match=r"lacks libGL\.so\.1, libEGL\.so\.1\."
    ) as error:
        ensure(QT, machine.system(has_apt=False, may_install=True), refuse_to_speak)
    assert "apt" not in str(error.value)


def test_one_of_several_browsers_is_enough() -> None:
    ensure(TESTS, Machine("chromium", "chromium-browser").system(), refuse_to_speak)


def test_root_may_forbid_the_installation() -> None:
    assert not this_system({"CLAUDEUSAGE_NO_SYSTEM_PACKAGES": "1"}).may_install


@pytest.mark.parametrize("name", ["libnothing.so.9", "no-such-program", "fonts/none"])
def test_what_is_nowhere_is_not_present(name: str) -> None:
    assert not present(name)


def test_a_library_is_found_where_only_the_loader_knows_it() -> None:
    assert present("libc.so.6")
