"""One response, many lines: the winner, the owner, and the merge."""

from datetime import timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_core.models import ModelNames
from claudeusage_core.moments import milliseconds
from claudeusage_core.responses import (
    ERA_START_MS,
    Era,
    Response,
    State,
    counts_by,
    key_of,
    merge,
    response_of,
    state_of,
)
from claudeusage_core.usage import CopyClass, Extra, ModelKey, TokenCounts, Usage, UsageRecord
from tests.core.samples import (
    NOW,
    OTHER_SESSION,
    PRICES,
    SESSION,
    gather,
    interleavings,
    record,
    responses,
    usage,
)

T = milliseconds(NOW)
NOTHING = usage(tokens=TokenCounts())
PLAIN, SIDECHAIN, FORKED = CopyClass


def merged(*found: UsageRecord) -> Response | None:
    """Merge copies in many orders; all have to give the same response."""
    outcomes = {
        response_of(reduce(merge, map(state_of, some))) for some in interleavings(list(found))
    }
    (outcome,) = outcomes
    return outcome


def winner(*found: UsageRecord) -> object:
    outcome = merged(*found)
    return outcome and outcome.usage


def output(
    count: int, *, fast: bool = False, batch: bool = False, stopped: bool = False
) -> UsageRecord:
    tokens = TokenCounts(output=count)
    return record(used=usage(tokens=tokens, fast=fast, batch=batch, stopped=stopped))


# Winner


def test_most_output_wins() -> None:
    assert winner(output(1), output(260), output(1)) == output(260).usage


def test_of_equal_outputs_the_one_with_a_stop_reason_wins() -> None:
    larger = usage(tokens=TokenCounts(input=99, output=5))
    stopped = output(5, stopped=True)
    assert winner(record(used=larger), stopped) == stopped.usage


def test_then_the_larger_total_then_more_searches_then_the_later_time() -> None:
    small = usage(tokens=TokenCounts(output=5))
    large = usage(tokens=TokenCounts(output=5, cache_read=1))
    searched = usage(tokens=TokenCounts(output=5, cache_read=1), web_searches=1)
    other = searched._replace(fast=True)
    assert winner(record(used=small), record(used=large)) == large
    assert winner(record(used=large), record(used=searched)) == searched
    assert winner(record(used=searched), record(T + 1, used=other)) == other
    assert winner(record(T + 1, used=searched), record(used=other)) == searched


def test_a_last_tie_is_decided_the_same_way_in_every_order() -> None:
    assert winner(output(5, fast=True), output(5, batch=True), output(5)) is not None


@pytest.mark.parametrize("salt", [b"salt", b"pepper", b"a third"])
def test_a_last_tie_is_decided_the_same_way_in_every_ledger(salt: bytes) -> None:
    unknown = ModelNames(PRICES.names, salt).key("glm-4.7")
    short, long = TokenCounts(cache_write_5m=5), TokenCounts(cache_write_1h=5)
    known = [record(used=usage(tokens=tokens)) for tokens in (short, long)]
    hidden = [record(used=usage(unknown, tokens)) for tokens in (short, long)]
    of_known, of_hidden = merged(*known), merged(*hidden)
    assert of_known is not None
    assert of_hidden is not None
    assert of_known.usage.tokens == of_hidden.usage.tokens
    assert winner(known[0], hidden[0]) == known[0].usage


def test_the_whole_line_wins_and_fields_are_never_mixed() -> None:
    most_input = record(used=usage(tokens=TokenCounts(input=900, output=1), web_searches=3))
    most_output = record(used=usage("claude-haiku-4-5", TokenCounts(input=1, output=2)))
    assert winner(most_input, most_output) == most_output.usage


@pytest.mark.parametrize(
    ("better", "worse"), [(PLAIN, SIDECHAIN), (PLAIN, FORKED), (SIDECHAIN, FORKED)]
)
def test_only_the_best_class_of_copies_competes(better: CopyClass, worse: CopyClass) -> None:
    small = record(T, copy_class=better, used=usage(tokens=TokenCounts(output=1)))
    large = record(
        T - 99, copy_class=worse, session="early", used=usage(tokens=TokenCounts(output=900))
    )
    assert merged(small, large) == Response(T, SESSION, small.usage)


def test_a_worse_class_counts_where_no_better_one_is_there() -> None:
    copy = record(copy_class=FORKED)
    assert merged(copy) == Response(T, SESSION, copy.usage)


# Owner


def test_the_earliest_copy_of_the_winning_class_owns() -> None:
    early = record(T, session="first", used=usage(tokens=TokenCounts(output=1)))
    late = record(T + 3500, session="second", used=usage(tokens=TokenCounts(output=260)))
    assert merged(late, early) == Response(T, "first", late.usage)


def test_of_two_at_once_the_one_in_its_own_file_owns_then_the_smaller_session() -> None:
    away = record(session="a", own_file=False)
    home = record(session="b")
    assert merged(away, home) == Response(T, "b", home.usage)
    assert merged(home, record(session="c")) == Response(T, "b", home.usage)


def test_an_empty_copy_competes_for_owner_within_the_winning_class_only() -> None:
    full = record(T)
    early = record(T - 10, session=OTHER_SESSION, used=NOTHING)
    assert merged(full, early) == Response(T - 10, OTHER_SESSION, full.usage)
    elsewhere = record(T - 10, copy_class=SIDECHAIN, session=OTHER_SESSION, used=NOTHING)
    assert merged(full, elsewhere) == Response(T, SESSION, full.usage)


def test_an_empty_copy_of_a_better_class_does_not_win() -> None:
    empty = record(copy_class=PLAIN, used=NOTHING)
    full = record(T + 5, copy_class=FORKED)
    assert merged(empty, full) == Response(T + 5, SESSION, full.usage)


def test_nothing_but_empty_copies_is_no_response() -> None:
    assert merged(record(used=NOTHING), record(T + 1, used=NOTHING)) is None


def test_searches_or_extras_alone_make_a_response() -> None:
    searched = usage(tokens=TokenCounts(), web_searches=1)
    advised = usage(tokens=TokenCounts(), extras=(Extra(ModelKey("other"), TokenCounts(1)),))
    assert winner(record(used=searched)) == searched
    assert winner(record(used=advised)) == advised


# Times that cannot be right


def test_a_copy_from_before_2024_does_not_compete_with_a_later_one() -> None:
    old = record(ERA_START_MS - 1, used=usage(tokens=TokenCounts(output=900)))
    new = record(T)
    assert responses([old, new]) == [Response(T, SESSION, new.usage)]
    assert key_of(old).era is Era.ANCIENT
    assert key_of(record(ERA_START_MS)).era is Era.CURRENT


def test_what_is_from_before_2024_alone_is_kept_but_never_in_the_figures() -> None:
    old = record(ERA_START_MS - 1)
    assert responses([old]) == []
    assert len(gather([old])) == 1


def test_more_than_a_day_ahead_of_the_clock_is_left_out_until_then() -> None:
    day = 24 * 3600 * 1000
    assert counts_by(T + day, T)
    assert not counts_by(T + day + 1, T)
    ahead = record(T + day + 1)
    assert responses([ahead]) == []
    assert len(responses([ahead], NOW + timedelta(milliseconds=1))) == 1


def test_a_response_with_one_copy_ahead_counts_at_its_owners_time() -> None:
    ahead = record(T + 10 * 24 * 3600 * 1000, used=usage(tokens=TokenCounts(output=500)))
    assert responses([ahead, record(T)]) == [Response(T, SESSION, ahead.usage)]


# The merge


SMALL = st.integers(0, 2)
USAGES = st.builds(
    Usage,
    model=st.sampled_from(["claude-opus-5-5", "other", "?0123456789abcdef"]).map(ModelKey),
    tokens=st.builds(TokenCounts, SMALL, SMALL, SMALL, SMALL, SMALL),
    web_searches=st.integers(0, 1),
    stopped=st.booleans(),
    extras=st.sampled_from([(), (Extra(ModelKey("other"), TokenCounts(1)),)]),
    cost_usd=st.sampled_from([None, 0.0, 1.5]),
    fast=st.booleans(),
)
RECORDS = st.builds(
    UsageRecord,
    identity=st.sampled_from(["one", "two"]),
    copy_class=st.sampled_from(CopyClass),
    time_ms=st.sampled_from([ERA_START_MS - 5, ERA_START_MS, T, T + 1, T + 10**9]),
    session=st.sampled_from(["a", "b", "c"]),
    own_file=st.booleans(),
    usage=st.one_of(USAGES, st.just(NOTHING)),
)
STATES = st.lists(RECORDS, min_size=1, max_size=4).map(
    lambda found: reduce(merge, map(state_of, found))
)


@given(STATES, STATES)
def test_merging_is_commutative(one: State, other: State) -> None:
    assert merge(one, other) == merge(other, one)


@given(STATES, STATES, STATES)
def test_merging_is_associative(one: State, two: State, three: State) -> None:
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


@given(STATES, STATES)
def test_merging_is_idempotent(one: State, other: State) -> None:
    assert merge(one, one) == one
    both = merge(one, other)
    assert merge(both, one) == merge(both, other) == both


@given(st.lists(RECORDS, max_size=12), st.data())
def test_shuffling_and_repeating_records_changes_nothing(
    found: list[UsageRecord], data: st.DataObject
) -> None:
    again = data.draw(st.permutations(found)) + data.draw(st.permutations(found))
    assert gather(again) == gather(found)


@given(st.lists(RECORDS, min_size=1, max_size=12))
def test_a_state_says_what_all_copies_together_say(found: list[UsageRecord]) -> None:
    for key, state in gather(found).items():
        copies = [each for each in found if key_of(each) == key]
        full = [each for each in copies if each.usage.billable]
        if not full:
            assert response_of(state) is None
            continue
        best = min(each.copy_class for each in full)
        of_class = [each for each in copies if each.copy_class == best]
        owner = min((each.time_ms, not each.own_file, each.session) for each in of_class)
        response = response_of(state)
        assert response is not None
        assert (response.time_ms, response.session) == (owner[0], owner[2])
        competing = [each.usage for each in full if each.copy_class == best]
        assert response.usage in competing
        assert response.usage.tokens.output == max(each.tokens.output for each in competing)


@given(STATES, STATES)
def test_the_owner_only_moves_earlier_or_to_a_better_class(one: State, other: State) -> None:
    before, after = response_of(one), response_of(merge(one, other))
    if before is not None:
        assert after is not None
        assert one.best is not None
        best = merge(one, other).best
        assert best is not None
        assert best.copy_class < one.best.copy_class or after.time_ms <= before.time_ms
