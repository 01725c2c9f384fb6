"""The transcripts of the bench are written once, and are as they were when it is done."""

from pathlib import Path

import pytest

from tests.bench import corpora
from tests.bench.corpora import APPENDED, Growing, Recipe, prepared

SMALL = Recipe(size=300_000)


def test_a_corpus_is_written_once(tmp_path: Path) -> None:
    first = prepared(SMALL, tmp_path)
    first.last.touch()
    written = first.last.stat().st_mtime_ns
    again = prepared(SMALL, tmp_path)
    assert again == first
    assert again.last.stat().st_mtime_ns == written


def test_files_and_bytes_are_counted(tmp_path: Path) -> None:
    made = prepared(SMALL, tmp_path)
    sizes = [path.stat().st_size for path in made.projects.rglob("*.jsonl")]
    assert (made.files, made.bytes) == (len(sizes), sum(sizes))


def test_many_small_files_are_a_recipe_of_their_own(tmp_path: Path) -> None:
    assert prepared(Recipe(files=50), tmp_path).files == 50


@pytest.mark.parametrize(
    "other", [Recipe(size=300_001), Recipe(size=300_000, seed=1), Recipe(300_000, oddities=0.1)]
)
def test_another_recipe_is_another_corpus(tmp_path: Path, other: Recipe) -> None:
    assert prepared(other, tmp_path).home != prepared(SMALL, tmp_path).home


def test_a_line_is_appended_and_taken_away_again(tmp_path: Path) -> None:
    file = prepared(SMALL, tmp_path).last
    before = file.read_bytes()
    growing = Growing(file)
    growing.grow()
    assert file.read_bytes() == before + APPENDED
    growing.shrink()
    growing.shrink()
    assert file.read_bytes() == before


def test_a_line_that_was_left_behind_is_taken_away(tmp_path: Path) -> None:
    made = prepared(SMALL, tmp_path)
    Growing(made.last).grow()
    assert prepared(SMALL, tmp_path).bytes == made.bytes


def test_transcripts_are_away_only_inside_the_block(tmp_path: Path) -> None:
    made = prepared(SMALL, tmp_path)
    with made.away():
        assert not made.projects.exists()
    assert len(list(made.projects.rglob("*.jsonl"))) == made.files


def test_nothing_of_the_real_environment_is_read(tmp_path: Path) -> None:
    environ = corpora.empty(tmp_path).environ
    assert environ.keys() == {"PATH", "HOME", "CLAUDE_CONFIG_DIR", "LANG", "TZ"}
    assert Path(environ["HOME"]).is_relative_to(tmp_path)
