"""The one setting of Claude Code that is read."""

import os
from pathlib import Path

import pytest

from claudeusage_app.claude_settings import Cleanup, ToldBy, cleanup_period

USUAL = Cleanup(30, ToldBy.DEFAULT)
UNREADABLE = Cleanup(30, ToldBy.UNREADABLE)


def read(folder: Path, text: bytes) -> Cleanup:
    (folder / "settings.json").write_bytes(text)
    return cleanup_period(folder / "projects")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b'{"cleanupPeriodDays": 90}', Cleanup(90, ToldBy.SETTINGS)),
        (b'{"cleanupPeriodDays": 0}', Cleanup(0, ToldBy.SETTINGS)),
        (b'{"cleanupPeriodDays": 7.0}', Cleanup(7, ToldBy.SETTINGS)),
        (b'\xef\xbb\xbf{"cleanupPeriodDays": 5}', Cleanup(5, ToldBy.SETTINGS)),
        (b'{"model": "opus"}', USUAL),
        (b'{"cleanupPeriodDays": null}', USUAL),
        (b'{"cleanupPeriodDays": true}', UNREADABLE),
        (b'{"cleanupPeriodDays": "90"}', UNREADABLE),
        (b'{"cleanupPeriodDays": -1}', UNREADABLE),
        (b'{"cleanupPeriodDays": Infinity}', UNREADABLE),
        (b'{"cleanupPeriodDays": NaN}', UNREADABLE),
        (b'{"cleanupPeriodDays": 1e400}', UNREADABLE),
        (b'{"cleanupPeriodDays": ' + b"9" * 5_000 + b"}", UNREADABLE),
        (b"{", UNREADABLE),
        (b"[]", UNREADABLE),
        (b"", UNREADABLE),
        (b"\xff", UNREADABLE),
        (b"[" * 100_000, UNREADABLE),
    ],
)
def test_the_period_is_read_or_told_to_be_assumed(
    tmp_path: Path, text: bytes, found: Cleanup
) -> None:
    assert read(tmp_path, text) == found


def test_without_a_file_the_usual_period_is_in_force(tmp_path: Path) -> None:
    assert cleanup_period(tmp_path / "nowhere" / "projects") == USUAL


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "settings.json")
    assert cleanup_period(tmp_path / "projects") == UNREADABLE


def test_nothing_is_ever_changed(tmp_path: Path) -> None:
    read(tmp_path, b'{"cleanupPeriodDays": 90}')
    before = (tmp_path / "settings.json").stat()
    cleanup_period(tmp_path / "projects")
    assert (tmp_path / "settings.json").stat().st_mtime_ns == before.st_mtime_ns
    assert [each.name for each in tmp_path.iterdir()] == ["settings.json"]
