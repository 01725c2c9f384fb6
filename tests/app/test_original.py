"""The original client's link: where it is found, what is refused, and what taking over keeps."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from keyring.errors import NoKeyringError

from claudeusage_app.credentials import MemoryCredentials
from claudeusage_app.errors import AddressInvalid, PreviewNotAccepted, ServerUnreachable
from claudeusage_app.link import unlink
from claudeusage_app.link_errors import CredentialsUnavailable, NotTakenOver, OriginalLinkInvalid
from claudeusage_app.linked import Link, known_link
from claudeusage_app.original import OriginalLink, original_link, take_over
from claudeusage_app.places import Places
from claudeusage_app.program import Program
from tests.keyrings import BrokenKeyring, in_use
from tests.loopback import Answer, Request, closed_port, loopback
from tests.original import write_original
from tests.small_server import ACCOUNT, TOKEN, SmallServer, listening
from tests.transcript_lines import usage_line, write_transcript

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORIGIN = "https://usage.example"
OTHER = "cu_live_" + "5e" * 24


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def program(tmp_path: Path, home: Path) -> Program:
    del home
    environ = {
        "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
        "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "program"),
    }
    write_transcript(tmp_path / "claude/projects", usage_line(1, "2026-11-22T10:00:00Z"))
    made = Program(environ, Places.of(environ), lambda: NOW, memory=MemoryCredentials())
    made.collect()
    return made


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with listening() as made:
        yield made


def found(program: Program) -> OriginalLink:
    link = original_link(program.environ)
    assert link is not None
    return link


def tokens(program: Program) -> dict[str, str]:
    assert isinstance(program.memory, MemoryCredentials)
    return dict(program.memory)


def test_without_a_file_there_is_no_link(program: Program) -> None:
    assert original_link(program.environ) is None
    assert original_link({}) is None


def test_the_link_is_found_below_the_home_folder(home: Path) -> None:
    path = write_original(home, f"{ORIGIN}/")
    assert original_link({}) == OriginalLink(path, ORIGIN, TOKEN)


def test_the_link_is_found_where_the_variable_says_first(home: Path, tmp_path: Path) -> None:
    write_original(home, ORIGIN)
    environ = {"CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "named")}
    at_home = original_link(environ)
    path = write_original(tmp_path / "named", "https://other.example", OTHER)
    assert at_home is not None
    assert at_home.origin == ORIGIN
    assert original_link(environ) == OriginalLink(path, "https://other.example", OTHER)


def test_a_file_without_a_token_is_no_link(home: Path) -> None:
    write_original(home, ORIGIN, token=None)
    assert original_link({}) is None
    write_original(home, ORIGIN, token="")
    assert original_link({}) is None


def test_a_token_is_not_in_what_is_printed_of_a_link(home: Path) -> None:
    write_original(home, ORIGIN)
    assert TOKEN not in repr(original_link({}))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"apiBase": "https://usage.example", "tok',
        b"[" * 60_000,
        b"[]",
        b"null",
        b"\xff\xfe{}",
        b'{"some": "other program"}',
        b'{"apiBase": 5, "token": "x"}',
        b'{"apiBase": "https://usage.example", "token": ["x"]}',
        b'{"apiBase": "https://usage.example", "token": "cu_live_secret"}',
        b'{"apiBase": "https://usage.example", "token": "' + b"x" * 70_000 + b'"}',
    ],
)
def test_what_that_client_never_wrote_is_refused_with_a_remedy(home: Path, content: bytes) -> None:
    path = write_original(home, ORIGIN)
    path.write_bytes(content)
    with pytest.raises(OriginalLinkInvalid) as refused:
        original_link({})
    assert str(path) in refused.value.title
    assert "claudeusage link ADDRESS" in refused.value.remedy
    assert "secret" not in str(refused.value)
    assert path.read_bytes() == content


def _folder(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("make", [_folder, _pipe, _loop])
def test_what_is_no_file_is_refused_and_not_waited_for(
    home: Path, make: Callable[[Path], None]
) -> None:
    path = write_original(home, ORIGIN)
    path.unlink()
    make(path)
    with pytest.raises(OriginalLinkInvalid, match="could not be read"):
        original_link({})


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root gives files away")
def test_a_file_of_another_user_is_refused(home: Path) -> None:
    os.chown(write_original(home, ORIGIN), 12345, 12345)
    with pytest.raises(OriginalLinkInvalid, match="belongs to another user"):
        original_link({})


@pytest.mark.parametrize("address", ["http://usage.example", "ftp://x", "", "https://a@b.example"])
def test_an_address_to_which_no_token_may_go_is_refused(home: Path, address: str) -> None:
    path = write_original(home, address)
    with pytest.raises(AddressInvalid) as refused:
        original_link({})
    assert str(path) in str(refused.value)
    assert TOKEN not in str(refused.value)


@pytest.mark.skipif(os.name == "nt", reason="there are no such rights")
def test_a_file_that_others_may_read_is_told_apart(home: Path) -> None:
    path = write_original(home, ORIGIN)
    link = original_link({})
    assert link is not None
    assert not link.is_open_to_others
    path.chmod(0o644)
    assert link.is_open_to_others


def test_taking_over_keeps_the_server_and_the_token_and_leaves_the_file(
    program: Program, server: SmallServer, home: Path
) -> None:
    path = write_original(home, server.origin)
    before = path.read_bytes()
    link = take_over(program, found(program), "file")
    assert link == Link(server.origin, ACCOUNT, f"{server.origin}/u/anonymous-1")
    assert known_link(program) == link
    assert tokens(program) == {server.origin: TOKEN}
    assert path.read_bytes() == before
    assert [(each.method, each.path) for each in server.requests] == [("GET", "/api/v2/me")]


def test_what_was_agreed_to_there_is_not_agreed_to_here(
    program: Program, server: SmallServer, home: Path
) -> None:
    write_original(home, server.origin)
    take_over(program, found(program), "file")
    prepared = program.prepare_upload()
    assert prepared is not None
    assert not prepared.accepted_before
    with pytest.raises(PreviewNotAccepted):
        program.upload(prepared)
    assert server.uploads == []


def _not_found(_: Request) -> Answer:
    return Answer(404, b'{"error":"not_found"}')


def _page(_: Request) -> Answer:
    return Answer(200, b"<html>", (("Content-Type", "text/html"),))


def _elsewhere(_: Request) -> Answer:
    return Answer(307, b"", (("Location", "https://usage.example/sign-in"),))


def _v1_only(_: Request) -> Answer:
    return Answer(200, json.dumps({"hasData": True}).encode())


@pytest.mark.parametrize("answer", [_not_found, _page, _elsewhere, _v1_only])
def test_a_server_of_another_protocol_is_refused_and_nothing_is_changed(
    program: Program, home: Path, answer: Callable[[Request], Answer]
) -> None:
    with loopback(answer) as there:
        write_original(home, there.origin)
        with pytest.raises(NotTakenOver, match="does not speak this program's protocol") as refused:
            take_over(program, found(program), "file")
    assert there.requests
    assert "Nothing was changed" in refused.value.remedy
    assert_nothing_is_changed(program)


def test_a_token_that_is_dead_is_not_taken_over(
    program: Program, server: SmallServer, home: Path
) -> None:
    write_original(home, server.origin, OTHER)
    with pytest.raises(NotTakenOver, match="any more") as refused:
        take_over(program, found(program), "file")
    assert f"claudeusage link {server.origin}" in refused.value.remedy
    assert_nothing_is_changed(program)


def test_a_server_that_is_away_is_not_taken_for_another_kind(program: Program, home: Path) -> None:
    write_original(home, closed_port())
    with pytest.raises(ServerUnreachable):
        take_over(program, found(program), "file")
    assert_nothing_is_changed(program)


def test_the_link_to_another_server_than_the_one_that_is_named_is_not_taken_over(
    program: Program, server: SmallServer, home: Path
) -> None:
    write_original(home, server.origin)
    named = program._replace(environ={**program.environ, "CLAUDEUSAGE_API": ORIGIN})
    for each, address in ((program, ORIGIN), (named, None)):
        with pytest.raises(NotTakenOver, match=f"linked to {server.origin}, not to {ORIGIN}"):
            take_over(each, found(program), "file", address)
    assert server.requests == []
    assert_nothing_is_changed(program)


def test_the_keyring_is_tried_before_the_token_is_sent(
    program: Program, server: SmallServer, home: Path
) -> None:
    write_original(home, server.origin)
    kept = program._replace(memory=None)
    broken = in_use(BrokenKeyring(NoKeyringError("no backend")))
    with broken, pytest.raises(CredentialsUnavailable):
        take_over(kept, found(program), "keyring")
    assert server.requests == []
    assert_nothing_is_changed(program)


def test_unlinking_tells_which_token_is_dead_now(
    program: Program, server: SmallServer, home: Path
) -> None:
    path = write_original(home, server.origin)
    take_over(program, found(program), "file")
    assert unlink(program) == TOKEN
    assert server.grants == {}
    assert path.exists()


def assert_nothing_is_changed(program: Program) -> None:
    assert program.settings.link is None
    assert program.settings.folders is None
    assert tokens(program) == {}
