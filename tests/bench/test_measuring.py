"""What a run took is its own, that of its children included and that of the test left out."""

import os
import sys
from collections.abc import Sequence

import pytest

from tests.bench.measuring import CommandFailed, Entrant, Run, in_turns, measured
from tests.bench.totals import Totals

ENVIRON = {"PATH": os.environ["PATH"]}
MEGABYTE = 1_000_000
LARGE = "x = b'x' * 80_000_000"
BUSY = "import time\nwhile time.process_time() < 0.3: pass"
IN_A_CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


def python(code: str, *more: str, sampled: bool = False) -> Run:
    return measured((sys.executable, "-c", code, *more), ENVIRON, sampled=sampled)


def entrant(key: str, code: str, notes: list[str] | None = None, *, peer: bool = False) -> Entrant:
    def note() -> None:
        if notes is not None:
            notes.append(key)

    return Entrant(key, key, (sys.executable, "-c", code), ENVIRON, before=note, peer=peer)


def test_a_run_is_told_with_its_code_and_what_it_said() -> None:
    run = python("import sys; print('out'); sys.exit('err')")
    assert (run.code, run.output, run.errors) == (1, b"out\n", "err\n")


def test_the_memory_of_whoever_measures_is_left_out() -> None:
    held = b"x" * 100 * MEGABYTE
    assert python("pass").peak < 60 * MEGABYTE < len(held)


@pytest.mark.parametrize("sampled", [False, True])
def test_the_cpu_of_a_child_counts(sampled: bool) -> None:
    run = python(IN_A_CHILD, BUSY, sampled=sampled)
    assert run.cpu > 0.3
    assert run.wall > 0.3


def test_the_peak_is_that_of_the_largest_process() -> None:
    assert 80 * MEGABYTE < python(IN_A_CHILD, LARGE).peak < 130 * MEGABYTE


@pytest.mark.skipif(sys.platform != "linux", reason="only /proc tells of each process")
def test_each_process_has_a_peak_of_its_own() -> None:
    parent, child = python(IN_A_CHILD, f"{LARGE}\n{BUSY}", sampled=True).peaks
    assert parent < 60 * MEGABYTE
    assert child > 80 * MEGABYTE


def test_everything_runs_in_turns() -> None:
    notes: list[str] = []
    rows = in_turns([entrant(key, "pass", notes) for key in "abc"], 2)
    assert notes == list("abcabc")
    assert [len(row.runs) for row in rows] == [2, 2, 2]


def test_a_peer_that_fails_stops_nothing() -> None:
    broken, whole = in_turns([entrant("a", "1 / 0", peer=True), entrant("b", "pass")], 1)
    assert not broken.runs
    assert "ZeroDivisionError" in broken.failures[0].errors
    assert whole.runs


def test_a_measured_command_that_fails_is_an_error() -> None:
    with pytest.raises(CommandFailed, match="ZeroDivisionError"):
        in_turns([entrant("a", "1 / 0")], 1)


@pytest.mark.parametrize(
    ("found", "peer", "differs"),
    [([5, 5], False, False), ([5, 6], False, True), ([6, 5], False, True), ([6, 6], True, False)],
)
def test_one_wrong_total_among_the_runs_is_a_difference(
    found: Sequence[int], peer: bool, differs: bool
) -> None:
    counts = iter(found)
    row = in_turns(
        [
            Entrant(
                "a",
                "a",
                (sys.executable, "-c", "pass"),
                ENVIRON,
                totals=lambda _: totals(next(counts)),
                expected=totals(5),
                peer=peer,
            )
        ],
        rounds=len(found),
    )[0]
    assert row.differs == differs


def totals(output: int) -> Totals:
    return Totals(input=0, output=output, cache_write=0, cache_read=0)
