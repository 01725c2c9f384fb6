"""The rules for one day, one by one."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_core import wire
from claudeusage_server.private.rules import Fate, KeptReason, StoredRow, refusal_code, rule
from tests.server.world import day, model

TODAY = date(2026, 11, 22)
OTHER = "0" * 64


def wired(**members: object) -> wire.Day:
    return wire.day_object({**day(), **members})


def stored(messages: int = 1, tokens: int = 11_110, accounting: int = 1) -> StoredRow:
    return StoredRow("1" * 64, accounting, messages, tokens)


def fate(sent: wire.Day, row: StoredRow | None, *, recount: bool = False) -> Fate:
    return rule(sent, sent.digest, 1, row, recount=recount).fate


def test_a_day_that_is_not_there_is_stored() -> None:
    assert fate(wired(), None) is Fate.STORE


def test_nothing_to_remove_is_unchanged() -> None:
    assert fate(wired(models=[]), None) is Fate.UNCHANGED


def test_the_same_digest_is_unchanged_even_under_older_rules() -> None:
    sent = wired()
    assert fate(sent, StoredRow(sent.digest, 9, 5, 5)) is Fate.UNCHANGED


def test_older_counting_rules_are_stale_even_with_was() -> None:
    assert fate(wired(was="1" * 64), stored(accounting=2)) is Fate.STALE


def test_the_right_was_replaces_whatever_the_counts() -> None:
    assert fate(wired(was="1" * 64), stored(messages=9)) is Fate.STORE


def test_the_right_was_with_no_models_removes() -> None:
    assert fate(wired(models=[], was="1" * 64), stored()) is Fate.REMOVE


def test_another_was_does_not_lower() -> None:
    assert fate(wired(was=OTHER), stored(messages=9)) is Fate.KEEP


@pytest.mark.parametrize(
    ("messages", "tokens", "expected", "reason"),
    [
        (2, 0, Fate.KEEP, KeptReason.FEWER_MESSAGES),
        (1, 11_111, Fate.KEEP, KeptReason.FEWER_TOKENS),
        (1, 11_110, Fate.STORE, None),
        (0, 99_999, Fate.STORE, None),
    ],
)
def test_fewer_messages_or_as_many_with_fewer_tokens_are_kept(
    messages: int, tokens: int, expected: Fate, reason: KeptReason | None
) -> None:
    sent = wired()
    ruling = rule(sent, sent.digest, 1, stored(messages, tokens), recount=False)
    assert (ruling.fate, ruling.reason) == (expected, reason)


def test_a_recount_lowers() -> None:
    assert fate(wired(), stored(messages=9), recount=True) is Fate.STORE
    assert fate(wired(models=[]), stored(), recount=True) is Fate.REMOVE


@given(st.integers(0, 5), st.integers(0, 5))
def test_without_was_and_recount_messages_never_go_down(sent: int, there: int) -> None:
    offered = wired(models=[model(sent)])
    if fate(offered, stored(there, 0)) is Fate.STORE:
        assert sent >= there


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({}, None),
        ({"date": "2026-11-23"}, None),
        ({"date": "2024-01-01"}, None),
        ({"date": "2026-11-24"}, "date_out_of_range"),
        ({"date": "2023-12-31"}, "date_out_of_range"),
        ({"date": "2026-02-30"}, "date_invalid"),
        ({"active_seconds": 10**15}, None),
        ({"active_seconds": 10**15 + 1}, "number_too_large"),
        ({"models": [model(cost=10**15 + 1)]}, "number_too_large"),
        ({"models": [model(model="claude-new-7")]}, None),
        ({"models": [model(model="gpt-5")]}, "model_invalid"),
        ({"models": [model(model="claude-" + "x" * 41)]}, "model_invalid"),
        ({"models": [model(model="claude-a\n")]}, "model_invalid"),
        ({"models": [model(), model()]}, "model_twice"),
        ({"models": [model(model=f"claude-{n}") for n in range(60)]}, None),
        ({"models": [model(model=f"claude-{n}") for n in range(61)]}, "too_many_models"),
    ],
)
def test_a_day_is_refused_alone_with_its_reason(
    members: dict[str, object], code: str | None
) -> None:
    assert refusal_code(wired(**members), TODAY) == code
