"""A locked keyring that asks for its password in a window, while the command line waits."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from claudeusage_app.credentials import WAITING
from claudeusage_app.settings import LinkSettings, change_settings
from tests.desktop import Desktop, desktop, until
from tests.keyring_service import PASSWORD, keyring_on
from tests.processes import PATIENCE_SECONDS, ended
from tests.small_server import ACCOUNT, TOKEN, SmallServer, listening

PROMPT = "Unlock Login Keyring"

pytestmark = pytest.mark.long


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with listening() as made:
        yield made


@pytest.fixture
def locked(tmp_path: Path, server: SmallServer) -> Iterator[Desktop]:
    """Give a desktop on which this computer is linked, and the keyring with its token locked."""
    link = LinkSettings(server.origin, ACCOUNT, f"{server.origin}/u/anonymous-1")
    change_settings(tmp_path / "program" / "settings.toml", link=link)
    with desktop(tmp_path) as made:
        made.environment |= {
            "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
            "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "program"),
        }
        keeping = (
            f"import keyring; keyring.set_password('claudeusage', {server.origin!r}, {TOKEN!r})"
        )
        with keyring_on(made.environment, unlocked=True):
            made.run(sys.executable, "-c", keeping)
        with keyring_on(made.environment, unlocked=False):
            yield made


def status(there: Desktop) -> AbstractContextManager["subprocess.Popen[str]"]:
    return ended(
        subprocess.Popen(
            (sys.executable, "-P", "-m", "claudeusage_app", "status"),
            env=there.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    )


def wait_for_prompt(there: Desktop, process: "subprocess.Popen[str]") -> None:
    assert process.stderr is not None
    assert process.stderr.readline() == f"{WAITING}\n"
    (window,) = until(lambda: there.windows(PROMPT), "prompt")
    there.run("xdotool", "windowactivate", "--sync", window)


def test_the_command_waits_for_the_password_and_then_goes_on(
    locked: Desktop, server: SmallServer
) -> None:
    with status(locked) as process:
        wait_for_prompt(locked, process)
        assert server.requests == []
        locked.run("xdotool", "type", PASSWORD)
        locked.run("xdotool", "key", "Return")
        assert process.wait(PATIENCE_SECONDS) == 0
        _, said = process.communicate()
    assert said == ""
    assert [each.path for each in server.requests] == ["/api/v2/me"]


def test_a_prompt_that_is_dismissed_leaves_the_link_and_says_what_to_do(
    locked: Desktop, server: SmallServer, tmp_path: Path
) -> None:
    with status(locked) as process:
        wait_for_prompt(locked, process)
        locked.run("xdotool", "key", "Escape")
        assert process.wait(PATIENCE_SECONDS) == 1
        _, said = process.communicate()
    assert said == ("The keyring is locked. Unlock it, then run this again; the link is kept.\n")
    assert server.requests == []
    assert server.origin in (tmp_path / "program" / "settings.toml").read_text()


def test_ctrl_c_ends_the_waiting(locked: Desktop, server: SmallServer) -> None:
    with status(locked) as process:
        wait_for_prompt(locked, process)
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 130
        _, said = process.communicate()
    assert said == "Stopped.\n"
    assert server.requests == []
