"""Removing everything that the program keeps, and nothing else."""

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest
from filelock import FileLock

from claudeusage_app.credentials import KeyringCredentials
from claudeusage_app.instances import instance_name, runtime_folder
from claudeusage_app.settings import LinkSettings, change_settings
from claudeusage_app.token_files import FileCredentials
from tests.commands import Run
from tests.keyrings import BrokenKeyring, MemoryKeyring, in_use
from tests.loopback import closed_port
from tests.small_server import ACCOUNT, TOKEN, SmallServer
from tests.terminals import answered
from tests.transcript_lines import usage_line, write_transcript

AT = "2026-11-20T10:00:00.000Z"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "program"


@pytest.fixture
def _used(
    run: Run, projects: Path, linked: SmallServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Have used the program in every way that leaves a file."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    write_transcript(projects, usage_line(1, AT))
    assert run("sync", "--yes").code == 0
    assert len(linked.uploads) == 1
    (folder / "server").mkdir()
    for name in ("prices.toml", "prices.json", "server/lock", "server/private.sqlite3"):
        (folder / name).touch()
    (ledger,) = folder.glob("ledger-*.sqlite3")
    for name in ("damaged-20261120T100000Z", "replaced-20261120T100000Z", "damaged-2-wal"):
        (folder / f"{ledger.name}.{name}").touch()
    for name in ("settings.toml.7.new", ".claudeusage-abc_1.new", "prices.json.7.new"):
        (folder / name).touch()
    (folder / ".claudeusage-x_y1").mkdir()
    ledger.with_suffix(".damage.lock").touch()
    assert run("sync", "--install-timer").code == 0


@pytest.fixture
def tray(folder: Path) -> Iterator[Path]:
    """Listen where the tray of this installation does."""
    place = runtime_folder(os.environ) / instance_name(folder, "")
    place.with_name(f"{place.name}.lock").touch()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(place))
        listening.listen()
        yield place


def link_to(origin: str, folder: Path, store: Literal["file", "keyring"]) -> None:
    link = LinkSettings(origin, ACCOUNT, f"{origin}/u/anonymous-1", store)
    change_settings(folder / "settings.toml", link=link)


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() or path.is_socket()}


@pytest.mark.usefixtures("_used")
def test_nothing_is_left_but_the_transcripts(
    run: Run, server: SmallServer, tmp_path: Path, folder: Path, projects: Path
) -> None:
    transcripts = {path: path.read_bytes() for path in files(projects)}
    before = files(tmp_path) - transcripts.keys()
    said = run("purge", "--yes")
    assert said.code == 0
    assert not folder.exists()
    assert server.grants == {}
    assert files(tmp_path) == transcripts.keys()
    assert {path: path.read_bytes() for path in transcripts} == transcripts
    listed = said.out.replace(str(folder / "server"), "")
    for path in before:
        if path.parent != folder / "server":
            assert f"  {path}  (" in listed
    assert f"Days that were uploaded stay on {server.origin}" in said.err
    assert run("purge").err.startswith("There is nothing to remove")


@pytest.mark.usefixtures("_used")
def test_without_a_yes_nothing_is_removed(
    run: Run, server: SmallServer, tmp_path: Path, folder: Path
) -> None:
    before = files(tmp_path)
    said = run("purge")
    assert said.code == 2
    assert "Nothing was changed." in said.err
    assert str(folder / "settings.toml") in said.out
    assert files(tmp_path) >= before
    assert TOKEN in server.grants


@pytest.mark.usefixtures("_used")
@pytest.mark.parametrize(("word", "code"), [("n", 2), ("", 2), ("y", 0)])
def test_on_a_terminal_it_asks(folder: Path, word: str, code: int) -> None:
    said = answered(word, "purge")
    assert said.code == code
    assert "Remove all of this? [y/N]" in said.err
    assert folder.exists() is bool(code)


@pytest.mark.usefixtures("_used")
def test_a_file_of_somebody_elses_stays_and_is_named(run: Run, folder: Path) -> None:
    others = [folder / name for name in ("notes.txt", "ledger-notes.sqlite3", "servers")]
    for other in others:
        other.touch()
    said = run("purge", "--yes")
    assert said.code == 0
    assert sorted(folder.iterdir()) == sorted(others)
    for other in others:
        assert str(other) in said.err
        assert str(other) not in said.out


@pytest.mark.usefixtures("_used")
def test_a_tray_that_runs_is_a_reason_to_refuse(run: Run, tmp_path: Path, tray: Path) -> None:
    before = files(tmp_path)
    assert tray in before
    said = run("purge", "--yes")
    assert (said.code, said.out) == (1, "")
    assert "Quit" in said.err
    assert files(tmp_path) >= before


@pytest.mark.usefixtures("_used")
def test_what_a_killed_tray_left_behind_goes_too(run: Run, tmp_path: Path, tray: Path) -> None:
    foreign = tray.with_name("tray-of-another")
    foreign.touch()
    tray.unlink()
    tray.touch()
    assert run("purge", "--yes").code == 0
    assert [path.name for path in (tmp_path / "run/claudeusage").iterdir()] == [foreign.name]


@pytest.mark.usefixtures("_used")
@pytest.mark.parametrize(
    ("lock", "told"),
    [("server/lock", "bundled server is running"), ("ledger-*.lock", "upload is under way")],
)
def test_what_is_in_use_is_a_reason_to_refuse(run: Run, folder: Path, lock: str, told: str) -> None:
    before = files(folder)
    with FileLock(next(path for path in folder.glob(lock) if "damage" not in path.name)):
        said = run("purge", "--yes")
    assert (said.code, said.out) == (1, "")
    assert told in said.err
    assert files(folder) >= before


@pytest.mark.usefixtures("_used")
def test_a_server_that_cannot_be_told_is_named_and_everything_goes_all_the_same(
    run: Run, folder: Path
) -> None:
    link_to(closed := closed_port(), folder, "file")
    FileCredentials(folder).set(closed, TOKEN)
    said = run("purge", "--yes")
    assert said.code == 5
    assert "cannot be reached" in said.err
    assert "dashboard" in said.err
    assert not folder.exists()


def test_the_token_in_the_keyring_is_listed_and_removed(
    run: Run, linked: SmallServer, folder: Path
) -> None:
    link_to(linked.origin, folder, "keyring")
    with in_use(keyring := MemoryKeyring()):
        KeyringCredentials().set(linked.origin, TOKEN)
        said = run("purge", "--yes")
    assert said.code == 0
    assert f"  the token for {linked.origin}  (in the keyring)" in said.out
    assert keyring.kept == {}
    assert linked.grants == {}


def test_a_keyring_that_fails_keeps_nothing_else_from_going(
    run: Run, linked: SmallServer, folder: Path
) -> None:
    link_to(linked.origin, folder, "keyring")
    with in_use(BrokenKeyring(RuntimeError("locked"))):
        said = run("purge", "--yes")
    assert said.code == 1
    assert "the entry `claudeusage` in the keyring" in said.err
    assert not folder.exists()


@pytest.mark.usefixtures("_used")
def test_the_bundled_server_goes_with_its_token_and_need_not_run(
    run: Run, linked: SmallServer, folder: Path
) -> None:
    origin, before = linked.origin, len(linked.requests)
    link = LinkSettings(origin, ACCOUNT, f"{origin}/u/anonymous-1", "file", bundled=True)
    change_settings(folder / "settings.toml", link=link)
    said = run("purge", "--yes")
    assert said.code == 0
    assert "stay on" not in said.err
    assert len(linked.requests) == before
    assert not folder.exists()


def test_settings_that_cannot_be_read_are_removed_too(
    run: Run, projects: Path, folder: Path
) -> None:
    write_transcript(projects, usage_line(1, AT))
    run("today")
    (folder / "settings.toml").write_text("theme = dark\n")
    said = run("purge", "--yes")
    assert said.code == 0
    assert "a token in the keyring stays there" in said.err
    assert not folder.exists()


def test_a_ledger_of_another_name_goes_with_what_belongs_to_it(
    run: Run, projects: Path, folder: Path, tmp_path: Path
) -> None:
    write_transcript(projects, usage_line(1, AT))
    outside = tmp_path / "outside.sqlite3"
    outside.touch()
    change_settings(folder / "settings.toml", folders=[str(projects)], ledger="mine.sqlite3")
    run("today")
    (folder / "mine.lock").touch()
    (folder / "yours.sqlite3").touch()
    assert (folder / "mine.sqlite3").exists()
    assert run("purge", "--yes").code == 0
    assert [path.name for path in folder.iterdir()] == ["yours.sqlite3"]
    assert outside.exists()


@pytest.mark.usefixtures("_used")
def test_the_timer_of_another_installation_stays(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDEUSAGE_CONFIG_DIR", str(tmp_path / "another"))
    run("today")
    said = run("purge", "--yes")
    assert said.code == 0
    assert "systemd" not in said.out
    assert (tmp_path / "home/.config/systemd/user/claudeusage-sync.timer").exists()


@pytest.mark.usefixtures("_used")
def test_without_a_folder_of_its_own_config_and_data_are_emptied(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLAUDEUSAGE_CONFIG_DIR")
    home = tmp_path / "home"
    places = [home / ".config/claudeusage", home / ".local/share/claudeusage"]
    run("today")
    places[0].mkdir(parents=True)
    (places[0] / "settings.toml").touch()
    assert all(any(place.iterdir()) for place in places)
    assert run("purge", "--yes").code == 0
    assert not any(place.exists() for place in places)


@pytest.mark.usefixtures("_used")
def test_nothing_of_a_transcript_is_said(run: Run, folder: Path) -> None:
    (ledger,) = folder.glob("ledger-*.sqlite3")
    with closing(sqlite3.connect(ledger)) as connection:
        assert connection.execute("SELECT count(*) FROM uploads").fetchone() == (1,)
    said = run("purge")
    for secret in ("An answer.", "-home-somebody-work", "msg_0", "req_0", "1111-2222"):
        assert secret not in said.out + said.err


@pytest.mark.usefixtures("_used")
def test_locks_that_cannot_be_taken_are_removed_like_the_rest(run: Run, folder: Path) -> None:
    for path in (folder / "server" / "lock", *folder.glob("ledger-*.lock")):
        path.unlink()
        path.symlink_to("/proc/version")  # nobody may open it to write, not even root
    said = run("purge", "--yes")
    assert said.code == 0
    assert not folder.exists()
