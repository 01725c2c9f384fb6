"""The clock: midnight comes without any event, and the walk at the pace that it is given."""

from datetime import datetime, timedelta

from pytestqt.qtbot import QtBot

from claudeusage_app.tray.clock import Clock
from tests.app.tray.stand_in import NOW


class Hands:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_the_day_ends_without_any_event(qtbot: QtBot) -> None:
    hands = Hands()
    clock = Clock(hands, lambda: 3_600)
    until = NOW + timedelta(milliseconds=200)
    with qtbot.waitSignal(clock.day_over, timeout=5_000):
        clock.day_ends(until)
        hands.now = until


def test_a_day_that_ended_while_the_timers_stood_still_is_noticed_at_the_next_walk(
    qtbot: QtBot,
) -> None:
    hands = Hands()
    clock = Clock(hands, lambda: 1)
    clock.day_ends(NOW + timedelta(hours=8))
    hands.now = NOW + timedelta(hours=9)
    with qtbot.waitSignals([clock.day_over, clock.walk_due], timeout=5_000):
        clock.start()
