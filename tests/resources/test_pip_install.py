"""What pip is asked for, and what is said when it fails."""

import pytest

from pip_install import commands, explain


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        pytest.param(
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left",
            "The disk is full. Make about 2 GB of room, then start again.",
            id="disk",
        ),
        pytest.param(
            "NewConnectionError: Temporary failure in name resolution",
            "The package index could not be reached. Check the network, then start again.",
            id="network",
        ),
        pytest.param("ERROR: something else", "The set-up failed.", id="unknown"),
    ],
)
def test_a_failure_is_told_with_its_remedy_and_the_log(said: str, remedy: str) -> None:
    told = explain(said, "setup.log")
    assert remedy in told
    assert told.endswith("Everything that pip said is in setup.log.")


def test_the_end_of_the_log_is_shown_in_a_few_short_lines() -> None:
    told = explain("\n".join(f"line {n} {'x' * 300}\n" for n in range(100)), "setup.log")
    assert "line 99" in told
    assert "line 93" not in told
    assert max(map(len, told.splitlines())) < 120


def test_what_only_its_data_is_wanted_of_comes_alone_and_for_the_tests_only() -> None:
    _, usual, alone = commands("folder", "tests")
    assert usual[-2:] == ["-e", ".[tests]"]
    assert alone[-1] == "litellm"
    assert {"--no-deps", "--no-compile"} <= set(alone)
    for extras in ("server", "app,server"):
        assert [command[-1] for command in commands("folder", extras)] == ["folder", f".[{extras}]"]
