"""The data folder: modes, secrets, the lock."""

import os
import stat
from pathlib import Path

import pytest

from claudeusage_server import folder
from claudeusage_server.start_errors import (
    FolderForeign,
    FolderInUse,
    FolderOpen,
    FolderUnusable,
    SecretInvalid,
    StoreMissing,
)
from claudeusage_server.surroundings import Surroundings
from tests.server.world import Link, World


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_can_read_any_file(world: World, link: Link) -> None:
    assert link.token
    old = os.umask(0)
    try:
        folder.write_address(world.data, "http://127.0.0.1:1")
        with folder.held(world.data):
            assert mode(world.data) == 0o700
            modes = {path.name: mode(path) for path in world.data.iterdir()}
    finally:
        os.umask(old)
    assert {"private.sqlite3", "private.sqlite3-wal", "public.sqlite3-shm", "lock"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_the_secret_is_kept(tmp_path: Path) -> None:
    folder.prepare(tmp_path, Surroundings())
    secret = folder.local_secret(tmp_path)
    folder.prepare(tmp_path, Surroundings())
    assert folder.local_secret(tmp_path) == secret
    assert len(secret) == 32


def test_a_secret_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "local-secret").write_text("short\n")
    with pytest.raises(SecretInvalid, match="local-secret"):
        folder.local_secret(tmp_path)


def test_a_folder_is_held_once(tmp_path: Path) -> None:
    with folder.held(tmp_path), pytest.raises(FolderInUse), folder.held(tmp_path):
        pass
    with folder.held(tmp_path):
        pass


def test_a_new_folder_is_its_owners_alone_from_the_start(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        with folder.held(tmp_path / "parent" / "data"):
            assert mode(tmp_path / "parent" / "data") == 0o700
    finally:
        os.umask(old)


@pytest.mark.parametrize("bits", [0o1777, 0o755, 0o750, 0o702])
def test_a_folder_that_others_can_look_into_is_refused_and_left_alone(
    tmp_path: Path, bits: int
) -> None:
    data = tmp_path / "it's data"
    data.mkdir()
    data.chmod(bits)
    with pytest.raises(FolderOpen, match="chmod 700 '"), folder.held(data):
        pass
    with pytest.raises(FolderOpen):
        folder.prepare(data, Surroundings())
    assert mode(data) == bits
    assert list(data.iterdir()) == []


def test_a_folder_of_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("")
    tmp_path.chmod(0o755)
    with pytest.raises(FolderForeign, match="new or an empty folder"), folder.held(tmp_path):
        pass
    with pytest.raises(FolderForeign):
        folder.prepare(tmp_path, Surroundings())
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    assert mode(tmp_path) == 0o755


def test_a_servers_own_folder_may_hold_other_files_too(tmp_path: Path) -> None:
    with folder.held(tmp_path):
        folder.prepare(tmp_path, Surroundings())
    (tmp_path / "notes.txt").write_text("")
    with folder.held(tmp_path):
        folder.prepare(tmp_path, Surroundings())


def test_a_folder_that_was_opened_to_others_later_is_refused(tmp_path: Path) -> None:
    folder.prepare(tmp_path, Surroundings())
    tmp_path.chmod(0o755)
    with pytest.raises(FolderOpen):
        folder.prepare(tmp_path, Surroundings())
    with pytest.raises(FolderOpen):
        folder.check_store(tmp_path)


def test_a_folder_without_a_store_has_none_and_gets_none(tmp_path: Path) -> None:
    for data in (tmp_path, tmp_path / "data"):
        with pytest.raises(StoreMissing, match="claudeusage serve"):
            folder.check_store(data)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(FolderUnusable, match="cannot be used"), folder.held(tmp_path / "data"):
        pass
