"""The bench fails for one reason only: totals of claudeusage that differ."""

from pathlib import Path

import pytest

from tests.bench.__main__ import main, size, verdict
from tests.bench.measuring import Entrant, Row
from tests.bench.totals import Totals

RIGHT = Totals(input=1, output=1, cache_write=1, cache_read=1)
WRONG = Totals(input=1, output=2, cache_write=1, cache_read=1)


def row(found: Totals, *, peer: bool = False) -> Row:
    return Row(Entrant("a", "reader a", ("true",), {}, expected=RIGHT, peer=peer), totals=[found])


def test_equal_totals_are_no_failure() -> None:
    assert verdict([row(RIGHT)]) == 0


def test_other_totals_are_a_failure_that_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict([row(RIGHT), row(WRONG)]) == 1
    assert "reader a" in capsys.readouterr().out


def test_a_peer_may_count_something_else() -> None:
    assert verdict([row(WRONG, peer=True)]) == 0


@pytest.mark.parametrize("keep", [False, True])
def test_transcripts_stay_only_if_they_are_to_be_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], keep: bool
) -> None:
    options = ["--size", "100KB", "--no-peers", "--rounds", "1", "--only", "large/grep"]
    assert main([*options, *["--keep"] * keep], tmp_path) == 0
    assert "grep -cF" in capsys.readouterr().out
    assert any(tmp_path.rglob("*.jsonl")) == keep


@pytest.mark.parametrize(
    ("text", "expected"), [("1GB", 10**9), ("250MB", 250 * 10**6), ("3KB", 3000)]
)
def test_sizes_are_read_with_their_unit(text: str, expected: int) -> None:
    assert size(text) == expected


@pytest.mark.parametrize("text", ["larger", "large/firsts", "start/first"])
def test_a_row_that_is_not_there_is_wrong_usage(text: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--only", text])
