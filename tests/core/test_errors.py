"""What can go wrong in the core."""

import claudeusage_core.errors
from claudeusage_core.errors import (
    AnswerInvalid,
    ClaudeusageError,
    LinkRefused,
    PriceTableInvalid,
)

ALL = (AnswerInvalid, LinkRefused, PriceTableInvalid)


def test_every_error_says_what_is_wrong_and_what_to_do() -> None:
    for kind in ALL:
        assert kind.title.endswith(".")
        assert kind.remedy.endswith(".")
        assert str(kind()) == f"{kind.title} {kind.remedy}"


def test_an_error_may_say_it_for_its_own_case() -> None:
    error = LinkRefused("No.", "Ask again.")
    assert (error.title, error.remedy, str(error)) == ("No.", "Ask again.", "No. Ask again.")
    assert LinkRefused("No.").remedy == LinkRefused.remedy


def test_the_tree_in_the_docstring_names_every_error() -> None:
    drawn = claudeusage_core.errors.__doc__ or ""
    assert set(ClaudeusageError.__subclasses__()) >= set(ALL)
    assert all(kind.__name__ in drawn for kind in ALL)
