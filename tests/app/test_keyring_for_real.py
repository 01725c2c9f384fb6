"""A real keyring that is locked, late, gone or empty: it is waited for, and no link is lost."""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import keyring
import pytest
from keyring.backends import fail

from claudeusage_app.credentials import WAITING, KeyringCredentials
from claudeusage_app.errors import ClientError
from claudeusage_app.link import asked_link, link_by_browser, link_by_token
from claudeusage_app.link_errors import KeyringNotReady, TokenMissing
from claudeusage_app.places import Places
from claudeusage_app.program import Program
from claudeusage_app.settings import LinkSettings, change_settings
from tests.keyring_service import KeyringHome
from tests.keyrings import WaitingKeyring, in_use
from tests.processes import PATIENCE_SECONDS, claudeusage, ended
from tests.small_server import ACCOUNT, TOKEN, SmallServer, listening
from tests.transcript_lines import usage_line, write_transcript

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="gnome-keyring is Linux's"),
    # keyring leaves its connection to whoever collects it, where a collection cannot be opened
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyringHome]:
    """Give a keyring that does not run yet, looked for by a program that has found none so far."""
    made = KeyringHome(tmp_path / "desktop")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", made.address)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with in_use(fail.Keyring()):  # type: ignore[no-untyped-call]  # keyring has no annotation there
        yield made
    gc.collect()  # here, where what it finds is expected


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with listening() as made:
        yield made


@pytest.fixture
def program(tmp_path: Path, server: SmallServer) -> Program:
    """Give an installation that is linked, its token being in the keyring."""
    environ = {
        "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
        "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "program"),
    }
    write_transcript(tmp_path / "claude/projects", usage_line(1, "2026-11-22T10:00:00Z"))
    made = Program(environ, Places.of(environ), lambda: NOW)
    made.collect()
    change_settings(
        made.places.settings,
        link=LinkSettings(server.origin, ACCOUNT, f"{server.origin}/u/anonymous-1"),
    )
    return made


def keep_the_token(home: KeyringHome, server: SmallServer) -> None:
    """Let the keyring have the token, and end it: what it holds is then on the disk, locked."""
    with home.bus(), home.keyring():
        KeyringCredentials().set(server.origin, TOKEN)


def waits(program: Program, server: SmallServer) -> KeyringNotReady:
    """Try what the link is needed for, see that all of it waits, and that the link is kept."""
    found: list[KeyringNotReady] = []
    for use in (program.prepare_upload, lambda: asked_link(program)):
        with pytest.raises(ClientError) as waited:
            use()
        assert isinstance(waited.value, KeyringNotReady), waited.value
        found.append(waited.value)
    assert program.link() is not None
    assert server.requests == []
    assert "link again" not in str(found[0]).lower()
    return found[0]


def works(program: Program) -> None:
    """Do the very same, and see that it works."""
    assert program.prepare_upload() is not None
    assert asked_link(program).account == ACCOUNT


def test_a_locked_keyring_is_waited_for(
    home: KeyringHome, program: Program, server: SmallServer
) -> None:
    keep_the_token(home, server)
    with home.bus():
        with home.keyring(unlocked=False):
            assert "locked" in waits(program, server).title
        with home.keyring():
            works(program)


def test_a_keyring_that_starts_late_is_waited_for(
    home: KeyringHome, program: Program, server: SmallServer
) -> None:
    keep_the_token(home, server)
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]  # as after a login
    with home.bus():
        assert "No keyring answers" in waits(program, server).title
        with home.keyring():
            works(program)


def test_a_bus_that_starts_late_is_waited_for(
    home: KeyringHome,
    program: Program,
    server: SmallServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keep_the_token(home, server)
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]  # as after a login
    waits(program, server)
    with monkeypatch.context() as without:
        without.delenv("DBUS_SESSION_BUS_ADDRESS")
        assert "no session bus" in waits(program, server).title
    with home.bus(), home.keyring():
        works(program)


def test_a_keyring_that_dies_between_two_uses_is_waited_for(
    home: KeyringHome, program: Program, server: SmallServer
) -> None:
    keep_the_token(home, server)
    with home.bus():
        with home.keyring() as running:
            works(program)
            running.kill()
            running.wait()
            server.requests.clear()
            waits(program, server)
        with home.keyring():
            works(program)


def test_a_bus_that_dies_between_two_uses_is_waited_for(
    home: KeyringHome, program: Program, server: SmallServer
) -> None:
    keep_the_token(home, server)
    with home.bus(), home.keyring():
        works(program)
    server.requests.clear()
    waits(program, server)
    with home.bus(), home.keyring():
        works(program)


def test_a_keyring_without_a_collection_keeps_nothing_and_is_waited_for(
    home: KeyringHome, program: Program, server: SmallServer
) -> None:
    with home.bus(), home.keyring(unlocked=False):
        assert "no collection" in waits(program, server).title


@pytest.mark.parametrize("state", ["no bus", "no keyring", "no collection", "locked"])
def test_nobody_is_asked_for_anything_while_the_keyring_is_not_ready(
    home: KeyringHome, program: Program, server: SmallServer, state: str
) -> None:
    if state == "locked":
        keep_the_token(home, server)
    change_settings(program.places.settings, link=None)
    with ExitStack() as running:
        if state != "no bus":
            running.enter_context(home.bus())
        if state in {"locked", "no collection"}:
            running.enter_context(home.keyring(unlocked=False))
        with pytest.raises(KeyringNotReady, match="--store file"):
            link_by_browser(program, server.origin, "keyring", _never, _never)
        with pytest.raises(KeyringNotReady, match="--store file"):
            link_by_token(program, server.origin, "keyring", _never)
    assert server.requests == []


def test_a_token_that_is_gone_from_an_open_keyring_is_no_matter_of_waiting(
    home: KeyringHome, program: Program, server: SmallServer
) -> None:
    with home.bus(), home.keyring():
        for use in (program.prepare_upload, lambda: asked_link(program)):
            with pytest.raises(TokenMissing, match="Link this computer again") as missing:
                use()
            assert missing.value.exit_code == 3
    assert server.requests == []


def test_the_command_line_waits_aloud_and_ctrl_c_ends_it(
    program: Program, tmp_path: Path, server: SmallServer
) -> None:
    waiting = f"{WaitingKeyring.__module__}.{WaitingKeyring.__qualname__}"
    with _status(program, tmp_path, PYTHON_KEYRING_BACKEND=waiting) as process:
        assert process.stderr is not None
        with process.stderr as said:
            assert said.readline() == f"{WAITING}\n"
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_SECONDS) == 130
            assert said.read() == "Stopped.\n"
    assert server.requests == []
    assert program.link() is not None


def test_a_keyring_that_answers_at_once_is_not_talked_about(
    home: KeyringHome, program: Program, tmp_path: Path, server: SmallServer
) -> None:
    with home.bus(), home.keyring():
        KeyringCredentials().set(server.origin, TOKEN)
        done = claudeusage("status", environ=_environ(program, tmp_path) | home.environment)
    assert (done.code, done.err) == (0, "")


def _never(*_: object) -> NoReturn:
    pytest.fail("somebody was asked for something")


def _environ(program: Program, folder: Path) -> dict[str, str]:
    places = dict(program.environ)
    return places | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "HOME": str(folder / "home"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }


def _status(
    program: Program, folder: Path, **more: str
) -> AbstractContextManager["subprocess.Popen[str]"]:
    command = (sys.executable, "-P", "-m", "claudeusage_app", "status")
    return ended(
        subprocess.Popen(
            command,
            env=_environ(program, folder) | more,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    )
