"""The jobs of the worker that reads: figures first, hints and walks after."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic

import pytest
from pytestqt.qtbot import QtBot

from claudeusage_app.ledger.errors import LedgerUnavailable
from claudeusage_app.settings import Settings
from claudeusage_app.tray.bridge import Bridge
from claudeusage_app.tray.scanning import PAUSE_SECONDS, QUIET_WALKS, Scanning
from claudeusage_app.tray.situation import IconState, Situation, tray_view
from tests.app.tray.stand_in import NOW, StandIn, today


class Reader(StandIn):
    """Fails, or takes note of the situation, while it reads."""

    bridge: Bridge
    before: Situation | None = None
    breaks: Exception | None = None

    def note(self) -> bool:
        self.before = self.before or self.bridge.situation
        if self.breaks:
            raise self.breaks
        return True


@pytest.fixture
def program(tmp_path: Path, bridge: Bridge) -> Reader:
    made = Reader(tmp_path, settings=Settings(walk_seconds=60))
    made.bridge = bridge
    made.found = made.note
    return made


def now() -> datetime:
    return NOW


def walk_quietly(scanning: Scanning, program: Reader, qtbot: QtBot) -> None:
    for _ in range(QUIET_WALKS + 1):
        walks = program.collected
        scanning.walk()
        qtbot.waitUntil(partial(_has_walked, program, walks))


def _has_walked(program: Reader, before: int) -> bool:
    return program.collected > before


@pytest.fixture
def scanning(program: Reader, bridge: Bridge) -> Iterator[Scanning]:
    made = Scanning(program, bridge, now=now, monotonic=monotonic)
    yield made
    made.stop()
    assert made.join(10)


def test_the_ledgers_figures_are_told_before_the_first_scan_ends(
    scanning: Scanning, program: Reader, qtbot: QtBot
) -> None:
    scanning.start()
    qtbot.waitUntil(lambda: program.before is not None)
    assert program.before is not None
    assert program.before.today == program.figures


def test_a_hint_is_followed_by_a_look_and_new_figures(
    scanning: Scanning, program: Reader, bridge: Bridge, qtbot: QtBot
) -> None:
    root = program.roots()[0]
    root.mkdir()
    scanning.start()
    qtbot.waitUntil(lambda: program.collected > 0)
    program.figures = today(cost_microusd=13_000_000)
    (root / "one.jsonl").write_text("{}\n")
    qtbot.waitUntil(lambda: bridge.situation.today == program.figures)


def test_a_hint_leads_to_a_look_at_the_hinted_transcript_only(
    scanning: Scanning, program: Reader, qtbot: QtBot
) -> None:
    transcript = program.roots()[0].resolve() / "one.jsonl"
    transcript.parent.mkdir()
    scanning.start()
    qtbot.waitUntil(lambda: program.looks == [None])
    transcript.write_text("{}\n")
    qtbot.waitUntil(lambda: frozenset({str(transcript)}) in program.looks)


def test_a_new_folder_leads_to_a_look_at_everything(
    scanning: Scanning, program: Reader, qtbot: QtBot
) -> None:
    program.roots()[0].mkdir()
    scanning.start()
    qtbot.waitUntil(lambda: program.looks == [None])
    (program.roots()[0] / "project").mkdir()
    qtbot.waitUntil(lambda: program.looks == [None, None])


def test_a_burst_of_hints_is_few_looks_and_the_last_one_is_not_lost(
    scanning: Scanning, program: Reader, bridge: Bridge, qtbot: QtBot
) -> None:
    transcript = program.roots()[0] / "one.jsonl"
    transcript.parent.mkdir()
    program.found = lambda: True
    scanning.start()
    qtbot.waitUntil(lambda: bridge.situation.today is not None and program.looks == [None])
    began = monotonic()
    for number in range(1, 301):
        with transcript.open("a") as stream:
            stream.write("{}\n")
        program.figures = today(cost_microusd=number)
    qtbot.waitUntil(lambda: bridge.situation.today == program.figures)
    assert len(program.looks) <= 2 + (monotonic() - began) / PAUSE_SECONDS


def test_after_a_look_that_failed_the_next_one_is_at_everything(
    scanning: Scanning, program: Reader, bridge: Bridge, qtbot: QtBot
) -> None:
    transcript = program.roots()[0] / "one.jsonl"
    transcript.parent.mkdir()
    scanning.start()
    qtbot.waitUntil(lambda: program.looks == [None])
    program.breaks = LedgerUnavailable()
    transcript.write_text("{}\n")
    qtbot.waitUntil(lambda: bridge.situation.scan_error is program.breaks)
    program.breaks = None
    transcript.write_text("{}\n{}\n")
    qtbot.waitUntil(lambda: bridge.situation.scan_error is None)
    assert program.looks[-1] is None


def test_an_unforeseen_error_is_a_problem_and_the_next_good_scan_ends_it(
    scanning: Scanning, program: Reader, bridge: Bridge, qtbot: QtBot
) -> None:
    program.breaks = RuntimeError("a line of a transcript")
    scanning.start()
    qtbot.waitUntil(lambda: bridge.situation.scan_error is not None)
    view = tray_view(bridge.situation, NOW)
    assert view.state is IconState.PROBLEM
    assert view.state_line == "Something unexpected went wrong."
    program.breaks = LedgerUnavailable()
    scanning.walk()
    qtbot.waitUntil(lambda: bridge.situation.scan_error is program.breaks)
    program.breaks = None
    scanning.walk()
    qtbot.waitUntil(lambda: bridge.situation.scan_error is None)


def test_walks_get_rarer_while_nothing_happens_and_events_are_trusted(
    scanning: Scanning, program: Reader, qtbot: QtBot
) -> None:
    program.found = bool
    program.roots()[0].mkdir()
    scanning.start()
    walk_quietly(scanning, program, qtbot)
    qtbot.waitUntil(lambda: scanning.seconds_to_next_walk == 300)


def test_without_the_watcher_walks_stay_as_they_are_set(
    program: Reader, bridge: Bridge, qtbot: QtBot
) -> None:
    program.settings = Settings(walk_seconds=60, watch=False)
    program.found = bool
    scanning = Scanning(program, bridge, now=now, monotonic=monotonic)
    scanning.start()
    walk_quietly(scanning, program, qtbot)
    assert scanning.seconds_to_next_walk == 60
    scanning.stop()
    assert scanning.join(10)
