"""What the tray shows and sends is what the command line shows: the same stored bytes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from claudeusage_app.automatic import Automatic
from claudeusage_app.program import Program
from claudeusage_app.tray.bridge import Bridge
from claudeusage_app.tray.preview_view import PreviewView, Stage
from claudeusage_app.tray.uploading import Uploading
from tests.processes import claudeusage
from tests.small_server import SmallServer, listening
from tests.transcript_lines import usage_line, write_transcript

AT = "2026-11-20T10:00:00.000Z"


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with listening(SmallServer(grants={})) as made:
        yield made


@pytest.fixture
def environ(tmp_path: Path, server: SmallServer) -> dict[str, str]:
    """Give the environment of a linked computer."""
    made = {
        "HOME": str(tmp_path / "home"),
        "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
        "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "program"),
        "CLAUDEUSAGE_API": server.origin,
        "LANG": "C.UTF-8",
    }
    write_transcript(tmp_path / "claude/projects", usage_line(1, AT))
    linked = claudeusage("link", "--store", "file", environ=made)
    assert linked.code == 0, linked.err
    assert claudeusage("today", environ=made).code == 0
    return made


@pytest.fixture
def views(bridge: Bridge) -> list[PreviewView]:
    made: list[PreviewView] = []
    bridge.preview_changed.connect(made.append)
    return made


@pytest.fixture
def uploading(environ: dict[str, str], bridge: Bridge) -> Iterator[Uploading]:
    automatic = Automatic(timedelta(minutes=15), lambda: 0.0)
    made = Uploading(Program.open(environ), bridge, automatic, _now)
    made.start()
    yield made
    made.stop()
    assert made.join(10)


def shown(views: list[PreviewView], stage: Stage, qtbot: QtBot) -> PreviewView:
    qtbot.waitUntil(lambda: bool(views) and views[-1].stage is stage)
    return views[-1]


def test_the_window_sends_the_bytes_that_the_command_line_printed(
    uploading: Uploading,
    server: SmallServer,
    environ: dict[str, str],
    views: list[PreviewView],
    qtbot: QtBot,
) -> None:
    printed = claudeusage("preview", "--json", environ=environ).out
    uploading.preview()
    view = shown(views, Stage.READY, qtbot)
    assert view.prepared is not None
    assert view.prepared.body == view.prepared.preview.body == printed
    folder = Path(environ["CLAUDE_CONFIG_DIR"], "projects")
    write_transcript(folder, usage_line(2, AT), session="another")
    assert server.uploads == []
    uploading.upload(view)
    shown(views, Stage.SENT, qtbot)
    assert server.uploads == [printed]
    assert claudeusage("preview", "--json", environ=environ).out not in {printed, b""}


def test_what_was_shown_and_then_replaced_by_another_process_is_not_sent(
    uploading: Uploading,
    server: SmallServer,
    environ: dict[str, str],
    views: list[PreviewView],
    qtbot: QtBot,
) -> None:
    uploading.preview()
    view = shown(views, Stage.READY, qtbot)
    folder = Path(environ["CLAUDE_CONFIG_DIR"], "projects")
    write_transcript(folder, usage_line(2, AT), session="another")
    assert claudeusage("sync", "--yes", environ=environ).code == 0
    (sent,) = server.uploads
    uploading.upload(view)
    shown(views, Stage.FAILED, qtbot)
    assert server.uploads == [sent]
