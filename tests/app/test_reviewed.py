"""A person is told which of their days count for them only, and why."""

import pytest

from claudeusage_app.reviewed import HISTORY, REASONS, in_short, sentences
from claudeusage_server.checks import ReviewReason

DEAR = (("2026-11-19", "cost_above"), ("2026-11-20", "cost_above"))


def test_every_reason_of_the_server_has_words() -> None:
    assert set(REASONS) == set(ReviewReason)


def test_each_reason_is_a_sentence_with_its_days_and_what_to_do() -> None:
    dear, old = sentences((*DEAR, ("2026-01-02", HISTORY)))
    assert dear == (
        "2 days count for you only, not in public (2026-11-19, 2026-11-20): a cost above the"
        " dearest reading of these tokens. What to do about it is on your dashboard there."
    )
    assert old == (
        "1 day counts for you only, not in public (2026-01-02): old days of a new account wait"
        " until it has grown for a week. Go on syncing, and they are shown."
    )
    assert list(sentences(())) == []


def test_many_days_are_told_by_the_first_and_the_last() -> None:
    days = [(f"2026-01-{number:02d}", HISTORY) for number in range(1, 32)]
    (sentence,) = sentences(days[::-1])
    assert sentence.startswith("31 days count for you only")
    assert "(2026-01-01 to 2026-01-31)" in sentence
    (sentence,) = sentences(days[:5])
    assert "(2026-01-01, 2026-01-02, 2026-01-03, 2026-01-04, 2026-01-05)" in sentence


def test_in_one_line_it_has_the_reason_where_there_is_one() -> None:
    assert in_short(DEAR) == "2 days for you only: a cost above the dearest reading of these tokens"
    mixed = (*DEAR, ("2026-01-02", HISTORY))
    assert in_short(mixed) == "3 days for you only: for several reasons"


@pytest.mark.parametrize(
    ("code", "shown"),
    [("made_up", "made_up"), ("a\x1b[31m\nb", "a [31m b"), ("x" * 999, "x" * 200)],
)
def test_a_reason_that_is_not_known_is_shown_plainly(code: str, shown: str) -> None:
    reviewed = (("2026-11-20", code),)
    assert in_short(reviewed) == f"1 day for you only: {shown}"
    (sentence,) = sentences(reviewed)
    assert f"(2026-11-20): {shown}. " in sentence
