"""The jobs of the network's worker: what is sent is what was shown, and only after a yes."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Slot
from pytestqt.qtbot import QtBot

from claudeusage_app.automatic import Automatic
from claudeusage_app.errors import NotLinked, ServerUnreachable, TokenRejected
from claudeusage_app.tray.bridge import Bridge
from claudeusage_app.tray.preview_view import PreviewView, Stage
from claudeusage_app.tray.situation import IconState, tray_view
from claudeusage_app.tray.uploading import Uploading
from claudeusage_core.errors import ClaudeusageError
from tests.app.tray.stand_in import LINK, NOW, StandIn, prepared

EVERY = timedelta(minutes=15)


class Window(QObject):
    """Keeps the views that the preview window would have shown."""

    def __init__(self) -> None:
        super().__init__()
        self.views: list[PreviewView] = []

    @Slot(object)
    def show_view(self, view: PreviewView) -> None:
        self.views.append(view)

    @property
    def stages(self) -> list[Stage]:
        return [view.stage for view in self.views]


@pytest.fixture
def program(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


@pytest.fixture
def window(bridge: Bridge) -> Window:
    made = Window()
    bridge.preview_changed.connect(made.show_view)
    return made


@pytest.fixture
def automatic() -> Automatic:
    return Automatic(EVERY, lambda: 0.0)


@pytest.fixture
def uploading(program: StandIn, bridge: Bridge, automatic: Automatic) -> Iterator[Uploading]:
    made = Uploading(program, bridge, automatic, lambda: NOW)
    made.start()
    yield made
    made.stop()
    assert made.join(10)


def test_a_preview_is_shown_and_nothing_is_sent(
    uploading: Uploading, program: StandIn, window: Window, qtbot: QtBot
) -> None:
    uploading.preview()
    qtbot.waitUntil(lambda: window.stages == [Stage.READING, Stage.READY])
    assert window.views[-1].prepared is program.upload_ready
    assert window.views[-1].link == LINK
    assert not program.uploaded


def test_accepting_sends_the_bytes_that_were_shown(
    uploading: Uploading, program: StandIn, window: Window, bridge: Bridge, qtbot: QtBot
) -> None:
    uploading.preview()
    qtbot.waitUntil(lambda: Stage.READY in window.stages)
    shown = window.views[-1]
    assert shown.prepared is not None
    program.upload_ready = prepared(())  # newer numbers wait for the next upload
    uploading.upload(shown)
    qtbot.waitUntil(lambda: Stage.SENT in window.stages)
    assert program.accepted == program.uploaded == [shown.prepared.body]
    qtbot.waitUntil(lambda: bridge.situation.last_upload == NOW)


def test_sync_now_without_an_accepted_preview_shows_it_instead(
    uploading: Uploading, program: StandIn, window: Window, qtbot: QtBot
) -> None:
    uploading.sync()
    qtbot.waitUntil(lambda: window.stages == [Stage.READY])
    assert not program.uploaded


def test_sync_now_with_an_accepted_preview_sends_and_opens_nothing(
    uploading: Uploading, program: StandIn, window: Window, bridge: Bridge, qtbot: QtBot
) -> None:
    program.upload_ready = prepared(accepted_before=True)
    uploading.sync()
    qtbot.waitUntil(lambda: bridge.situation.last_upload == NOW)
    assert program.uploaded == [program.upload_ready.body]
    assert not window.views


def test_sync_now_with_nothing_to_send_says_so(
    uploading: Uploading, program: StandIn, bridge: Bridge, qtbot: QtBot
) -> None:
    program.upload_ready = None
    uploading.sync()
    qtbot.waitUntil(lambda: bridge.situation.answer == "Everything is already there")


def test_a_server_that_is_down_is_offline_and_no_problem(
    uploading: Uploading, program: StandIn, bridge: Bridge, window: Window, qtbot: QtBot
) -> None:
    program.fails = ServerUnreachable()
    uploading.sync()
    qtbot.waitUntil(lambda: bridge.situation.sync_error is program.fails)
    qtbot.waitUntil(lambda: not bridge.situation.syncing)
    assert tray_view(bridge.situation, NOW).state is IconState.OFFLINE
    assert not window.views


def test_an_upload_that_fails_keeps_what_was_shown(
    uploading: Uploading, program: StandIn, window: Window, qtbot: QtBot
) -> None:
    uploading.preview()
    qtbot.waitUntil(lambda: Stage.READY in window.stages)
    shown = window.views[-1]
    program.fails = ServerUnreachable()
    uploading.upload(shown)
    qtbot.waitUntil(lambda: Stage.FAILED in window.stages)
    assert window.views[-1].prepared is shown.prepared
    assert window.views[-1].may_upload


def test_without_a_link_sync_now_opens_the_window_that_says_how(
    uploading: Uploading, program: StandIn, window: Window, qtbot: QtBot
) -> None:
    program.linked, program.fails = None, NotLinked()
    uploading.sync()
    qtbot.waitUntil(lambda: window.stages == [Stage.FAILED])
    assert isinstance(window.views[0].error, NotLinked)


def test_an_automatic_upload_says_nothing_and_shows_nothing(
    uploading: Uploading, program: StandIn, window: Window, automatic: Automatic, qtbot: QtBot
) -> None:
    program.upload_ready = accepted = prepared(accepted_before=True)
    assert automatic.due(NOW) is not None  # what was counted while the tray did not run
    uploading.sync_by_itself()
    qtbot.waitUntil(lambda: automatic.due(NOW) is None and bool(program.uploaded))
    assert program.uploaded == [accepted.body]
    assert window.views == []
    uploading.changed()
    assert automatic.due(NOW) == NOW + EVERY


def test_an_automatic_upload_that_nobody_accepted_waits_for_the_person(
    uploading: Uploading, program: StandIn, window: Window, bridge: Bridge, qtbot: QtBot
) -> None:
    program.upload_ready = prepared(accepted_before=False)
    uploading.sync_by_itself()
    qtbot.waitUntil(lambda: bridge.situation.sync_error is not None)
    view = tray_view(bridge.situation, NOW)
    assert view.state is IconState.WAITING
    assert view.state_line == "No preview has been accepted yet, so nothing was sent."
    assert (window.views, program.uploaded) == ([], [])


def test_without_a_link_nothing_is_tried(
    uploading: Uploading, program: StandIn, bridge: Bridge, automatic: Automatic, qtbot: QtBot
) -> None:
    program.linked, program.fails = None, NotLinked()
    uploading.sync_by_itself()
    qtbot.waitUntil(lambda: automatic.due(NOW) is None)
    assert bridge.situation.sync_error is None


@pytest.mark.parametrize(
    ("error", "state", "minutes"),
    [(ServerUnreachable(), IconState.OFFLINE, 1), (TokenRejected(), IconState.PROBLEM, 60)],
)
def test_a_failed_automatic_upload_is_a_state_and_is_due_again_later(  # noqa: PLR0917 -- fixtures and cases
    uploading: Uploading,
    program: StandIn,
    bridge: Bridge,
    automatic: Automatic,
    qtbot: QtBot,
    error: ClaudeusageError,
    state: IconState,
    minutes: int,
) -> None:
    program.fails = error
    uploading.sync_by_itself()
    qtbot.waitUntil(lambda: bridge.situation.sync_error is error)
    assert tray_view(bridge.situation, NOW).state is state
    assert automatic.due(NOW) == NOW + timedelta(minutes=minutes)
    program.fails, program.upload_ready = None, prepared(accepted_before=True)
    uploading.sync()
    qtbot.waitUntil(lambda: bool(program.uploaded))
    qtbot.waitUntil(lambda: bridge.situation.sync_error is None)
    assert automatic.due(NOW) is None


def test_what_was_chosen_in_the_menu_is_kept(
    uploading: Uploading, program: StandIn, qtbot: QtBot
) -> None:
    uploading.change_settings(automatic_sync=False)
    qtbot.waitUntil(lambda: program.changes == {"automatic_sync": False})


def test_an_upload_before_the_tray_was_started_counts_for_the_pause(
    uploading: Uploading, program: StandIn, bridge: Bridge, automatic: Automatic, qtbot: QtBot
) -> None:
    uploading.stop()
    program.uploaded.append(b"by an earlier run")
    again = Uploading(program, bridge, automatic, lambda: NOW)
    again.start()
    qtbot.waitUntil(lambda: automatic.due(NOW) == NOW + EVERY)
    again.stop()
    assert again.join(10)
