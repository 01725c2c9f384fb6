"""Where trays find each other, and whether one listens."""

import os
import socket
import stat
from pathlib import Path

import pytest

from claudeusage_app.instances import (
    FolderNotPrivate,
    instance_listens,
    instance_name,
    runtime_folder,
    runtime_place,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return runtime_folder({"XDG_RUNTIME_DIR": str(tmp_path)})


def test_another_installation_is_another_instance(folder: Path) -> None:
    installations = ((folder, ""), (folder, "demo"), (folder / "x", ""))
    assert len({instance_name(data, label) for data, label in installations}) == 3


def test_the_folder_can_be_entered_by_its_owner_only(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_is_open_to_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "claudeusage").mkdir(mode=0o755)
    (tmp_path / "claudeusage").chmod(0o755)
    with pytest.raises(FolderNotPrivate):
        runtime_folder({"XDG_RUNTIME_DIR": str(tmp_path)})


def test_a_runtime_folder_whose_name_is_too_long_for_a_socket_is_replaced(tmp_path: Path) -> None:
    folder = runtime_folder({"XDG_RUNTIME_DIR": str(tmp_path / ("long" * 30))})
    assert len(os.fsencode(folder / "tray-0123456789")) < 104
    folder.rmdir()


def test_asking_makes_no_folder(tmp_path: Path) -> None:
    environ = {"XDG_RUNTIME_DIR": str(tmp_path / "run")}
    assert instance_listens(environ, tmp_path, "") is False
    assert not (tmp_path / "run").exists()


def test_a_socket_that_a_killed_tray_left_behind_is_no_tray(tmp_path: Path) -> None:
    environ = {"XDG_RUNTIME_DIR": str(tmp_path)}
    place = runtime_folder(environ) / instance_name(tmp_path, "")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as killed:
        killed.bind(str(place))
        killed.listen()
        assert instance_listens(environ, tmp_path, "") is True
    assert place.is_socket()
    assert instance_listens(environ, tmp_path, "") is False


def test_the_place_is_the_folder_that_is_made(folder: Path, tmp_path: Path) -> None:
    assert runtime_place({"XDG_RUNTIME_DIR": str(tmp_path)}) == folder
