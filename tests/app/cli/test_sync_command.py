"""The program claudeusage-sync: every flag of the original client, and what it means here."""

import json
import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import tzlocal

from claudeusage_app.cli import main
from claudeusage_app.cli.sync_parser import parsed
from claudeusage_app.settings import LinkSettings, change_settings
from tests.commands import Run, Said, ended
from tests.keyrings import MemoryKeyring, UntouchableKeyring, in_use
from tests.original import write_original
from tests.small_server import ACCOUNT, TOKEN, SmallServer, listening
from tests.transcript_lines import append, usage_line, write_transcript

DAYS = ("2026-11-18", "2026-11-19", "2026-11-20")


@pytest.fixture(autouse=True)
def keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeyring]:
    monkeypatch.setenv("TZ", "UTC")
    tzlocal.reload_localzone()
    made = MemoryKeyring()
    with in_use(made):
        yield made
    monkeypatch.undo()
    tzlocal.reload_localzone()


@pytest.fixture
def transcript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    monkeypatch.setenv("CLAUDEUSAGE_CONFIG_DIR", str(tmp_path / "program"))
    lines = (usage_line(number, f"{day}T09:00:00Z") for number, day in enumerate(DAYS))
    return write_transcript(tmp_path / "claude" / "projects", *lines)


@pytest.fixture
def run(transcript: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    del transcript

    def running(*words: str, program: str = "claudeusage-sync") -> Said:
        capsys.readouterr()
        code = main(words, parsed) if program == "claudeusage-sync" else main(words)
        return ended(code, capsys)

    return running


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallServer]:
    """Give a server that the environment names; there is no token for it yet."""
    with listening() as made:
        monkeypatch.setenv("CLAUDEUSAGE_API", made.origin)
        yield made


@pytest.fixture
def linked(server: SmallServer, monkeypatch: pytest.MonkeyPatch) -> SmallServer:
    """Give the same with a token in the environment."""
    monkeypatch.setenv("CLAUDEUSAGE_TOKEN", TOKEN)
    return server


def link(server: SmallServer, keyring: MemoryKeyring, tmp_path: Path) -> None:
    made = LinkSettings(server.origin, ACCOUNT, f"{server.origin}/u/anonymous-1")
    change_settings(tmp_path / "program" / "settings.toml", link=made)
    keyring.kept["claudeusage", server.origin] = TOKEN


def paths(server: SmallServer) -> list[str]:
    return [each.path for each in server.requests]


def dates(body: bytes) -> list[str]:
    return [day["date"] for day in json.loads(body)["days"]]


def test_the_first_run_links_shows_what_would_be_sent_and_waits_for_a_yes(
    run: Run, server: SmallServer, keyring: MemoryKeyring
) -> None:
    said = run()
    assert said.code == 4
    assert f"{server.origin}/device?code=BCDFGHJK" in said.out
    assert f"Linked to {server.origin}." in said.out
    assert "3 days have changed. This is all that will be sent." in said.out
    assert "To accept this preview and upload it, run `claudeusage-sync --yes`." in said.err
    assert list(keyring.kept.values()) == [TOKEN]
    assert server.uploads == []


def test_a_yes_uploads_what_was_shown_and_is_needed_once(
    run: Run, linked: SmallServer, transcript: Path
) -> None:
    shown = run()
    assert shown.code == 4
    accepted = run("--yes")
    assert accepted.code == 0
    assert accepted.out.startswith(shown.out)
    assert [dates(body) for body in linked.uploads] == [list(DAYS)]
    append(transcript, usage_line(9, "2026-11-20T10:00:00Z"))
    assert run().code == 0
    assert dates(linked.uploads[-1]) == ["2026-11-20"]
    again = run()
    assert (again.code, again.out, again.err) == (0, "", "Everything is already there.\n")


def test_a_yes_on_the_first_run_links_and_uploads(run: Run, server: SmallServer) -> None:
    assert run("--yes").code == 0
    assert len(server.uploads) == 1


def test_without_a_server_it_says_how_to_name_one(run: Run) -> None:
    said = run()
    assert (said.code, said.out) == (2, "")
    assert "Set CLAUDEUSAGE_API" in said.err
    assert "claudeusage link ADDRESS" in said.err


def test_a_computer_that_is_linked_to_another_server_is_not_linked_anew(
    run: Run,
    server: SmallServer,
    keyring: MemoryKeyring,
    tmp_path: Path,
) -> None:
    link(SmallServer("https://other.example"), keyring, tmp_path)
    said = run()
    assert said.code == 3
    assert server.requests == []


def test_a_dry_run_shows_what_would_be_sent_and_sends_nothing(
    run: Run, linked: SmallServer
) -> None:
    said = run("--dry-run")
    assert said.code == 0
    assert "3 days have changed." in said.out
    assert said.err.endswith("Nothing was sent.\n")
    assert {each.method for each in linked.requests} == {"GET"}
    assert run("--yes").out.startswith(said.out)


def test_a_dry_run_without_a_link_asks_no_server_and_makes_no_link(
    run: Run, server: SmallServer
) -> None:
    said = run("--dry-run")
    assert said.code == 0
    assert "3 days have changed." in said.out
    assert "not linked" in said.err
    assert server.requests == []


def test_since_a_day_sends_that_day_and_later_ones(run: Run, linked: SmallServer) -> None:
    refused = run("--since", "2026-11-19")
    assert refused.code == 4
    assert "2026-11-18" not in refused.out
    assert "`claudeusage-sync --since 2026-11-19 --yes`" in refused.err
    assert "`claudeusage preview --since 2026-11-19 --json`" in refused.out
    assert run("--since", "2026-11-19", "--yes").code == 0
    assert [dates(body) for body in linked.uploads] == [["2026-11-19", "2026-11-20"]]
    again = run("--since", "2026-11-19")
    assert (again.code, again.err) == (0, "Every day from 2026-11-19 on is already there.\n")
    assert run().code == 0
    assert dates(linked.uploads[-1]) == ["2026-11-18"]
    assert sorted(linked.stored()) == list(DAYS)


def test_the_preview_since_a_day_has_the_bytes_that_are_sent(run: Run, linked: SmallServer) -> None:
    since = ("--since", "2026-11-20")
    shown = run("preview", "--json", *since, program="claudeusage")
    assert run("sync", *since, "--yes", program="claudeusage").code == 0
    assert linked.uploads == [shown.out.encode()]
    assert dates(linked.uploads[0]) == ["2026-11-20"]


def test_a_preview_since_a_day_names_the_command_that_accepts_it(
    run: Run, linked: SmallServer
) -> None:
    said = run("sync", "--since", "2026-11-20", "--recount", program="claudeusage")
    assert said.code == 4
    assert "2026-11-19" not in said.err
    assert "`claudeusage sync --since 2026-11-20 --recount --yes`" in said.err
    said = run("sync", "--since", "2026-11-20", program="claudeusage")
    assert "`claudeusage sync --since 2026-11-20 --yes`" in said.err
    assert linked.uploads == []


def test_full_is_an_upload_like_any_other_and_says_so(run: Run, linked: SmallServer) -> None:
    run("--yes")
    said = run("--full")
    assert (said.code, said.out) == (0, "")
    assert said.err.splitlines()[0].startswith("--full changes nothing:")
    assert said.err.splitlines()[1:] == ["Everything is already there."]
    linked.rows.clear()
    for grant in linked.grants.values():
        grant.machine, grant.sequence = None, 0
    assert run("--full").code == 0
    assert [dates(body) for body in linked.uploads] == [list(DAYS), list(DAYS)]


def test_a_token_among_the_arguments_is_used_not_kept_and_warned_of(
    run: Run, server: SmallServer, tmp_path: Path
) -> None:
    with in_use(UntouchableKeyring()):
        refused = run("--token", TOKEN)
        said = run("--token", TOKEN, "--yes")
    assert (refused.code, said.code) == (4, 0)
    assert "`claudeusage-sync --token - --yes`" in refused.err
    for each in (refused, said):
        assert "can be seen by other users" in each.err
        assert TOKEN not in each.out + each.err
    assert len(server.uploads) == 1
    assert "/api/cli/auth/start" not in paths(server)
    assert "CLAUDEUSAGE_TOKEN" not in os.environ
    files = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert not [each for each in files if TOKEN.encode() in each.read_bytes()]


def test_a_token_on_stdin_is_used_and_nothing_is_warned_of(
    run: Run, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(f"{TOKEN}\n"))
    said = run("--token", "-", "--yes")
    assert said.code == 0
    assert "arguments" not in said.err
    assert len(server.uploads) == 1


@pytest.mark.parametrize("given", ["", "cu_live_secret", "cu_live_" + "AB" * 24])
def test_what_is_no_token_is_refused_before_anything_is_asked(
    run: Run, server: SmallServer, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(given))
    for word in ("-", given):
        said = run("--token", word)
        assert (said.code, said.out) == (2, "")
        assert "is not a token" in said.err
        assert "secret" not in said.err
    assert server.requests == []


def test_a_token_without_a_server_says_how_to_name_one(run: Run) -> None:
    said = run("--token", TOKEN)
    assert said.code == 2
    assert "which server the token is for" in said.err
    assert "CLAUDEUSAGE_API" in said.err


def test_a_dead_token_is_3(run: Run, server: SmallServer) -> None:
    server.grants.clear()
    said = run("--token", TOKEN)
    assert said.code == 3
    assert "does not accept" in said.err


def test_options_of_our_own_work_too(run: Run, linked: SmallServer) -> None:
    said = run("--recount")
    assert said.code == 4
    assert "a usual one" in said.err
    assert run("--recount", "--twin", "merge", "--same-computer", "--yes").code == 0
    assert json.loads(linked.uploads[0])["twin"] == "merge"


def test_status_shows_what_is_linked(run: Run, linked: SmallServer) -> None:
    said = run("status", "--json")
    assert said.code == 0
    assert json.loads(said.out)["server"] == linked.origin


def test_doctor_says_what_is_wrong(run: Run, linked: SmallServer) -> None:
    found = json.loads(run("doctor", "--json").out)
    assert found["server"]["origin"] == linked.origin
    assert found["responses"]["counted"] == 3


@pytest.mark.parametrize("command", ["unlink", "logout"])
def test_unlink_and_logout_forget_the_link_here_and_there(
    run: Run, server: SmallServer, keyring: MemoryKeyring, tmp_path: Path, command: str
) -> None:
    link(server, keyring, tmp_path)
    said = run(command)
    assert (said.code, said.err) == (0, "")
    assert "not linked any more" in said.out
    assert (server.grants, keyring.kept) == ({}, {})
    assert run(command).code == 3


def test_the_original_clients_link_is_told_and_not_taken_where_nobody_can_be_asked(
    run: Run, server: SmallServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_original(tmp_path / "home", server.origin)
    monkeypatch.delenv("CLAUDEUSAGE_API")
    for words, code in (((), 2), (("--dry-run",), 0)):
        said = run(*words)
        assert said.code == code
        assert f"The original client is linked to {server.origin} (token cu_live_••••" in said.err
        assert "`claudeusage link --take-over`" in said.err
        assert TOKEN not in said.err
    assert server.requests == []


def test_the_original_clients_link_is_not_told_of_where_a_token_is_given(
    run: Run, linked: SmallServer, tmp_path: Path
) -> None:
    write_original(tmp_path / "home", linked.origin)
    assert "original" not in run("--yes").err
