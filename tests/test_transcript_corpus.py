"""The transcripts to measure with are what they claim to be: repeatable, and like real ones."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import corpus, reference, transcript_corpus

SIZE = 20_000_000


class Shape(NamedTuple):
    """What the real transcripts were measured by."""

    usage_lines: float
    usage_bytes: float
    bytes_in_long_lines: float
    lines_of_a_response: float
    agents: float


def shape(folder: Path) -> Shape:
    files = transcripts(folder)
    lines = [line for path in files for line in path.read_bytes().splitlines(keepends=True)]
    with_usage = {line: message for line in lines if "usage" in (message := message_in(line))}
    size = sum(map(len, lines))
    return Shape(
        usage_lines=len(with_usage) / len(lines),
        usage_bytes=sum(map(len, with_usage)) / size,
        bytes_in_long_lines=sum(len(line) for line in lines if len(line) > 8192) / size,
        lines_of_a_response=len(with_usage)
        / len({message["id"] for message in with_usage.values()}),
        agents=sum("subagents" in path.parts for path in files) / len(files),
    )


def message_in(line: bytes) -> dict[str, str]:
    message: dict[str, str] = json.loads(line)["message"]
    return message


def transcripts(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.jsonl"))


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in transcripts(folder))


def digest(folder: Path) -> str:
    """Return a hash of every name below a folder and of all bytes."""
    parts = digest_parts(folder)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def digest_parts(folder: Path) -> Iterator[bytes]:
    for path in transcripts(folder):
        yield str(path.relative_to(folder)).encode()
        yield path.read_bytes()


@pytest.mark.parametrize("oddities", [0.0, 0.2])
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, oddities: float) -> None:
    for name, seed in (("one", 7), ("same", 7), ("other", 8)):
        transcript_corpus.write(tmp_path / name, 1_000_000, seed, oddities=oddities)
    assert digest(tmp_path / "one") == digest(tmp_path / "same")
    assert digest(tmp_path / "one") != digest(tmp_path / "other")


def test_twenty_megabytes_are_shaped_like_real_transcripts(tmp_path: Path) -> None:
    files = transcript_corpus.write(tmp_path, SIZE)
    assert len(transcripts(tmp_path)) == files
    assert SIZE <= size_of(tmp_path) < SIZE * 1.1
    assert 180_000 < size_of(tmp_path) / files < 330_000
    found = shape(tmp_path)
    assert 0.36 < found.usage_lines < 0.42
    assert 0.19 < found.usage_bytes < 0.25
    assert 0.5 < found.bytes_in_long_lines < 0.58
    assert 1.9 < found.lines_of_a_response < 2.1
    assert 0.18 < found.agents < 0.38


def test_some_sessions_begin_with_lines_of_an_earlier_one(tmp_path: Path) -> None:
    transcript_corpus.write(tmp_path, SIZE, seed=2)
    sessions: dict[tuple[object, ...], set[str]] = {}
    for copy in reference.copies_below(tmp_path):
        sessions.setdefault(copy.identity, set()).add(copy.session)
    copied = sum(len(each) > 1 for each in sessions.values())
    assert 0 < copied < len(sessions) / 5


def test_small_files_are_as_many_as_were_asked_for(tmp_path: Path) -> None:
    transcript_corpus.write_small_files(tmp_path, 300)
    assert len(transcripts(tmp_path)) == 300
    assert 5_000 < size_of(tmp_path) / 300 < 20_000


def test_oddities_are_mixed_in_by_their_share(tmp_path: Path) -> None:
    transcript_corpus.write(tmp_path, 3_000_000, oddities=0.1)
    odd = tmp_path / "-home-somebody-p9"
    assert 0.05 < size_of(odd) / size_of(tmp_path) < 0.15


def test_every_honest_reader_counts_a_mixed_corpus_alike(tmp_path: Path) -> None:
    transcript_corpus.write(tmp_path, 2_000_000, oddities=0.3)
    copies = reference.copies_below(tmp_path)
    assert not reference.undecided(copies)
    assert reference.rows(copies, UTC, corpus.CLOCK)
