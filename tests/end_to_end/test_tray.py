"""The tray app as a process, on a desktop of its own with a real tray."""

import json
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from tests.desktop import PANEL, TRAYER, Desktop, desktop, program, until
from tests.loopback import Answer, Request, loopback
from tests.processes import claudeusage, served
from tests.session_bus import SessionBus, TrayItem, session_bus
from tests.small_server import SmallServer

APP = (sys.executable, "-m", "claudeusage_app")
PREVIEW = "Preview upload"
A_FEW_MINUTES = 300.0


class Computer:
    """A desktop with transcripts, on which the app is started."""

    def __init__(self, screen: Desktop, bus: SessionBus, folder: Path) -> None:
        self.screen = screen
        self.bus = bus
        self._lines = 0
        self._config = folder / "claudeusage"
        self._config.mkdir()
        self.transcript = folder / "claude" / "projects" / "-home-x" / "one.jsonl"
        self.environment = {
            **screen.environment,
            "CLAUDE_CONFIG_DIR": str(folder / "claude"),
            "CLAUDEUSAGE_CONFIG_DIR": str(self._config),
        }

    def settings(self, *lines: str) -> None:
        """Write the settings."""
        (self._config / "settings.toml").write_text("\n".join(lines) + "\n")

    def work(self) -> None:
        """Append a response of one million output tokens to the transcript."""
        self._lines += 1
        self.transcript.parent.mkdir(parents=True, exist_ok=True)
        with self.transcript.open("a") as transcript:
            transcript.write(json.dumps(_response(self._lines)) + "\n")

    @contextmanager
    def app(self) -> Generator["subprocess.Popen[str]"]:
        """Run the app."""
        with program(APP, self.environment) as process:
            yield process

    def item(self, process: "subprocess.Popen[str]") -> TrayItem:
        """Wait for the icon of a process."""
        return until(lambda: self.bus.item(process.pid), "icon in the tray")

    def press(self, window: str, *keys: str) -> None:
        """Give a window the keyboard and press keys."""
        self.screen.run(
            "xdotool", "windowactivate", "--sync", window, "key", "--delay", "50", *keys
        )

    def preview_window(self) -> list[str]:
        """Return the ids of the preview windows."""
        return self.screen.windows(PREVIEW)


@pytest.fixture
def dark() -> bool:
    return False


@pytest.fixture
def computer(tmp_path: Path, dark: bool) -> Iterator[Computer]:
    with (
        desktop(tmp_path, dark=dark) as screen,
        session_bus(screen.environment["DBUS_SESSION_BUS_ADDRESS"]) as bus,
    ):
        yield Computer(screen, bus, tmp_path)


@pytest.fixture
def panel(computer: Computer) -> Iterator[Computer]:
    with program(PANEL, computer.environment):
        until(computer.bus.has_host, "panel")
        yield computer


def cost(item: TrayItem) -> float:
    """Return today's cost as the tooltip gives it."""
    found = re.search(r"Today \$([0-9.,]+)", item.tooltip)
    return float(found[1].replace(",", "")) if found else 0.0


def test_the_tooltip_has_todays_cost_and_a_line_changes_it_without_the_walk(
    panel: Computer, output: Path
) -> None:
    panel.settings("walk_seconds = 3600", 'theme = "light"')
    panel.work()
    with panel.app() as app:
        item = panel.item(app)
        first = until(lambda: cost(item), "cost in the tooltip")
        assert "API-equivalent, not a bill" in item.tooltip
        assert item.menu()[0].text == item.tooltip.splitlines()[0]
        assert {16, 22, 24, 32, 44, 48, 64} <= item.pictures.keys()
        before = item.pictures
        panel.work()
        until(lambda: cost(item) == pytest.approx(2 * first), "changed cost")
        until(lambda: item.pictures != before, "changed icon")
        panel.screen.picture(output / "tray-panel-light.png")


@pytest.mark.parametrize("dark", [True])
def test_without_the_watcher_the_walk_changes_the_tooltip(panel: Computer, output: Path) -> None:
    panel.settings("walk_seconds = 1", "watch = false", 'theme = "dark"')
    with panel.app() as app:
        item = panel.item(app)
        until(lambda: "Today $0.00" in item.tooltip, "tooltip of an empty day")
        panel.work()
        until(lambda: cost(item), "cost in the tooltip")
        item.choose("Preview upload…")
        until(panel.preview_window, "preview window")
        panel.screen.picture(output / "tray-panel-dark.png")


def test_the_first_start_adopts_the_folders_for_good(panel: Computer, tmp_path: Path) -> None:
    panel.settings("walk_seconds = 3600")
    panel.work()
    with panel.app() as app:
        first = until(lambda: cost(panel.item(app)), "cost in the tooltip")
    panel.environment["CLAUDE_CONFIG_DIR"] = str(tmp_path / "elsewhere")
    with panel.app() as app:
        assert until(lambda: cost(panel.item(app)), "cost in the tooltip") == first


def test_the_menu_says_that_nothing_is_linked_and_offers_no_profile(panel: Computer) -> None:
    panel.settings("walk_seconds = 3600")
    with panel.app() as app:
        item = panel.item(app)
        until(lambda: "$" in item.tooltip, "figures")
        texts = [entry.text for entry in item.menu()]
        assert texts[1:] == [
            "Not linked to a server",
            "Preview upload…",
            "Sync now",
            "Automatic sync",
            "Pause",
            "1 hour",
            "Until tomorrow",
            "Open my profile",
            "Quit",
        ]
        assert [entry.text for entry in item.menu() if not entry.enabled] == ["Open my profile"]
        item.choose("Quit")
        assert app.wait(5) == 0


def test_automatic_sync_is_paused_and_turned_off_in_the_menu_and_stays_so(
    panel: Computer, tmp_path: Path
) -> None:
    def settings() -> dict[str, object]:
        return tomllib.loads((tmp_path / "claudeusage/settings.toml").read_text())

    def texts() -> list[str]:
        return [entry.text for entry in item.menu()]

    panel.settings("walk_seconds = 3600")
    with panel.app() as app:
        item = panel.item(app)
        item.choose("1 hour")
        until(lambda: item.menu()[1].text.startswith("Paused until "), "words for the pause")
        until(lambda: "paused_until" in settings(), "kept pause")
    with panel.app() as app:
        item = panel.item(app)
        until(lambda: item.menu()[1].text.startswith("Paused until "), "words for the pause")
        assert "Pause" not in texts()
        item.choose("Resume")
        until(lambda: "Pause" in texts(), "menu without a pause")
        until(lambda: "paused_until" not in settings(), "end of the kept pause")
        item.choose("Automatic sync")
        until(lambda: settings().get("automatic_sync") is False, "kept choice")
        assert not {"Pause", "Resume"} & set(texts())


def test_a_click_on_the_icon_opens_the_preview(panel: Computer) -> None:
    panel.settings("walk_seconds = 3600")
    with panel.app() as app:
        panel.item(app).activate()
        until(panel.preview_window, "preview window")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_app_with_exit_code_0(panel: Computer, number: signal.Signals) -> None:
    with panel.app() as app:
        panel.item(app)
        app.send_signal(number)
        assert app.wait(5) == 0


def test_a_second_start_shows_the_first_and_survives_that_it_was_killed(panel: Computer) -> None:
    with panel.app() as first:
        panel.item(first)
        with panel.app() as second:
            assert second.wait(10) == 0
        until(panel.preview_window, "preview window of the first")
        first.kill()
        first.wait()
    with panel.app() as third:
        panel.item(third)


def test_nothing_leaves_before_the_window_was_answered_and_then_exactly_that(
    panel: Computer, tmp_path: Path, output: Path
) -> None:
    panel.work()
    with ExitStack() as server, panel.app() as app:
        server.enter_context(served(tmp_path, panel.environment))
        linked = claudeusage("link", "--bundled", "--store", "file", environ=panel.environment)
        assert linked.code == 0, linked.err
        item = panel.item(app)
        until(lambda: cost(item), "cost in the tooltip")
        item.choose("Sync now")
        (window,) = until(panel.preview_window, "preview window")
        until(lambda: item.menu()[1].text == "Nothing has been sent yet", "words for it")
        panel.screen.picture(output / "tray-first-preview.png")
        panel.press(window, "Tab", "space")
        until(lambda: item.menu()[1].text == "Synced just now", "words for the upload")
        item.choose("Sync now")
        until(lambda: item.menu()[1].text == "Everything is already there", "words for the rest")
        (profile,) = (entry for entry in item.menu() if entry.text == "Open my profile")
        assert profile.enabled
        panel.screen.picture(output / "tray-uploaded.png")
        server.close()
        item.choose("Sync now")
        until(lambda: item.menu()[1].text.startswith("Offline, synced"), "words for being offline")


def away(_: Request) -> Answer:
    return Answer(503, b"")


@pytest.mark.long
def test_what_changes_is_uploaded_by_itself_also_after_the_server_was_away(panel: Computer) -> None:
    server = SmallServer(grants={})
    with loopback(server.answer) as there:
        server.origin = there.origin
        panel.environment["CLAUDEUSAGE_API"] = there.origin
        panel.settings("walk_seconds = 3600", "sync_minutes = 1")
        panel.work()
        linked = claudeusage("link", "--store", "file", environ=panel.environment)
        assert linked.code == 0, linked.err
        assert claudeusage("sync", "--yes", environ=panel.environment).code == 0
        with panel.app() as app:
            item = panel.item(app)
            until(lambda: cost(item), "cost in the tooltip")
            panel.work()
            until(lambda: len(server.uploads) == 2, "upload", A_FEW_MINUTES)
            until(lambda: item.menu()[1].text == "Synced just now", "words for it")
            answer = there.answer
            there.answer = away
            panel.work()
            until(lambda: "Offline, synced" in item.menu()[1].text, "words", A_FEW_MINUTES)
            asked = len(there.requests)
            there.answer = answer
            until(lambda: len(server.uploads) == 3, "later upload", A_FEW_MINUTES)
            assert len(there.requests) - asked <= 3  # what is there, the upload, and no more
            assert panel.preview_window() == []
        (row,) = server.stored().values()
        assert row.size[0] == 3


def test_an_icon_that_was_started_before_the_panel_reaches_it(computer: Computer) -> None:
    with computer.app() as app, program(PANEL, computer.environment):
        computer.item(app)


def test_the_icon_comes_back_when_the_panel_starts_anew(computer: Computer) -> None:
    computer.settings("walk_seconds = 3600")
    computer.work()
    with computer.app() as app:
        for _ in range(2):
            with program(PANEL, computer.environment):
                until(partial(cost, computer.item(app)), "cost in the tooltip")
            until(lambda: not computer.bus.has_host(), "end of the panel")


def test_an_older_tray_gets_the_icon_too(computer: Computer, output: Path) -> None:
    computer.settings("walk_seconds = 3600")
    computer.work()
    with program(TRAYER, computer.environment), computer.app() as app:
        screen = computer.screen

        def docked() -> str:
            return screen.run(
                "xdotool", "search", "--all", "--onlyvisible", "--pid", str(app.pid), check=False
            )

        until(docked, "icon in the older tray")
        assert not computer.bus.has_host()
        screen.picture(output / "tray-xembed.png")


def test_without_any_tray_a_window_says_so_and_the_icon_comes_with_the_panel(
    computer: Computer,
) -> None:
    with computer.app() as app:
        until(lambda: computer.screen.windows("claudeusage"), "hint window")
        with program(PANEL, computer.environment):
            computer.item(app)


def _response(number: int) -> dict[str, object]:
    return {
        "type": "assistant",
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "sessionId": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "requestId": f"req_{number}",
        "uuid": f"0000-{number}",
        "message": {
            "id": f"msg_{number}",
            "role": "assistant",
            "model": "claude-opus-4-5-20251101",
            "content": [],
            "usage": {"input_tokens": 0, "output_tokens": 1_000_000},
        },
    }
