"""Questions whose answer may never come."""

import threading

import pytest

from claudeusage_app.bounded import answer_within


def test_an_answer_is_given_back() -> None:
    assert answer_within(30, lambda: 5) == 5


def test_what_is_raised_is_raised_where_it_was_asked() -> None:
    def ask() -> int:
        raise LookupError("there")

    with pytest.raises(LookupError, match="there"):
        answer_within(30, ask)


def test_an_answer_that_does_not_come_is_not_waited_for() -> None:
    come = threading.Event()
    with pytest.raises(TimeoutError):
        answer_within(0.01, come.wait)
    come.set()
