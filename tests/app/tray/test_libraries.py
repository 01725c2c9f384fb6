"""The check for Qt's system libraries: what is missing is named, with the line that helps."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from claudeusage_app.tray.libraries import (
    ldd_says,
    missing_libraries,
    platform_name,
    remedy,
    require_libraries,
)

LDD = """
	libxcb-cursor.so.0 => not found
	libGL.so.1 => /lib/x86_64-linux-gnu/libGL.so.1 (0x00007f)
	libEGL.so.1 => not found
	libodd.so.3 => not found
	libEGL.so.1 => not found
"""


def test_each_missing_library_is_named_once() -> None:
    assert missing_libraries(LDD) == ("libEGL.so.1", "libodd.so.3", "libxcb-cursor.so.0")


def test_the_remedy_is_one_line_of_apt_and_the_names_that_it_does_not_know() -> None:
    assert remedy(missing_libraries(LDD)) == (
        "Install them: sudo apt-get install --yes libegl1 libxcb-cursor0 Missing: libodd.so.3."
    )


def test_libraries_that_are_there_are_not_missed() -> None:
    require_libraries(os.environ)


@pytest.mark.skipif(sys.platform != "linux", reason="ldd is Linux's")
def test_what_ldd_is_asked_about_it_answers() -> None:
    assert "libc.so" in ldd_says([Path(sys.executable)])
    assert ldd_says([Path("/nowhere/at/all.so")]) == ""


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"DISPLAY": ":0"}, "xcb"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "wayland"),
        ({"WAYLAND_DISPLAY": "wayland-0", "XDG_SESSION_TYPE": "x11"}, "xcb"),
        ({"QT_QPA_PLATFORM": "offscreen:size=1x1;xcb"}, "offscreen"),
    ],
)
def test_the_plugin_that_qt_will_choose_is_checked(environ: dict[str, str], name: str) -> None:
    assert platform_name(environ) == name


def test_the_package_can_be_imported_before_qt(tmp_path: Path) -> None:
    code = "import sys, claudeusage_app.tray; assert 'PySide6' not in sys.modules"
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
