"""A backup of a running server: whole, closed to others, and the same server when restored."""

import shutil
import sqlite3
import stat
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from claudeusage_core import wire
from claudeusage_server.backup import back_up
from claudeusage_server.operator_errors import BackupExists, BackupFailed
from claudeusage_server.start_errors import (
    DatabaseUnreadable,
    StoreMissing,
)
from tests.server.test_cli import read, run, serving
from tests.server.world import JSON, Link, World, authorised, body, day

FILES = ["local-secret", "private.sqlite3", "public.sqlite3"]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def upload(address: str, token: str) -> None:
    request = urllib.request.Request(
        address + wire.DAYS_PATH,
        wire.canonical(body(day())),
        JSON | authorised(token),
        method="PUT",
    )
    urllib.request.urlopen(request).close()


def test_a_backup_is_for_its_owner_alone(world: World, link: Link, tmp_path: Path) -> None:
    world.upload(link.token, day())
    target = tmp_path / "backup"
    back_up(world.data, target)
    assert sorted(path.name for path in target.iterdir()) == FILES
    assert mode(target) == 0o700
    assert {mode(path) for path in target.iterdir()} == {0o600}
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("backup")] == [
        "backup"
    ]


def test_a_backup_has_what_was_not_yet_folded_into_the_files(
    world: World, link: Link, tmp_path: Path
) -> None:
    world.upload(link.token, day())
    back_up(world.data, tmp_path / "backup")
    for name in ("private.sqlite3", "public.sqlite3"):
        with closing(sqlite3.connect(tmp_path / "backup" / name)) as store:
            assert store.execute("SELECT date FROM days").fetchall() == [("2026-11-20",)]
            assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_nothing_is_written_over(world: World, tmp_path: Path, kind: str) -> None:
    target = tmp_path / "backup"
    match kind:
        case "folder":
            target.mkdir()
        case "file":
            target.write_text("")
        case _:
            target.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BackupExists):
        back_up(world.data, target)
    assert not (tmp_path / "elsewhere").exists()
    assert not target.is_dir() or not list(target.iterdir())


def test_a_backup_that_fails_leaves_nothing(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupFailed, match="could not be written: not a directory"):
        back_up(world.data, tmp_path / "file" / "backup")
    (world.data / "local-secret").unlink()
    with pytest.raises(BackupFailed, match="no such file"):
        back_up(world.data, tmp_path / "backup")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "file"]


def test_a_store_that_is_missing_is_told_and_not_made(tmp_path: Path) -> None:
    data = tmp_path / "a folder of 100%"
    World(data).close()
    (data / "public.sqlite3").unlink()
    with pytest.raises(BackupFailed, match="unable to open"):
        back_up(data, tmp_path / "backup")
    assert not (data / "public.sqlite3").exists()
    World(data).close()
    back_up(data, tmp_path / "backup")
    assert len(list((tmp_path / "backup").iterdir())) == len(FILES)


def test_a_damaged_store_is_told_and_not_copied(world: World, link: Link, tmp_path: Path) -> None:
    world.upload(link.token, day())
    world.close()
    store = world.data / "private.sqlite3"
    content = bytearray(store.read_bytes())
    content[4096 * 2 : 4096 * 3] = b"\xff" * 4096
    store.write_bytes(content)
    with pytest.raises(DatabaseUnreadable, match=r"private\.sqlite3"):
        back_up(world.data, tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_there_is_nothing_to_back_up_where_no_server_ran(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing):
        back_up(tmp_path / "typo", tmp_path / "backup")
    assert not list(tmp_path.iterdir())


def test_a_restored_server_knows_tokens_computers_and_pages(tmp_path: Path) -> None:
    data, backup, restored = (tmp_path / name for name in ("data", "backup", "restored"))
    with serving(data) as (address, _process):
        token = run("create-token", data=data).stdout.strip()
        upload(address, token)
        me = read(address + wire.ME_PATH, token)
        name = wire.read_answer(wire.Me, me).profile.rsplit("/", 1)[1]
        pages = [read(f"{address}/u/{name}"), read(f"{address}/api/v1/profile/{name}")]
        done = run("backup", str(backup), data=data)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"{backup}\n", "")
        again = run("backup", str(backup), data=data)
        assert (again.returncode, again.stdout) == (1, "")
        assert "no backup is written over anything" in again.stderr
        port = address.rsplit(":", 1)[1]
    shutil.copytree(backup, restored)
    with serving(restored, "--port", port) as (address, _process):
        assert read(address + wire.ME_PATH, token) == me
        assert [read(f"{address}/u/{name}"), read(f"{address}/api/v1/profile/{name}")] == pages
    assert (restored / "local-secret").read_bytes() == (data / "local-secret").read_bytes()


def test_a_restored_computer_is_the_same_computer(world: World, link: Link, tmp_path: Path) -> None:
    world.upload(link.token, day())
    machine, days = world.get(wire.ME_PATH, link.token).json()["machine"], world.stored(link.token)
    back_up(world.data, tmp_path / "backup")
    restored = World(tmp_path / "backup")
    restored.upload(link.token, day("2026-11-21"), sequence=2)
    assert restored.get(wire.ME_PATH, link.token).json()["machine"] == machine
    assert restored.stored(link.token).items() >= days.items()
    assert len(restored.stored(link.token)) == 2
    restored.close()
