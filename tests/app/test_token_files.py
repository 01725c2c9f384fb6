"""Tokens in files: for their owner only, and not used where they are not."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from claudeusage_app.link_errors import CredentialsUnavailable, TokenFileOpen
from claudeusage_app.token_files import FileCredentials

ORIGIN = "https://example.com:8443"
TOKEN = "cu_live_" + "ab" * 24
OTHER = "cu_live_" + "cd" * 24

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "config"


@pytest.fixture
def store(folder: Path) -> FileCredentials:
    made = FileCredentials(folder)
    made.set(ORIGIN, TOKEN)
    return made


@pytest.fixture
def file(store: FileCredentials, folder: Path) -> Path:
    del store
    (found,) = folder.iterdir()
    return found


def test_a_token_file_and_its_folder_are_for_their_owner_only(
    store: FileCredentials, file: Path
) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert TOKEN in file.read_text()
    assert store.get(ORIGIN) == TOKEN


def test_two_servers_never_share_a_file(folder: Path) -> None:
    store = FileCredentials(folder)
    tokens = {
        origin: f"cu_live_{number:048x}"
        for number, origin in enumerate(("http://[::1]:1", "http://[::1]:11", "https://a/../b"))
    }
    for origin, token in tokens.items():
        store.set(origin, token)
    assert {origin: store.get(origin) for origin in tokens} == tokens
    assert len(list(folder.iterdir())) == len(tokens)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o666])
def test_a_token_file_that_others_may_use_is_refused_with_the_way_out(
    store: FileCredentials, file: Path, mode: int
) -> None:
    file.chmod(mode)
    with pytest.raises(TokenFileOpen) as refused:
        store.get(ORIGIN)
    assert f"chmod 600 '{file}'" in refused.value.remedy
    assert TOKEN not in str(refused.value)
    file.chmod(0o600)
    assert store.get(ORIGIN) == TOKEN


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away"
)
def test_a_token_file_of_somebody_else_is_refused(store: FileCredentials, file: Path) -> None:
    os.chown(file, 12_345, -1)
    with pytest.raises(TokenFileOpen, match="belongs to somebody else"):
        store.get(ORIGIN)


def test_a_folder_into_which_others_may_put_files_keeps_no_token(
    store: FileCredentials, folder: Path
) -> None:
    folder.chmod(0o770)
    with pytest.raises(TokenFileOpen, match="chmod 700"):
        store.get(ORIGIN)
    with pytest.raises(TokenFileOpen, match="chmod 700"):
        store.set(ORIGIN, OTHER)
    assert list(folder.iterdir()) == []


def test_a_folder_in_which_nobody_can_replace_anothers_file_keeps_tokens(
    store: FileCredentials, folder: Path
) -> None:
    folder.chmod(0o1777)
    assert store.get(ORIGIN) == TOKEN


def test_a_link_in_the_place_of_the_file_is_replaced_and_not_followed(
    store: FileCredentials, file: Path, tmp_path: Path
) -> None:
    target = tmp_path / "somebody's"
    target.write_text("left alone")
    file.unlink()
    file.symlink_to(target)
    aside = file.with_name(f"{file.name}.{os.getpid()}.new")
    aside.symlink_to(target)
    store.set(ORIGIN, OTHER)
    assert target.read_text() == "left alone"
    assert not file.is_symlink()
    assert store.get(ORIGIN) == OTHER
    assert not os.path.lexists(aside)


def test_a_file_left_open_by_an_end_in_the_middle_gives_its_rights_to_no_token(
    store: FileCredentials, file: Path
) -> None:
    aside = file.with_name(f"{file.name}.{os.getpid()}.new")
    aside.touch(0o644)
    aside.chmod(0o644)
    store.set(ORIGIN, OTHER)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"\xff", b"cu_live_", TOKEN[:-1].encode(), b"x" * 9_999])
def test_a_broken_token_file_is_told(store: FileCredentials, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(CredentialsUnavailable, match="does not hold a token") as broken:
        store.get(ORIGIN)
    assert str(file) in broken.value.title
    assert "--store file" in broken.value.remedy


def test_a_pipe_in_the_place_of_the_file_is_not_waited_for(
    store: FileCredentials, file: Path
) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)
    with pytest.raises(CredentialsUnavailable, match="does not hold a token"):
        store.get(ORIGIN)


def test_a_folder_in_the_place_of_the_file_is_told(store: FileCredentials, file: Path) -> None:
    file.unlink()
    (file / "in the way").mkdir(parents=True, mode=0o700)
    uses: list[Callable[[], object]] = [
        lambda: store.get(ORIGIN),
        lambda: store.set(ORIGIN, TOKEN),
        lambda: store.delete(ORIGIN),
    ]
    for use in uses:
        with pytest.raises(CredentialsUnavailable, match="token file") as broken:
            use()
        assert TOKEN not in str(broken.value)
