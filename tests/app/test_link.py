"""Linking, and what a link opens: over a real socket, to a second implementation of the server."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from keyring.errors import NoKeyringError

from claudeusage_app.credentials import MemoryCredentials
from claudeusage_app.errors import (
    AddressInvalid,
    ComputerUnclear,
    FoldersNotAdopted,
    NotLinked,
    PreviewNotAccepted,
    ServerNotProven,
    ServerUnreachable,
    SettingsInvalid,
    TokenRejected,
)
from claudeusage_app.link import (
    asked_link,
    link_bundled,
    link_by_browser,
    unlink,
)
from claudeusage_app.link_errors import CredentialsUnavailable
from claudeusage_app.linked import Link, known_link
from claudeusage_app.places import Places
from claudeusage_app.program import Program
from claudeusage_app.settings import LinkSettings, change_settings
from claudeusage_core.errors import LinkRefused
from claudeusage_core.wire import DeviceCode
from tests.keyrings import BrokenKeyring, UntouchableKeyring, in_use
from tests.loopback import Answer, Request, closed_port, loopback
from tests.small_server import ACCOUNT, TOKEN, Grant, SmallServer, listening
from tests.transcript_lines import usage_line, write_transcript

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRET = bytes(range(32))


@pytest.fixture(autouse=True)
def _no_keyring_is_opened() -> Iterator[None]:
    with in_use(UntouchableKeyring()):
        yield


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with listening(SmallServer(grants={})) as made:
        yield made


@pytest.fixture
def program(tmp_path: Path) -> Program:
    environ = {
        "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
        "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "program"),
    }
    write_transcript(tmp_path / "claude/projects", usage_line(1, "2026-11-22T10:00:00Z"))
    made = Program(environ, Places.of(environ), lambda: NOW, memory=MemoryCredentials())
    made.collect()
    return made


def named(program: Program, **environ: str) -> Program:
    return program._replace(environ={**program.environ, **environ})


def tokens(program: Program) -> dict[str, str]:
    assert isinstance(program.memory, MemoryCredentials)
    return dict(program.memory)


def by_browser(program: Program, server: SmallServer) -> tuple[Link, list[str], list[int]]:
    shown: list[str] = []
    waits: list[int] = []

    def show(code: DeviceCode) -> None:
        shown.append(code.user_code)

    return link_by_browser(program, server.origin, "file", show, waits.append), shown, waits


def bundle(program: Program, server: SmallServer) -> Link:
    server.secret = SECRET
    program.places.server.mkdir(parents=True, exist_ok=True)
    (program.places.server / "local-secret").write_text(SECRET.hex() + "\n")
    return link_bundled(program, server.origin, "file")


def _never_shown(code: DeviceCode) -> None:
    pytest.fail(code.verification_uri_complete)


def test_a_code_is_shown_and_the_link_kept_once_somebody_approves(
    program: Program, server: SmallServer
) -> None:
    server.polls = ["pending", "slow_down", "pending", "approved"]
    link, shown, waits = by_browser(program, server)
    assert (shown, waits) == (["BCDFGHJK"], [1, 1, 6, 6])
    assert link == Link(server.origin, ACCOUNT, f"{server.origin}/u/anonymous-1")
    assert known_link(program) == link
    assert tokens(program) == {server.origin: TOKEN}


def test_linking_sends_nothing_about_usage_or_the_computer(
    program: Program, server: SmallServer
) -> None:
    by_browser(program, server)
    assert [each.body for each in server.requests] == [b"{}", b'{"deviceCode":"device-1"}', b""]
    assert server.grants[TOKEN].machine is None


@pytest.mark.parametrize("answer", ["denied", "expired"])
def test_where_nobody_approves_nothing_is_kept(
    program: Program, server: SmallServer, answer: str
) -> None:
    server.polls = ["pending", answer]
    with pytest.raises(LinkRefused):
        by_browser(program, server)
    assert known_link(program) is None
    assert tokens(program) == {}
    assert program.settings.folders is None


def test_an_approval_page_on_another_server_is_never_shown(program: Program) -> None:
    elsewhere = SmallServer("https://evil.example", grants={})
    with loopback(elsewhere.answer) as there, pytest.raises(AddressInvalid, match="another server"):
        link_by_browser(program, there.origin, "file", _never_shown, lambda _: None)


def test_a_profile_on_another_server_is_not_kept(program: Program, server: SmallServer) -> None:
    origin = server.origin

    def answer(request: Request) -> Answer | None:
        server.origin = "https://evil.example" if request.path.endswith("/me") else origin
        return server.answer(request)

    with loopback(answer) as there:
        origin = there.origin
        with pytest.raises(AddressInvalid, match="profile elsewhere"):
            link_by_browser(program, there.origin, "file", lambda _: None, lambda _: None)
    assert program.settings.link is None
    assert tokens(program) == {}


def test_the_keyring_is_tried_before_a_person_is_asked_for_anything(
    program: Program, server: SmallServer
) -> None:
    kept = program._replace(memory=None)
    broken = in_use(BrokenKeyring(NoKeyringError("no backend")))
    with broken, pytest.raises(CredentialsUnavailable, match="--store file"):
        link_by_browser(kept, server.origin, "keyring", lambda _: None, lambda _: None)
    assert server.requests == []


def test_linking_adopts_the_folders_in_force(program: Program, server: SmallServer) -> None:
    by_browser(program, server)
    with pytest.raises(FoldersNotAdopted):
        named(program, CLAUDE_CONFIG_DIR="/somewhere/else").prepare_upload()


def test_the_bundled_server_is_linked_in_one_step(program: Program, server: SmallServer) -> None:
    link = bundle(program, server)
    assert [each.path for each in server.requests] == ["/api/local/proof", "/api/local/link"]
    assert known_link(program) == link
    assert program.settings.link is not None
    assert program.settings.link.bundled


def test_another_program_on_the_bundled_servers_port_never_gets_the_token(
    program: Program, server: SmallServer
) -> None:
    bundle(program, server)
    server.secret = b"another" * 4
    asked = len(server.requests)
    for use in (program.prepare_upload, lambda: asked_link(program), lambda: unlink(program)):
        with pytest.raises(ServerNotProven):
            use()
    later = server.requests[asked:]
    assert {each.path for each in later} == {"/api/local/proof"}
    assert not any(each.header("authorization") for each in later)
    assert known_link(program) is None


def test_unlinking_forgets_the_token_here_and_there(program: Program, server: SmallServer) -> None:
    by_browser(program, server)
    unlink(program)
    assert server.grants == {}
    assert tokens(program) == {}
    assert known_link(program) is None
    with pytest.raises(NotLinked):
        unlink(program)
    with pytest.raises(NotLinked):
        program.prepare_upload()


def test_unlinking_works_also_where_the_server_is_gone(
    program: Program, server: SmallServer
) -> None:
    by_browser(program, server)
    assert program.settings.link is not None
    gone = closed_port()
    link = LinkSettings(gone, ACCOUNT, f"{gone}/u/x", "file")
    change_settings(program.places.settings, link=link)
    assert program.memory is not None
    program.memory.set(gone, TOKEN)
    with pytest.raises(ServerUnreachable, match="dashboard"):
        unlink(program)
    assert known_link(program) is None
    assert gone not in tokens(program)


def test_unlinking_a_dead_token_is_done(program: Program, server: SmallServer) -> None:
    by_browser(program, server)
    server.grants.clear()
    unlink(program)
    assert known_link(program) is None


def test_plain_http_to_elsewhere_is_refused_before_a_token_is_read(program: Program) -> None:
    outside = program._replace(memory=None)
    link = LinkSettings("http://example.com", ACCOUNT, "http://example.com/u/x", "keyring")
    environ = named(outside, CLAUDEUSAGE_API="http://example.com")
    for each in (environ, outside):
        with pytest.raises(AddressInvalid) as refused:
            each.prepare_upload()
        assert refused.value.exit_code == 2
        change_settings(program.places.settings, link=link)


def test_a_token_in_the_environment_comes_first_and_is_never_stored(
    program: Program, server: SmallServer, tmp_path: Path
) -> None:
    token = "cu_live_" + "77" * 24
    server.grants[token] = Grant("account-7")
    outside = named(
        program._replace(memory=None), CLAUDEUSAGE_API=server.origin, CLAUDEUSAGE_TOKEN=token
    )
    prepared = outside.prepare_upload()
    assert prepared is not None
    assert prepared.account.account == "account-7"
    outside.accept(prepared)
    assert outside.upload(prepared).applied == 1
    files = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert not [each for each in files if token.encode() in each.read_bytes()]


@pytest.mark.parametrize("token", ["cu_live_short", "cu_live_" + "AB" * 24, "\n", "x" * 99])
def test_a_token_of_the_wrong_form_is_never_sent(
    program: Program, server: SmallServer, token: str
) -> None:
    with pytest.raises(TokenRejected) as refused:
        named(program, CLAUDEUSAGE_API=server.origin, CLAUDEUSAGE_TOKEN=token).prepare_upload()
    assert token not in str(refused.value)
    assert server.requests == []


def test_another_server_in_the_environment_is_not_the_link(
    program: Program, server: SmallServer
) -> None:
    by_browser(program, server)
    other = named(program, CLAUDEUSAGE_API="https://other.example")
    assert known_link(other) is None
    with pytest.raises(NotLinked):
        other.prepare_upload()
    assert known_link(named(program, CLAUDEUSAGE_API=f"{server.origin}/")) is not None


def test_what_was_accepted_is_bound_to_the_account(program: Program, server: SmallServer) -> None:
    by_browser(program, server)
    prepared = program.prepare_upload()
    assert prepared is not None
    program.accept(prepared)
    program.upload(prepared)
    unlink(program)
    server.polls = ["approved"]
    server.grants[TOKEN] = Grant("account-2")
    by_browser(program, server)
    again = program.prepare_upload()
    assert again is not None
    assert not again.accepted_before
    with pytest.raises(PreviewNotAccepted):
        program.upload(again)


def test_a_computer_that_was_installed_anew_is_told_what_the_server_still_holds(
    program: Program, server: SmallServer
) -> None:
    by_browser(program, server)
    first = program.prepare_upload()
    assert first is not None
    program.accept(first)
    assert program.upload(first).only_there == ""
    machine = first.request.machine
    (row,) = server.stored(machine).values()
    server.rows[machine] |= dict.fromkeys(("2025-03-01", "2025-03-02"), row)
    program.ledger_path.unlink()
    unlink(program)
    server.polls, server.grants = ["approved"], {TOKEN: Grant()}
    by_browser(program, server)
    program.collect()
    again = program.prepare_upload()
    assert again is not None
    assert (again.server_unasked, again.only_there) == (True, "")
    program.accept(again)
    assert program.upload(again).only_there == (
        "The server holds 2 older days of this computer, 2025-03-01 to 2025-03-02."
        " They stay there as they are."
    )


def test_the_last_upload_is_that_of_the_linked_account(
    program: Program, server: SmallServer
) -> None:
    assert program.last_upload() is None
    by_browser(program, server)
    assert program.last_upload() is None
    prepared = program.prepare_upload()
    assert prepared is not None
    program.accept(prepared)
    program.upload(prepared)
    assert program.last_upload() == NOW
    assert program.prepare_upload() is None


def test_a_server_that_is_away_for_a_moment_does_not_end_the_linking(
    program: Program, server: SmallServer
) -> None:
    away = 0

    def answer(request: Request) -> Answer | None:
        nonlocal away
        if request.path.endswith("/poll") and away < 2:
            away += 1
            return None
        return server.answer(request)

    with loopback(answer) as there:
        server.origin = there.origin
        link = link_by_browser(program, there.origin, "file", lambda _: None, lambda _: None)
    assert (away, known_link(program)) == (2, link)


def test_linking_to_another_server_forgets_the_token_of_the_first(
    program: Program, server: SmallServer
) -> None:
    by_browser(program, server)
    other = SmallServer(grants={})
    with loopback(other.answer) as there:
        other.origin = there.origin
        by_browser(program, other)
    assert tokens(program) == {other.origin: TOKEN}


def test_the_keyring_is_left_alone_where_nothing_is_linked(program: Program) -> None:
    kept = named(program._replace(memory=None), CLAUDEUSAGE_API="https://usage.example")
    with in_use(UntouchableKeyring()), pytest.raises(NotLinked):
        kept.prepare_upload()


def test_a_folder_whose_name_is_no_text_is_refused_before_a_server_is_asked(
    program: Program, server: SmallServer, tmp_path: Path
) -> None:
    odd = named(program, CLAUDE_CONFIG_DIR=str(tmp_path / "nu\udcff"))
    with pytest.raises(SettingsInvalid, match="UTF-8"):
        by_browser(odd, server)
    assert server.requests == []


def test_a_new_name_is_asked_about_once_also_where_nothing_is_to_be_sent(
    program: Program, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_browser(program, server)
    prepared = program.prepare_upload()
    assert prepared is not None
    program.accept(prepared)
    program.upload(prepared)
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "renamed")
    with pytest.raises(ComputerUnclear):
        program.prepare_upload()
    assert program.prepare_upload(same_computer=True) is None
    assert program.prepare_upload() is None
