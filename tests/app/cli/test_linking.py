"""Linking as another computer, and unlinking: what changes here and at the server, and when."""

import json
from pathlib import Path
from typing import Literal

import pytest

from claudeusage_app.settings import LinkSettings, change_settings, read_settings
from claudeusage_app.token_files import FileCredentials
from tests.commands import Run
from tests.keyrings import BrokenKeyring, in_use
from tests.loopback import closed_port
from tests.small_server import ACCOUNT, TOKEN, SmallServer
from tests.transcript_lines import usage_line, write_transcript


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "program"


def link_to(folder: Path, origin: str, store: Literal["file", "keyring"] = "file") -> None:
    link = LinkSettings(origin, ACCOUNT, f"{origin}/u/anonymous-1", store)
    change_settings(folder / "settings.toml", link=link)


def is_forgotten(folder: Path) -> bool:
    return read_settings(folder / "settings.toml").link is None and not list(folder.glob("token-*"))


def test_unlinking_revokes_the_token_and_forgets_it(
    run: Run, linked: SmallServer, folder: Path
) -> None:
    said = run("unlink")
    assert (said.code, said.err) == (0, "")
    assert "revoked" in said.out
    assert linked.grants == {}
    assert is_forgotten(folder)


def test_a_server_that_cannot_be_reached_is_told_and_the_link_forgotten(
    run: Run, linked: SmallServer, folder: Path
) -> None:
    link_to(folder, gone := closed_port())
    FileCredentials(folder).delete(linked.origin)
    FileCredentials(folder).set(gone, TOKEN)
    said = run("unlink")
    assert (said.code, said.out) == (5, "")
    assert f"The server at {gone} cannot be reached." in said.err
    assert "forgotten here" in said.err
    assert "dashboard" in said.err
    assert is_forgotten(folder)


def test_a_token_that_is_dead_already_is_forgotten_without_a_word(
    run: Run, linked: SmallServer, folder: Path
) -> None:
    linked.grants.clear()
    said = run("unlink")
    assert (said.code, said.err) == (0, "")
    assert is_forgotten(folder)


def test_a_token_that_is_not_there_is_not_said_to_be_revoked(
    run: Run, linked: SmallServer, folder: Path
) -> None:
    FileCredentials(folder).delete(linked.origin)
    said = run("unlink")
    assert said.code == 0
    assert "revoked" not in said.out
    assert "dashboard" in said.err
    assert is_forgotten(folder)
    assert TOKEN in linked.grants


def test_a_keyring_that_fails_is_told_and_the_link_forgotten(
    run: Run, linked: SmallServer, folder: Path
) -> None:
    FileCredentials(folder).delete(linked.origin)
    link_to(folder, linked.origin, "keyring")
    with in_use(BrokenKeyring(RuntimeError("locked"))):
        said = run("unlink")
    assert (said.code, said.out) == (1, "")
    assert "the entry `claudeusage` in the keyring" in said.err
    assert is_forgotten(folder)
    assert TOKEN in linked.grants


def test_what_was_counted_and_uploaded_is_still_there_afterwards(
    run: Run, linked: SmallServer, projects: Path
) -> None:
    write_transcript(projects, usage_line(1, "2026-11-20T10:00:00Z"))
    run("sync", "--yes")
    run("unlink")
    assert "1 applied" in run("uploads").out
    assert run("uploads", "1", "--json").out == linked.uploads[0].decode()
    assert run("sync").code == 3


def computer(run: Run) -> object:
    return json.loads(run("status", "--json").out)["computer"]


@pytest.mark.parametrize("how", ["", "--bundled"])
def test_a_failed_link_as_another_computer_changes_nothing(
    run: Run, linked: SmallServer, folder: Path, how: str
) -> None:
    before, settings = computer(run), (folder / "settings.toml").read_bytes()
    said = run("link", "--another-computer", *(how.split() or [closed_port()]), "--store", "file")
    assert (said.code, said.out) == (5, "")
    assert (folder / "settings.toml").read_bytes() == settings
    assert FileCredentials(folder).get(linked.origin) == TOKEN
    assert computer(run) == before


def test_another_computer_links_to_the_same_server_with_an_id_of_its_own(
    run: Run, linked: SmallServer, folder: Path, projects: Path
) -> None:
    write_transcript(projects, usage_line(1, "2026-11-22T10:00:00Z"))
    assert run("sync", "--yes").code == 0
    before, secret = computer(run), bytes(range(32))
    linked.secret = secret
    (folder / "server").mkdir()
    (folder / "server" / "local-secret").write_text(secret.hex())
    (folder / "server" / "address").write_text(linked.origin)
    link = LinkSettings(linked.origin, ACCOUNT, f"{linked.origin}/u/anonymous-1", "file", True)
    change_settings(folder / "settings.toml", link=link)
    linked.grants.clear()
    assert run("link", "--another-computer", "--store", "file").code == 0
    assert computer(run) != before
    assert run("sync").code == 0
    assert linked.grants[TOKEN].machine == computer(run)


def test_another_computer_without_any_server_is_asked_for_one(run: Run) -> None:
    said = run("link", "--another-computer")
    assert (said.code, said.out) == (2, "")
    assert "Say which server" in said.err
