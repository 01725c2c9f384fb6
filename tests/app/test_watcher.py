"""The watcher: hints arrive, whatever happens to the folders; without watches nothing breaks."""

import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from claudeusage_app.watcher import Watcher

PATIENCE = 10

LIMITED = """
import sys, threading
from pathlib import Path
from claudeusage_app.watcher import Watcher

root = Path(sys.argv[1])
Path("/proc/sys/user/max_inotify_watches").write_text("3")
hinted = threading.Event()
watcher = Watcher([root], lambda path: hinted.set())
watcher.start()
watcher.told(found=False, announced=False)
for _ in range(3):
    watcher.told(found=True, announced=False)
assert watcher.by_polling
watcher.stop()
print("ended")
"""


class Hints:
    """Counts hints, and waits for the next one."""

    def __init__(self) -> None:
        self._came = threading.Event()

        self.paths: list[str | None] = []

    def __call__(self, path: str | None) -> None:
        self.paths.append(path)
        self._came.set()

    def after(self, change: Callable[[], object]) -> bool:
        """Make a change, and return whether it was hinted at."""
        self._came.clear()
        change()
        return self._came.wait(PATIENCE)


@contextmanager
def watching(root: Path, hints: Hints) -> Generator[Watcher]:
    watcher = Watcher([root], hints)
    watcher.start()
    try:
        yield watcher
    finally:
        watcher.stop()


@pytest.fixture
def hints() -> Hints:
    return Hints()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "claude" / "projects"


def append(file: Path) -> None:
    with file.open("a") as stream:
        stream.write("{}\n")


def test_a_line_appended_to_a_transcript_is_hinted_at(root: Path, hints: Hints) -> None:
    root.mkdir(parents=True)
    transcript = root / "one.jsonl"
    transcript.touch()
    with watching(root, hints):
        assert hints.after(lambda: append(transcript))


def test_the_hint_names_the_transcript_that_was_appended_to(root: Path, hints: Hints) -> None:
    root.mkdir(parents=True)
    append(root / "one.jsonl")
    with watching(root, hints):
        assert hints.after(lambda: append(root / "one.jsonl"))
    assert set(hints.paths) == {str(root / "one.jsonl")}


def test_a_link_to_a_folder_is_a_hint_at_everything(root: Path, hints: Hints) -> None:
    root.mkdir(parents=True)
    with watching(root, hints):
        assert hints.after(lambda: (root / "link").symlink_to(root.parent))
    assert hints.paths[0] is None


def test_other_files_are_no_hint(root: Path, hints: Hints) -> None:
    root.mkdir(parents=True)
    with watching(root, hints):
        append(root / "notes.txt")
        assert hints.after(lambda: append(root / "one.jsonl"))
    assert set(hints.paths) == {str(root / "one.jsonl")}


def test_a_transcript_in_a_new_folder_is_hinted_at(root: Path, hints: Hints) -> None:
    root.mkdir(parents=True)
    with watching(root, hints):
        assert hints.after((root / "project").mkdir)
        assert hints.after(lambda: append(root / "project" / "one.jsonl"))


def test_the_nearest_folder_above_is_watched_until_the_root_appears(
    root: Path, hints: Hints
) -> None:
    with watching(root, hints) as watcher:
        assert hints.after(root.parent.mkdir)
        watcher.arm()
        assert hints.after(root.mkdir)
        watcher.arm()
        assert hints.after(lambda: append(root / "one.jsonl"))


def test_a_root_that_is_removed_and_made_again_is_watched_again(root: Path, hints: Hints) -> None:
    root.mkdir(parents=True)
    with watching(root, hints) as watcher:
        assert hints.after(root.rmdir)
        watcher.arm()
        assert hints.after(root.mkdir)
        watcher.arm()
        assert hints.after(lambda: append(root / "one.jsonl"))


def test_a_root_that_is_moved_away_is_not_mistaken_for_its_successor(
    root: Path, hints: Hints
) -> None:
    root.mkdir(parents=True)
    with watching(root, hints) as watcher:
        assert hints.after(lambda: root.rename(root.with_name("before")))
        root.mkdir()
        watcher.arm()
        assert hints.after(lambda: append(root / "one.jsonl"))


def test_a_root_behind_a_symbolic_link_is_watched(root: Path, tmp_path: Path, hints: Hints) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    root.parent.mkdir()
    root.symlink_to(elsewhere)
    with watching(root, hints):
        assert hints.after(lambda: append(elsewhere / "one.jsonl"))


def test_no_path_is_printed_or_warned_of(
    root: Path, hints: Hints, caplog: pytest.LogCaptureFixture
) -> None:
    secret = root / "secret-project"
    secret.mkdir(parents=True)
    with warnings.catch_warnings(record=True) as caught, watching(root, hints) as watcher:
        warnings.warn("Callback with id '1' for <secret>", RuntimeWarning, stacklevel=1)
        hints.after(lambda: append(secret / "one.jsonl"))
        secret.rename(root / "another-secret")
        watcher.arm()
        hints.after(lambda: append(root / "another-secret" / "one.jsonl"))
    assert not caught
    assert "secret" not in caplog.text


def test_three_unannounced_finds_in_a_row_mean_polling(root: Path, hints: Hints) -> None:
    root.mkdir(parents=True)
    with watching(root, hints) as watcher:
        polling: list[bool] = []
        for _ in range(3):
            watcher.told(found=True, announced=False)
            polling.append(watcher.by_polling)
        watcher.told(found=False, announced=True)
        polling.append(watcher.by_polling)
    assert polling == [False, False, True, False]


def test_exhausted_watches_are_survived_and_noticed(root: Path) -> None:
    for number in range(6):
        (root / str(number)).mkdir(parents=True)
    command = ["unshare", "-U", "-r", sys.executable, "-c", LIMITED, str(root)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=False, env=environment
    )
    assert done.stdout == "ended\n", done.stderr
    assert str(root) not in done.stderr
