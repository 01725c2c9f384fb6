"""The whole core, from lines to day rows: the cases that every build has to get right."""

import json
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_core.payload import day_of
from claudeusage_core.usage import TokenCounts
from tests.core.samples import (
    EXPECTED,
    NOW,
    OTHER_SESSION,
    Line,
    day,
    days,
    line,
    message_id,
    needs_real_transcripts,
    progress,
    records,
    rows_below,
)

BERLIN = ZoneInfo("Europe/Berlin")
MILLION = 10**6


def streamed(*outputs: int, **members: object) -> list[Line]:
    return [{**line(usage={"output_tokens": output}), **members} for output in outputs]


def output_and_messages(*lines: Line) -> tuple[int, int]:
    row = day(*lines)
    return row.tokens.output, row.messages


def test_a_streamed_response_counts_once_at_its_full_size() -> None:
    assert output_and_messages(*streamed(1, 1, 260)) == (260, 1)
    assert output_and_messages(*streamed(260, 1, 1)) == (260, 1)


def test_without_a_request_id_it_counts_once_too() -> None:
    assert output_and_messages(*streamed(2, 500, requestId=None)) == (500, 1)


def test_history_copied_under_a_new_session_counts_once_and_is_two_sessions() -> None:
    copies = [line(1), line(2)]
    resumed = [line(1, sessionId=OTHER_SESSION), line(2, sessionId=OTHER_SESSION)]
    new = line(3, sessionId=OTHER_SESSION, timestamp="2026-11-20T11:00:00Z")
    (row,) = days(records(*copies) + records(*resumed, new, file=OTHER_SESSION))
    assert (row.messages, row.sessions_active, row.sessions_started) == (3, 2, 2)


def test_a_branch_that_writes_each_row_twice_counts_once_and_belongs_to_the_parent() -> None:
    branched = line(sessionId=OTHER_SESSION, forkedFrom={"sessionId": "x"})
    copies = records(branched, branched, file=OTHER_SESSION)
    (row,) = days(copies + records(line()))
    assert (row.messages, row.sessions_active) == (1, 1)
    late = line(2, timestamp="2026-11-20T10:01:00Z")
    (row,) = days(copies + records(line(), late))
    assert (row.messages, row.sessions_active) == (2, 1)


def test_a_side_question_that_replays_the_parent_does_not_replace_it() -> None:
    original = line(usage={"output_tokens": 20})
    counts = {"output_tokens": 900, "cache_read_input_tokens": 50_000}
    replay = line(usage=counts, requestId="req_new", isSidechain=True, sessionId=OTHER_SESSION)
    assert output_and_messages(original, replay) == (20, 1)
    assert day(replay, original).tokens.cache_read == 0


def test_an_agents_line_in_its_parents_file_and_in_its_own_counts_once() -> None:
    own = line(isSidechain=True)
    assert output_and_messages(own, progress(line())) == (100, 1)
    assert output_and_messages(progress(line())) == (100, 1)


COSTS: list[tuple[str, str, Line, float]] = [
    (
        "claude-sonnet-4-6",
        "2026-11-20T10:00:00Z",
        {"cache_creation": {"ephemeral_1h_input_tokens": MILLION}},
        6.00,
    ),
    (
        "claude-sonnet-4-6",
        "2026-11-20T10:00:00Z",
        {
            "cache_creation_input_tokens": MILLION,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        },
        3.75,
    ),
    ("claude-opus-4-8", "2026-11-20T10:00:00Z", {"input_tokens": MILLION, "speed": "fast"}, 10),
    ("claude-opus-5-5", "2026-11-20T10:00:00Z", {"input_tokens": MILLION, "speed": "fast"}, 8),
    (
        "claude-opus-4-8",
        "2026-11-20T10:00:00Z",
        {"input_tokens": MILLION, "inference_geo": "us"},
        5.50,
    ),
    (
        "claude-opus-5-5",
        "2026-11-20T10:00:00Z",
        {"server_tool_use": {"web_search_requests": 100}},
        1.00,
    ),
    ("claude-haiku-5-5", "2026-11-20T10:00:00Z", {"input_tokens": 100_000}, 0.01),
    (
        "claude-haiku-5-5",
        "2026-11-20T10:00:00Z",
        {"input_tokens": 101_000, "output_tokens": 1000},
        0.053,
    ),
    (
        "claude-sonnet-4-5-20250929",
        "2025-12-15T10:00:00Z",
        {
            "cache_read_input_tokens": 150_000,
            "cache_creation_input_tokens": 100_000,
            "output_tokens": 100_000,
        },
        3.09,
    ),
    ("claude-opus-4-6", "2026-02-20T10:00:00Z", {"cache_read_input_tokens": 300_000}, 0.30),
    ("claude-opus-4-6", "2026-04-20T10:00:00Z", {"cache_read_input_tokens": 300_000}, 0.15),
    ("claude-sonnet-5-5", "2026-10-01T10:00:00Z", {"cache_read_input_tokens": MILLION}, 0.20),
    ("claude-sonnet-5-5", "2026-11-10T10:00:00Z", {"cache_read_input_tokens": MILLION}, 0.10),
]


@pytest.mark.parametrize(("model", "at", "counts", "dollars"), COSTS)
def test_what_a_response_costs(model: str, at: str, counts: Line, dollars: float) -> None:
    made = line(message={"model": model}, usage=counts, timestamp=at)
    assert day(made).cost_microusd == round(dollars * MILLION)
    assert day(made).messages == 1


@pytest.mark.parametrize(
    "members",
    [
        {"server_tool_use": {"web_fetch_requests": 100}},
        {"service_tier": "priority"},
        {"speed": "standard", "inference_geo": "global"},
        {"inference_geo": "not_available"},
        {"inference_geo": "eu"},
    ],
)
def test_what_the_table_does_not_charge_is_free(members: Line) -> None:
    made = line(message={"model": "claude-opus-4-8"}, usage={"input_tokens": MILLION} | members)
    assert day(made).cost_microusd == 5 * MILLION


@pytest.mark.parametrize("region", ["", "us.", "eu.", "jp.", "au.", "global.", "us-gov."])
def test_a_region_of_a_cloud_is_no_surcharge(region: str) -> None:
    model = f"{region}anthropic.claude-opus-4-8-v1:0"
    made = line(message={"model": model}, usage={"input_tokens": MILLION})
    assert day(made).cost_microusd == 5 * MILLION


def test_a_response_is_booked_under_its_winners_model() -> None:
    first = line(message={"model": "claude-haiku-4-5"}, usage={"output_tokens": 1})
    final = line(message={"model": "claude-opus-5-5"}, usage={"output_tokens": 260})
    for lines in ((first, final), (final, first)):
        assert [(row.model, row.messages) for row in day(*lines).models] == [("claude-opus-5-5", 1)]


def test_the_same_sums_over_two_requests_are_charged_at_the_lower_rates() -> None:
    half = {
        "cache_read_input_tokens": 75_000,
        "cache_creation_input_tokens": 50_000,
        "output_tokens": 50_000,
    }
    two = [
        line(
            n, message={"model": "claude-sonnet-4-5"}, usage=half, timestamp="2025-12-15T10:00:00Z"
        )
        for n in (1, 2)
    ]
    assert day(*two).cost_microusd == 1_920_000


def test_a_response_over_midnight_stays_on_the_day_it_began() -> None:
    begun = line(usage={"output_tokens": 1}, timestamp="2026-11-20T23:59:59.500Z")
    finished = line(usage={"output_tokens": 260}, timestamp="2026-11-21T00:00:03.000Z")
    for lines in ([begun, finished], [finished, begun]):
        (row,) = days(records(*lines))
        assert (row.date, row.tokens.output) == (date(2026, 11, 20), 260)


def test_an_id_of_null_inside_a_tool_input_does_not_lose_the_line() -> None:
    content = [{"type": "tool_use", "id": "toolu_1", "input": {"id": None}}]
    assert output_and_messages(line(message={"content": content})) == (100, 1)


@pytest.mark.parametrize(("later", "seconds"), [("10:09:59.999", 599), ("10:10:00.000", 0)])
def test_a_pause_is_work_below_ten_minutes_only(later: str, seconds: int) -> None:
    row = day(line(1), line(2, timestamp=f"2026-11-20T{later}Z"))
    assert row.active_seconds == seconds


def test_an_agent_carries_its_parents_session() -> None:
    row = day(line(1), line(2, isSidechain=True), progress(line(3)))
    assert (row.messages, row.sessions_active) == (3, 1)


def test_a_resumed_copy_with_new_times_stays_on_the_first_day_at_its_price() -> None:
    read = {"cache_read_input_tokens": MILLION}
    sonnet = {"model": "claude-sonnet-5-5"}
    old = line(usage=read, message=sonnet, timestamp="2026-10-01T10:00:00Z")
    new = line(
        usage=read, message=sonnet, timestamp="2026-10-11T10:00:00Z", sessionId=OTHER_SESSION
    )
    (row,) = days(records(new, old))
    assert (row.date, row.cost_microusd, row.sessions_active) == (date(2026, 10, 1), 200_000, 1)


def test_a_day_with_nothing_but_an_unknown_model_has_no_cost_but_its_tokens() -> None:
    row = day(line(message={"model": "glm-4.7"}))
    assert (row.cost_microusd, row.tokens, row.unpriced_tokens) == (None, TokenCounts(10, 100), 110)
    assert [model.model for model in row.models] == ["other"]


def test_rows_before_2024_and_far_ahead_are_left_out() -> None:
    old = line(1, timestamp="2023-12-31T23:59:59.999Z")
    ahead = line(2, timestamp=(NOW + timedelta(hours=24, seconds=1)).isoformat())
    assert days(records(old, ahead)) == ()
    assert len(days(records(old, ahead), now=NOW + timedelta(seconds=1))) == 1


@st.composite
def lines_of_few_responses(draw: st.DrawFn) -> Line:
    number = draw(st.integers(1, 4))
    kinds: tuple[Line, ...] = ({}, {"isSidechain": True}, {"forkedFrom": {}})
    made = line(
        number,
        message={"id": message_id(number) if number % 3 else f"gateway-{number}"},
        usage={"input_tokens": number, "output_tokens": draw(st.integers(0, 3))},
        timestamp=f"2026-11-20T22:{draw(st.integers(0, 59)):02d}:00Z",
        sessionId=draw(st.sampled_from(["a", "b", None])),
    )
    return made | draw(st.sampled_from(kinds))


@given(st.lists(lines_of_few_responses(), max_size=12), st.data())
def test_shuffling_lines_never_changes_a_row(lines: list[Line], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(lines))
    assert days(records(*shuffled), BERLIN) == days(records(*lines), BERLIN)
    assert days(records(*lines, *shuffled), BERLIN) == days(records(*lines), BERLIN)


# Real transcripts


@needs_real_transcripts
@pytest.mark.parametrize(
    "tree", ["tree01", "tree02", "tree05", "tree07", "tree09", "tree10", "tree12", "tree15"]
)
def test_real_transcripts_give_the_expected_rows(tree: str) -> None:
    rows = [day_of(row).row() for row in rows_below(EXPECTED.parent / tree / "projects")]
    expected = json.loads(EXPECTED.read_text("utf-8"))[tree]
    assert json.loads(json.dumps(rows)) == expected
