"""One tray per installation."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLockFile
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from claudeusage_app.instances import instance_listens, instance_name, runtime_folder
from claudeusage_app.tray.single_instance import FirstDoesNotAnswer, SingleInstance

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


def test_whoever_asks_without_qt_hears_whether_the_tray_listens(
    tmp_path: Path, qtbot: QtBot
) -> None:
    environ = {"XDG_RUNTIME_DIR": str(tmp_path)}
    tray = SingleInstance(runtime_folder(environ), instance_name(tmp_path, ""))
    assert instance_listens(environ, tmp_path, "") is False
    assert tray.claim()
    with qtbot.assertNotEmitted(tray.shown, wait=200):
        assert instance_listens(environ, tmp_path, "") is True
        assert instance_listens(environ, tmp_path, "demo") is False
    tray.release()
    assert instance_listens(environ, tmp_path, "") is False


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
