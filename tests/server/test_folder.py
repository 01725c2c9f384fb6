"""The data folder: modes, secrets, the lock."""

import os
import stat
from pathlib import Path

import pytest

from claudeusage_server import folder
from claudeusage_server.errors import FolderInUse, FolderUnusable, SecretInvalid
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


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(FolderUnusable, match="cannot be used"), folder.held(tmp_path / "data"):
        pass
