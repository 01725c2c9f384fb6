"""One tray per installation."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLockFile
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from claudeusage_app.tray.single_instance import (
    FirstDoesNotAnswer,
    FolderNotPrivate,
    SingleInstance,
    instance_name,
    runtime_folder,
)

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return runtime_folder({"XDG_RUNTIME_DIR": str(tmp_path)})


@pytest.fixture
def first(folder: Path) -> Iterator[SingleInstance]:
    made = SingleInstance(folder, "tray-test")
    assert made.claim()
    yield made
    made.release()


def test_the_second_start_makes_the_first_one_show_itself(
    first: SingleInstance, folder: Path, qtbot: QtBot
) -> None:
    second = SingleInstance(folder, "tray-test")
    assert not second.claim()
    with qtbot.waitSignal(first.shown):
        second.ask_to_show()


def test_a_first_one_that_does_not_listen_is_an_error(folder: Path) -> None:
    lock = QLockFile(str(folder / "tray-mute.lock"))
    assert lock.tryLock(0)
    second = SingleInstance(folder, "tray-mute")
    assert not second.claim()
    with pytest.raises(FirstDoesNotAnswer):
        second.ask_to_show()


def test_another_installation_is_another_instance(folder: Path) -> None:
    installations = ((folder, ""), (folder, "demo"), (folder / "x", ""))
    assert len({instance_name(data, label) for data, label in installations}) == 3


def test_after_a_release_the_next_start_is_the_first(first: SingleInstance, folder: Path) -> None:
    first.release()
    second = SingleInstance(folder, "tray-test")
    assert second.claim()
    second.release()


def test_anything_else_that_is_said_is_ignored(
    first: SingleInstance, folder: Path, qtbot: QtBot
) -> None:
    with qtbot.assertNotEmitted(first.shown, wait=200):
        socket = QLocalSocket()
        socket.connectToServer(str(folder / "tray-test"))
        assert socket.waitForConnected(1_000)
        socket.write(b"show" * 1_000)
        socket.flush()


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
