"""The bridge: what workers tell arrives in the window's thread, whole and not too often."""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise

import pytest
from PySide6.QtCore import QElapsedTimer, QObject, QThread, Slot
from pytestqt.qtbot import QtBot

from claudeusage_app.tray.bridge import PAUSE_MS, Bridge
from claudeusage_app.tray.preview_view import PreviewView, Stage
from claudeusage_app.tray.situation import Situation


class Listener(QObject):
    """Keeps what arrives, and on which thread and when."""

    def __init__(self) -> None:
        super().__init__()
        self.situations: list[Situation] = []
        self.previews: list[PreviewView] = []
        self.threads: set[QThread] = set()
        self.moments: list[int] = []
        self._clock = QElapsedTimer()
        self._clock.start()

    @Slot(object)
    def situation(self, value: Situation) -> None:
        self.situations.append(value)
        self.threads.add(QThread.currentThread())
        self.moments.append(self._clock.elapsed())

    @Slot(object)
    def preview(self, value: PreviewView) -> None:
        self.previews.append(value)


@pytest.fixture
def listener(bridge: Bridge) -> Listener:
    made = Listener()
    bridge.situation_changed.connect(made.situation)
    bridge.preview_changed.connect(made.preview)
    return made


def answers(number: int, known: Situation) -> Situation:
    return replace(known, answer=str(number))


def from_a_worker(job: Callable[[], None]) -> None:
    thread = threading.Thread(target=job)
    thread.start()
    thread.join()


def test_a_thousand_changes_arrive_as_few_and_end_with_the_last(
    bridge: Bridge, listener: Listener, qtbot: QtBot
) -> None:
    def talk() -> None:
        for number in range(1_000):
            bridge.tell(partial(answers, number))

    worker = threading.Thread(target=talk)
    worker.start()
    qtbot.waitUntil(lambda: bool(listener.situations) and listener.situations[-1].answer == "999")
    worker.join()
    assert len(listener.situations) <= 3
    assert listener.threads == {bridge.thread()}
    pauses = [later - earlier for earlier, later in pairwise(listener.moments)]
    assert all(pause >= PAUSE_MS - 20 for pause in pauses)


def test_a_change_that_changes_nothing_is_not_delivered(
    bridge: Bridge, listener: Listener, qtbot: QtBot
) -> None:
    from_a_worker(lambda: bridge.tell(lambda known: replace(known, answer="")))
    from_a_worker(lambda: bridge.tell_preview(PreviewView(Stage.READING)))
    qtbot.waitUntil(lambda: bool(listener.previews))
    assert not listener.situations


def test_two_thousand_signals_do_not_end_the_process(
    bridge: Bridge, listener: Listener, qtbot: QtBot
) -> None:
    """PySide6 6.12.0 aborts on Python 3.11 after some 570 of them."""

    def talk() -> None:
        for _ in range(2_000):
            bridge.tell_preview(PreviewView(Stage.READING))

    from_a_worker(talk)
    qtbot.waitUntil(lambda: len(listener.previews) == 2_000)
