"""The timer behind automatic uploads, and what keeps it from ringing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from claudeusage_app.automatic import Automatic
from claudeusage_app.errors import ServerUnreachable
from claudeusage_app.tray.auto_sync import AutoSync, tomorrow

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


class Rig:
    """An automatic upload with a clock that a test sets."""

    def __init__(self, qapp: QApplication) -> None:
        self.now = NOON
        self.automatic = Automatic(15 * MINUTE, lambda: 0.0)
        self.sync = AutoSync(
            self.automatic, lambda: self.now, is_on=True, paused_until=None, parent=qapp
        )
        self.begun = 0
        self.resumed = 0
        self.sync.due.connect(self._begin)
        self.sync.resumed.connect(self._resume)

    def _begin(self) -> None:
        self.begun += 1
        self.automatic.begun()

    def _resume(self) -> None:
        self.resumed += 1

    @property
    def waits(self) -> timedelta | None:
        """How long the timer is set for."""
        (timer,) = self.sync.findChildren(QTimer)
        return timedelta(milliseconds=timer.interval()) if timer.isActive() else None

    def after(self, time: timedelta) -> None:
        self.now += time
        self.sync.look()


@pytest.fixture
def rig(qapp: QApplication) -> Iterator[Rig]:
    made = Rig(qapp)
    yield made
    made.sync.deleteLater()


def test_while_nothing_changes_no_timer_runs(rig: Rig) -> None:
    rig.sync.look()
    assert (rig.waits, rig.begun) == (None, 0)


def test_a_change_is_uploaded_when_it_has_settled(rig: Rig) -> None:
    rig.automatic.changed(rig.now)
    rig.sync.look()
    assert (rig.waits, rig.begun) == (MINUTE, 0)
    rig.after(MINUTE)
    assert rig.begun == 1
    rig.after(MINUTE)
    assert (rig.waits, rig.begun) == (None, 1)


def test_no_timer_is_shorter_than_a_minute(rig: Rig) -> None:
    rig.automatic.changed(rig.now)
    rig.after(50 * MINUTE / 60)
    assert (rig.waits, rig.begun) == (MINUTE, 0)


def test_after_a_failure_it_waits(rig: Rig) -> None:
    rig.automatic.failed(rig.now, ServerUnreachable())
    rig.automatic.failed(rig.now, ServerUnreachable())
    rig.sync.look()
    assert (rig.waits, rig.begun) == (2 * MINUTE, 0)


def test_turned_off_it_does_nothing(rig: Rig) -> None:
    rig.automatic.changed(rig.now)
    rig.sync.look()
    rig.sync.turn(on=False)
    rig.after(HOUR)
    assert (rig.waits, rig.begun) == (None, 0)
    rig.sync.turn(on=True)
    assert rig.begun == 1


def test_a_pause_ends_by_itself(rig: Rig) -> None:
    rig.automatic.changed(rig.now)
    rig.sync.pause(rig.now + HOUR)
    assert (rig.waits, rig.begun) == (HOUR, 0)
    rig.after(HOUR - MINUTE)
    assert (rig.begun, rig.resumed) == (0, 0)
    rig.after(MINUTE)
    assert (rig.begun, rig.resumed) == (1, 1)


def test_a_pause_can_be_ended(rig: Rig) -> None:
    rig.automatic.changed(rig.now - HOUR)
    rig.sync.pause(rig.now + HOUR)
    assert rig.begun == 0
    rig.sync.pause(None)
    assert rig.begun == 1


def test_what_was_due_while_the_computer_slept_is_begun_at_once(rig: Rig) -> None:
    rig.automatic.changed(rig.now)
    rig.sync.look()
    rig.after(9 * HOUR)
    assert rig.begun == 1


def test_tomorrow_is_the_next_midnight_here() -> None:
    now = datetime(2026, 11, 22, 23, 59, 59, 5).astimezone()
    assert tomorrow(now) == datetime(2026, 11, 23).astimezone()
    midnight = datetime(2026, 11, 22).astimezone()
    assert tomorrow(midnight) == datetime(2026, 11, 23).astimezone()
