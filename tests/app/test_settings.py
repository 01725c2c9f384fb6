"""The settings file: typed, kept with its comments, never half written."""

import stat
from pathlib import Path

import pytest

from claudeusage_app.errors import SettingsInvalid
from claudeusage_app.settings import (
    LinkSettings,
    Settings,
    change_settings,
    read_settings,
    replace_file,
)

LINK = LinkSettings("https://example.com", "account-1", "https://example.com/u/name", "file")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


def write(path: Path, text: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text)


def test_without_a_file_the_defaults_hold(path: Path) -> None:
    assert read_settings(path) == Settings()
    assert not path.parent.exists()


def test_what_is_written_is_read(path: Path) -> None:
    written = change_settings(path, folders=["/a", "/b c\"'\\"], ledger="l.sqlite3", link=LINK)
    assert written == Settings(folders=("/a", "/b c\"'\\"), ledger="l.sqlite3", link=LINK)
    assert read_settings(path) == written


def test_comments_and_other_settings_outlive_a_change(path: Path) -> None:
    write(path, b"# mine\nwalk_seconds = 5 # often\n")
    change_settings(path, link=LINK, theme="dark")
    change_settings(path, link=None)
    text = path.read_text()
    assert "# mine" in text
    assert "walk_seconds = 5 # often" in text
    assert read_settings(path) == Settings(walk_seconds=5, theme="dark")


def test_the_file_is_for_its_owner_only(path: Path) -> None:
    change_settings(path, theme="dark")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["settings.toml"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"theme = 'dark'\nwalk_seconds =\n", "line 2"),
        (b"theme = 'dark'\ntheme = 'dark'\n", "line 2"),
        (b"[link\n", "line 1"),
        (b"walk_seconds = 'often'\n", "walk_seconds"),
        (b"walk_seconds = 0\n", "walk_seconds"),
        (b"theme = 'pink'\n", "theme"),
        (b"colour = 1\n", "colour"),
        (b"[link]\norigin = 'https://example.com'\n", "account"),
        (b"theme = '\xff'\n", "utf-8"),
        (b'folders = ["a\\u0000b"]\n', "folders"),
        (b'ledger = "a\\u0000b"\n', "ledger"),
        (b"theme = " + b"[" * 5_000, "recursion"),
    ],
)
def test_a_broken_file_is_named_with_the_place_in_it(path: Path, text: bytes, reason: str) -> None:
    write(path, text)
    with pytest.raises(SettingsInvalid) as broken:
        read_settings(path)
    assert str(path) in str(broken.value)
    assert reason in str(broken.value)
    with pytest.raises(SettingsInvalid):
        change_settings(path, theme="dark")
    assert path.read_bytes() == text


def test_a_folder_in_the_files_place_is_named(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(SettingsInvalid, match=r"settings\.toml could not be read"):
        read_settings(path)


def test_where_the_file_cannot_be_written_a_sentence_says_so(path: Path) -> None:
    path.parent.touch()
    with pytest.raises(SettingsInvalid):
        change_settings(path, theme="dark")


def test_a_failed_replacement_leaves_the_old_file_and_nothing_beside_it(path: Path) -> None:
    write(path, b"old")
    aside = path.with_name("folder")
    (aside / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match=r"folder|directory"):
        replace_file(aside, b"new")
    assert sorted(each.name for each in path.parent.iterdir()) == ["folder", "settings.toml"]
