"""Day rows: responses added up by local day and model."""

from datetime import UTC, date
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from claudeusage_core.aggregate import day_rows, session_rows
from claudeusage_core.moments import milliseconds
from claudeusage_core.responses import Response
from claudeusage_core.usage import Extra, ModelKey, ModelUsage, TokenCounts, Usage
from tests.core.samples import NOW, OTHER_SESSION, PRICES, SESSION, usage

BERLIN = ZoneInfo("Europe/Berlin")
T = milliseconds(NOW)
DAY_MS = 24 * 3600 * 1000
TODAY = date(2026, 11, 22)


def rows(*found: Response) -> list[tuple[date, int, int]]:
    return [
        (row.date, row.sessions_active, row.sessions_started)
        for row in day_rows(found, PRICES, UTC)
    ]


def only_models(*found: Response) -> tuple[ModelUsage, ...]:
    (row,) = day_rows(found, PRICES, UTC)
    return row.models


def test_no_responses_are_no_days() -> None:
    assert rows() == []


def test_a_day_is_the_local_one_of_the_owner() -> None:
    late = Response(milliseconds(NOW.replace(hour=23, minute=30)), SESSION, usage())
    (in_utc,) = day_rows([late], PRICES, UTC)
    (in_berlin,) = day_rows([late], PRICES, BERLIN)
    assert (in_utc.date, in_berlin.date) == (TODAY, date(2026, 11, 23))


def test_sessions_are_active_each_day_and_started_once() -> None:
    found = (
        Response(T, SESSION, usage()),
        Response(T + 1, SESSION, usage()),
        Response(T + DAY_MS, OTHER_SESSION, usage()),
        Response(T + DAY_MS, SESSION, usage()),
    )
    assert rows(*found) == [(TODAY, 1, 1), (date(2026, 11, 23), 2, 1)]
    assert rows(*reversed(found)) == rows(*found)


def test_rates_are_those_of_the_owners_utc_time_and_not_of_the_local_day() -> None:
    read = usage("claude-sonnet-5-5", TokenCounts(cache_read=10**6))
    before = milliseconds(NOW.replace(month=10, day=6, hour=23))
    (row,) = day_rows([Response(before, SESSION, read)], PRICES, BERLIN)
    assert (row.date, row.cost_microusd) == (date(2026, 10, 7), 200_000)


def test_extras_add_tokens_and_cost_under_their_own_model_but_no_message() -> None:
    extra = Extra(ModelKey("claude-haiku-4-5"), TokenCounts(input=1000, output=10))
    main, added = only_models(Response(T, SESSION, usage(extras=(extra,))))[::-1]
    assert (main.model, main.messages, main.tokens) == (
        "claude-opus-5-5",
        1,
        TokenCounts(10, 100),
    )
    assert added == ModelUsage("claude-haiku-4-5", 0, TokenCounts(1000, 10), 1050)


def test_models_that_the_table_lacks_are_shown_together_and_unpriced() -> None:
    one = Response(T, SESSION, usage("?0123456789abcdef", TokenCounts(5)))
    other = Response(T, SESSION, usage("other", TokenCounts(7)))
    assert only_models(one, other) == (ModelUsage("other", 2, TokenCounts(12), None, 12),)


def test_a_row_with_one_priced_response_has_a_cost_and_says_what_it_leaves_out() -> None:
    priced = Response(T, SESSION, usage("other", TokenCounts(5), cost_usd=0.5))
    unpriced = Response(T, SESSION, usage("other", TokenCounts(7)))
    assert only_models(priced, unpriced) == (ModelUsage("other", 2, TokenCounts(12), 500_000, 7),)


def test_a_price_of_nothing_is_a_price() -> None:
    free = Response(T, SESSION, usage("other", TokenCounts(5), cost_usd=0.0))
    assert only_models(free) == (ModelUsage("other", 1, TokenCounts(5), 0),)


def test_the_sum_of_a_day_and_model_is_rounded_once() -> None:
    third = usage("claude-haiku-5-5", TokenCounts(cache_read=33))  # 0.33 micro-USD
    found = [Response(T + number, SESSION, third) for number in range(5)]
    assert only_models(*found)[0].cost_microusd == 2


COUNTS = st.builds(TokenCounts, *[st.integers(0, 300_000)] * 5)
MODELS = st.sampled_from(
    [ModelKey(name) for name in (*PRICES.models, "other", "?0123456789abcdef")]
)
RESPONSES = st.builds(
    Response,
    time_ms=st.integers(T - 3 * DAY_MS, T),
    session=st.sampled_from(["a", "b", "c"]),
    usage=st.builds(
        Usage,
        model=MODELS,
        tokens=COUNTS,
        web_searches=st.integers(0, 3),
        deciding_prompt=st.integers(0, 300_000),
        fast=st.booleans(),
        us_inference=st.booleans(),
        batch=st.booleans(),
        cost_usd=st.none() | st.floats(0, 10),
        extras=st.lists(st.builds(Extra, MODELS, COUNTS), max_size=2).map(tuple),
    ),
)


@given(st.lists(RESPONSES, max_size=15))
def test_the_models_of_a_day_add_up_to_the_day_to_the_micro_dollar(found: list[Response]) -> None:
    days = day_rows(found, PRICES, BERLIN)
    assert sum(row.messages for row in days) == len(found)
    total = sum((each.usage.tokens for each in found), TokenCounts())
    extras = (extra.tokens for each in found for extra in each.usage.extras)
    assert sum((row.tokens for row in days), TokenCounts()) == sum(extras, total)
    for row in days:
        costs = [each.cost_microusd for each in row.models]
        priced = [cost for cost in costs if cost is not None]
        assert row.cost_microusd == (sum(priced) if priced else None)
        assert [each.model for each in row.models] == sorted({each.model for each in row.models})
    assert sum(row.sessions_started for row in days) == len({each.session for each in found})


@given(st.lists(RESPONSES, max_size=12), st.data())
def test_the_order_of_responses_does_not_matter(found: list[Response], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(found))
    assert day_rows(shuffled, PRICES, BERLIN) == day_rows(found, PRICES, BERLIN)


def test_a_session_runs_from_its_first_response_to_its_last() -> None:
    found = (
        Response(T + 120_000, SESSION, usage()),
        Response(T, SESSION, usage()),
        Response(T - DAY_MS, OTHER_SESSION, usage()),
    )
    other, session = session_rows(found, PRICES)
    assert (session.started_ms, session.ended_ms) == (T, T + 120_000)
    assert (session.messages, session.active_seconds) == (2, 120)
    assert (other.started_ms, other.messages, other.active_seconds) == (T - DAY_MS, 1, 0)


@given(st.lists(st.tuples(st.integers(0, 3 * DAY_MS), st.sampled_from([SESSION, OTHER_SESSION]))))
def test_sessions_add_up_to_the_days(found: list[tuple[int, str]]) -> None:
    responses = [Response(T + after, session, usage()) for after, session in found]
    sessions = session_rows(responses, PRICES)
    days = day_rows(responses, PRICES, BERLIN)
    assert sum(each.messages for each in sessions) == sum(day.messages for day in days)
    assert sum(each.tokens.total for each in sessions) == sum(day.tokens.total for day in days)
    assert len(sessions) == sum(day.sessions_started for day in days)
