"""Linking by a token that was made on the server's dashboard: for computers without a browser."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring.errors import KeyringLocked

from claudeusage_app.credentials import MemoryCredentials
from claudeusage_app.errors import AddressInvalid, ServerUnreachable, TokenRejected
from claudeusage_app.link import link_by_token
from claudeusage_app.link_errors import KeyringNotReady, TokenInvalid
from claudeusage_app.linked import Link, known_link
from claudeusage_app.program import Program
from tests.foreign_text import is_plain
from tests.keyrings import BrokenKeyring, MemoryKeyring, UntouchableKeyring, in_use
from tests.loopback import closed_port, loopback
from tests.processes import PATIENCE_SECONDS, Ran, claudeusage
from tests.small_server import ACCOUNT, TOKEN, SmallServer, listening

BROWSER = "echo opened >> '{}'"


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with listening() as made:
        yield made


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Give an installation whose keyring fails and whose browser would leave a trace."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "BROWSER": BROWSER.format(tmp_path / "opened"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
        "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "program"),
    }


@pytest.fixture
def program(environ: dict[str, str]) -> Program:
    return Program.open(environ)._replace(memory=MemoryCredentials())


def tokens(program: Program) -> dict[str, str]:
    assert isinstance(program.memory, MemoryCredentials)
    return dict(program.memory)


def _never() -> str:
    pytest.fail("a token was asked for")


def by_token(environ: dict[str, str], *words: str, given: str = f"{TOKEN}\n") -> Ran:
    command = ("link", *words, "--store", "file")
    return claudeusage(*command, environ=environ, given=given.encode())


def test_a_token_is_asked_about_and_kept(program: Program, server: SmallServer) -> None:
    with in_use(UntouchableKeyring()):
        link = link_by_token(program, server.origin, "file", lambda: f" {TOKEN}\n")
    assert link == Link(server.origin, ACCOUNT, f"{server.origin}/u/anonymous-1")
    assert known_link(program) == link
    assert tokens(program) == {server.origin: TOKEN}
    assert [(each.method, each.path) for each in server.requests] == [("GET", "/api/v2/me")]
    assert server.requests[0].body == b""


@pytest.mark.parametrize(
    "token", ["", "\n", "cu_live_", TOKEN[:-1], TOKEN + "0", TOKEN.upper(), f"x {TOKEN}", "é"]
)
def test_what_has_not_the_form_of_a_token_goes_nowhere(
    program: Program, server: SmallServer, token: str
) -> None:
    with pytest.raises(TokenInvalid) as refused:
        link_by_token(program, server.origin, "file", lambda: token)
    assert not token.strip() or token.strip() not in refused.value.title
    assert server.requests == []
    assert known_link(program) is None


def test_a_token_that_the_server_does_not_know_is_not_kept(
    program: Program, server: SmallServer
) -> None:
    server.grants.clear()
    with pytest.raises(TokenRejected, match="dashboard"):
        link_by_token(program, server.origin, "file", lambda: TOKEN)
    assert known_link(program) is None
    assert tokens(program) == {}


def test_a_token_is_not_kept_before_the_server_has_answered(program: Program) -> None:
    with pytest.raises(ServerUnreachable):
        link_by_token(program, closed_port(), "file", lambda: TOKEN)
    assert known_link(program) is None
    assert tokens(program) == {}


def test_a_profile_on_another_server_is_refused(program: Program) -> None:
    elsewhere = SmallServer("https://evil.example")
    with loopback(elsewhere.answer) as there, pytest.raises(AddressInvalid, match="elsewhere"):
        link_by_token(program, there.origin, "file", lambda: TOKEN)
    assert tokens(program) == {}


def test_the_keyring_is_tried_before_a_token_is_asked_for(
    program: Program, server: SmallServer
) -> None:
    kept = program._replace(memory=None, environ={**program.environ})
    locked = in_use(BrokenKeyring(KeyringLocked("locked")))
    with locked, pytest.raises(KeyringNotReady, match="--store file"):
        link_by_token(kept, server.origin, "keyring", _never)
    assert server.requests == []


def test_a_token_is_kept_in_the_keyring_where_that_works(
    program: Program, server: SmallServer
) -> None:
    backend = MemoryKeyring()
    with in_use(backend):
        link_by_token(program._replace(memory=None), server.origin, "keyring", lambda: TOKEN)
    assert backend.kept == {("claudeusage", server.origin): TOKEN}


def test_a_process_without_a_terminal_links_by_a_token_and_opens_no_browser(
    environ: dict[str, str], server: SmallServer, tmp_path: Path
) -> None:
    done = by_token(environ, server.origin, "--token", "-")
    assert done.code == 0, done.err
    assert f"Linked to {server.origin}." in done.out.decode()
    assert TOKEN not in done.out.decode() + done.err
    (file,) = (tmp_path / "program").glob("token-*")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not (tmp_path / "opened").exists()
    status = claudeusage("status", environ=environ)
    assert status.code == 0, status.err


def test_the_server_may_be_named_in_the_environment(
    environ: dict[str, str], server: SmallServer
) -> None:
    done = by_token(environ | {"CLAUDEUSAGE_API": server.origin}, "--token", "-")
    assert done.code == 0, done.err


@pytest.mark.parametrize("words", [("--token", TOKEN), (f"--token={TOKEN}",), ("--token", "x")])
def test_a_token_among_the_arguments_is_refused_with_the_reason_and_the_way(
    environ: dict[str, str], server: SmallServer, words: tuple[str, ...]
) -> None:
    done = by_token(environ, server.origin, *words)
    assert done.code == 2
    assert "others on this computer can read" in " ".join(done.err.split())
    assert "--token -" in done.err
    assert TOKEN not in done.err
    assert server.requests == []


def test_a_token_and_the_bundled_server_exclude_each_other(environ: dict[str, str]) -> None:
    assert by_token(environ, "--bundled", "--token", "-").code == 2


def test_an_address_that_is_not_safe_is_refused_before_a_token_is_read(
    environ: dict[str, str],
) -> None:
    """Nobody writes into the pipe, so that reading it would never end."""
    command = (sys.executable, "-P", "-m", "claudeusage_app", "link", "http://evil.example")
    with subprocess.Popen(
        (*command, "--token", "-", "--store", "file"),
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.wait(PATIENCE_SECONDS) == 2
        assert process.stderr is not None
        assert "https://" in process.stderr.read()


@pytest.mark.parametrize("given", ["", "no token\n", "\xff\xfe\n", "\x1b[2J\n", "x" * 5_000])
def test_nonsense_on_stdin_is_told(
    environ: dict[str, str], server: SmallServer, given: str
) -> None:
    done = claudeusage(
        *("link", server.origin, "--token", "-", "--store", "file"),
        environ=environ,
        given=given.encode("latin-1"),
    )
    assert done.code == 2
    assert "not a token" in done.err
    assert is_plain(done.err.replace("\n", " "))
    assert server.requests == []


def test_without_stdin_the_missing_token_is_told(
    environ: dict[str, str], server: SmallServer
) -> None:
    script = '"$0" -P -m claudeusage_app link "$1" --token - --store file <&-'
    done = subprocess.run(
        ("sh", "-c", script, sys.executable, server.origin),
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 2
    assert "not a token" in done.stderr
