"""Which lines report usage, and how their fields are read."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from claudeusage_core.transcript import (
    MARK,
    is_whole,
    read_line,
    session_of_file,
)
from claudeusage_core.usage import CopyClass, Extra, ModelKey, TokenCounts, UsageRecord
from tests.core.samples import (
    AT,
    NAMES,
    OTHER_SESSION,
    SESSION,
    Line,
    encoded,
    line,
    message_id,
    one,
    progress,
    reasons,
    records,
    results,
)

BOM = b"\xef\xbb\xbf"
MODEL: Line = {"model": "claude-opus-5-5"}
WHOLE = encoded(line())

# Which lines count


def test_an_assistant_line_with_usage_counts() -> None:
    assert one(line()).usage.tokens == TokenCounts(input=10, output=100)


@pytest.mark.parametrize(
    "value",
    [
        line(isApiErrorMessage=True),
        line(message={"model": "<synthetic>"}),
        line(type="user"),
        line(type="result"),
        line(type="system"),
        line(type="summary"),
        line(type=["assistant"]),
        {"type": "user", "toolUseResult": {"usage": {"input_tokens": 5}, "totalTokens": 5}},
        {"type": "assistant", "timestamp": AT, "toolUseResult": {"usage": {"input_tokens": 5}}},
        {"type": "assistant", "timestamp": AT, "usage": {"input_tokens": 5}},
        progress(line(type="user")),
        progress(line(isApiErrorMessage=True)),
        progress(line(), isApiErrorMessage=True),
        progress(line(message={"model": "<synthetic>"})),
        line(isSidechain=True, isApiErrorMessage=True),
        progress({"type": "assistant", "message": {"usage": None}}),
        {"type": "progress", "data": "usage", "timestamp": AT},
    ],
)
def test_nothing_else_does(value: Line) -> None:
    assert records(value) == []


def test_only_a_true_mark_makes_an_api_error() -> None:
    assert len(records(line(isApiErrorMessage=False), line(isApiErrorMessage="true"))) == 2


def test_lines_of_other_programs_with_blanks_between_count_too() -> None:
    assert one(json.dumps(line(), indent=1).replace("\n", " ").encode()) == one(line())


def test_a_line_of_several_megabytes_counts() -> None:
    long = line(content="lorem ipsum " * 400_000)
    assert one(long) == one(line())
    assert one(BOM + encoded(long)) == one(line())


def test_usage_that_stands_escaped_in_a_text_does_not_count() -> None:
    decoy = '{"type":"assistant","message":{"usage":{"input_tokens":9,"output_tokens":9}}}'
    content = [{"type": "text", "text": decoy}, {"type": "text", "text": json.dumps(decoy)}]
    assert one(line(message={"content": content})) == one(line())
    assert records(line(type="user", message={"usage": None, "content": decoy})) == []


def test_an_id_of_null_inside_a_tool_input_does_not_matter() -> None:
    content = [{"type": "tool_use", "input": {"id": None, "usage": {"input_tokens": "x"}}}]
    assert one(line(message={"content": content})) == one(line())


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (line(timestamp=None), "no_timestamp"),
        (line(timestamp="2026-11-20"), "no_timestamp"),
        (line(timestamp=1_700_000_000_000), "no_timestamp"),
        (line(timestamp="2026-13-45T10:00:00Z"), "no_timestamp"),
        (line(message={"model": None}), "no_model"),
        (line(message={"model": " \t"}), "no_model"),
        (line(message={"model": 7}), "no_model"),
        (line(message={"model": ""}), "no_model"),
        (line(message={"model": "\u200b\u2060\ufeff"}), "no_model"),
        (line(message={"model": "\u00a0\u3000\n"}), "no_model"),
        (progress(line(timestamp="x"), timestamp="y"), "no_timestamp"),
        (line(usage=[1]), "no_usage"),
        (line(usage="usage"), "no_usage"),
        ({"type": "assistant", "timestamp": AT}, "no_usage"),
    ],
)
def test_a_line_that_lacks_what_it_needs_is_skipped_with_the_reason(
    value: Line, reason: str
) -> None:
    assert reasons(value) == [reason]
    assert records(value) == []


@pytest.mark.parametrize(
    "torn",
    [WHOLE[:-1], WHOLE[:60], WHOLE[40:], b"\xff\xfe" + WHOLE, b'"usage"x', b'{"usage":'],
)
def test_what_is_torn_is_skipped_as_not_understood(torn: bytes) -> None:
    assert reasons(torn) == ["not_understood"]
    assert records(torn) == []


def test_glued_objects_all_count() -> None:
    glued = encoded(line(1)) + encoded(line(2)) + b" " + encoded(line(3))
    assert records(glued) == records(line(1), line(2), line(3))


def test_decoding_passes_over_what_is_no_object_and_stops_at_the_first_error() -> None:
    glued = b'[1] null "x" 5 ' + encoded(line(1)) + b'{"torn":' + encoded(line(2))
    assert records(glued) == [one(line(1))]
    assert reasons(glued) == ["not_understood"]


@pytest.mark.parametrize("before", [BOM, b"\0\0\0", b"  ", b"\t", BOM + b"\0 " + BOM, b""])
@pytest.mark.parametrize("after", [b"\n", b"\r\n", b"\0\0", b"  ", b""])
def test_marks_blanks_and_nuls_around_a_line_do_not_matter(before: bytes, after: bytes) -> None:
    assert results(before + WHOLE + after) == [one(line())]


@pytest.mark.parametrize(
    "foreign", [b"null", b"[1]", b"", b"\0\0", b"5", b'"usage"', b'{"usage":1}', b'["assistant"]']
)
def test_foreign_json_holds_nothing(foreign: bytes) -> None:
    assert results(foreign) == []


def test_invalid_utf8_in_a_text_does_not_lose_the_line() -> None:
    broken = encoded(line(content="lorem")).replace(b"lorem", b"\xff\xfe\xed\xa0\x80")
    assert one(broken) == one(line())


def test_separators_of_other_line_conventions_may_stand_raw_in_a_text() -> None:
    assert one(line(content="a\u2028b\u0085c")) == one(line())


def test_an_integer_too_long_for_python_does_not_lose_the_line() -> None:
    assert one(WHOLE.replace(b":10,", b":" + b"9" * 5000 + b",")).usage.tokens.input == 0
    assert one(BOM + WHOLE[:-1] + b',"content":' + b"9" * 5000 + b"}") == one(line())
    assert is_whole(b'{"content":' + b"9" * 5000 + b"}")


def test_nesting_too_deep_to_read_is_skipped_and_no_crash() -> None:
    assert reasons(b'{"usage":' + b"[" * 100_000 + b"]" * 100_000 + b"}") == ["not_understood"]
    assert not is_whole(b"[" * 100_000)


@pytest.mark.parametrize("cut", range(1, len(WHOLE), 7))
def test_a_cut_object_is_never_whole(cut: int) -> None:
    assert not is_whole(WHOLE[:cut])


def test_a_whole_object_is_whole_and_nothing_else_is() -> None:
    assert is_whole(WHOLE)
    assert is_whole(BOM + WHOLE + b"\r")
    assert not any(map(is_whole, (b"null", b"[1]", b"5", b'"x"', b"", WHOLE + b"{")))
    assert not any(map(is_whole, (WHOLE + WHOLE[:-1], b"nul" + WHOLE, WHOLE + b"x")))


def test_glued_objects_are_whole_together_as_they_would_be_one_after_the_other() -> None:
    assert is_whole(WHOLE + WHOLE)
    assert is_whole(b"null" + WHOLE + b" \0" + WHOLE + b" [1]\r")


def test_a_line_without_the_marks_of_usage_holds_nothing() -> None:
    assert MARK in WHOLE
    assert MARK in encoded(progress(line()))
    assert MARK in b'{"type" : "assistant"}'
    assert MARK not in encoded({"type": "user", "message": {"content": '"assistant"'}})


# Progress lines


def test_a_progress_line_is_a_sidechain_copy_with_the_inner_time_and_request() -> None:
    inner = line(requestId="req_inner", message={"id": "gateway"})
    repeated = progress(inner, timestamp="2026-11-20T11:00:00Z", requestId="req_outer")
    assert one(repeated) == one(line(isSidechain=True) | inner | {"isSidechain": True})


def test_a_progress_line_takes_from_its_outside_what_its_inside_lacks() -> None:
    inner = line(1, message={"id": None})
    bare = {name: inner[name] for name in ("type", "message")}
    outside = progress(bare, timestamp=AT, requestId="req_1", sessionId=OTHER_SESSION)
    found = one(outside)
    assert (found.session, found.copy_class) == (OTHER_SESSION, CopyClass.SIDECHAIN)
    assert found.identity == one(inner).identity
    assert found.time_ms == one(inner).time_ms


def test_a_time_that_cannot_be_read_inside_is_taken_from_the_outside() -> None:
    for unreadable in ("yesterday", "2026-11-20", "", 5, None):
        repeated = progress(line(timestamp=unreadable), timestamp=AT)
        assert one(repeated).time_ms == one(line()).time_ms


def test_a_progress_line_of_a_fork_is_a_forked_copy() -> None:
    assert one(progress(line(), forkedFrom={})).copy_class is CopyClass.FORKED
    assert one(progress(line(forkedFrom={}))).copy_class is CopyClass.FORKED
    assert one(progress(line(isSidechain=False))).copy_class is CopyClass.SIDECHAIN


# Classes and sessions


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, CopyClass.PLAIN),
        ({"isSidechain": False, "forkedFrom": None}, CopyClass.PLAIN),
        ({"isSidechain": "true", "forkedFrom": "x"}, CopyClass.PLAIN),
        ({"isSidechain": True}, CopyClass.SIDECHAIN),
        ({"forkedFrom": {}}, CopyClass.FORKED),
        ({"isSidechain": True, "forkedFrom": {"sessionId": "x"}}, CopyClass.FORKED),
    ],
)
def test_a_fork_wins_over_a_sidechain_and_only_true_marks_one(
    members: Line, expected: CopyClass
) -> None:
    assert one(line() | members).copy_class is expected


@pytest.mark.parametrize("session", [None, "", 5, ["x"]])
def test_a_line_without_a_session_belongs_to_its_file(session: object) -> None:
    found = one(line(sessionId=session), file="the-file")
    assert (found.session, found.own_file) == ("the-file", True)


def test_a_session_knows_its_own_file() -> None:
    assert one(line()).own_file
    assert not one(line(sessionId=OTHER_SESSION)).own_file


@pytest.mark.parametrize(
    ("path", "session"),
    [
        ("project/s1.jsonl", "s1"),
        ("project/s1/subagents/agent-a.jsonl", "s1"),
        ("project/s1/subagents/workflows/w/agent-a.jsonl", "s1"),
        ("project/agent-a.jsonl", "agent-a"),
        ("subagents/agent-a.jsonl", "agent-a"),
        ("s1.jsonl", "s1"),
    ],
)
def test_a_file_belongs_to_the_folder_above_subagents_or_to_its_own_name(
    path: str, session: str
) -> None:
    assert session_of_file(path.split("/")) == session


# Identity


@pytest.mark.parametrize(
    "genuine", ["msg_" + "a1" * 10, "msg_bdrk_" + "Z9" * 10, "msg_vrtx_" + "Z9" * 12]
)
def test_an_anthropic_id_alone_is_the_identity(genuine: str) -> None:
    here = one(line(1, message={"id": genuine}))
    there = line(2, message={"id": genuine}, sessionId=OTHER_SESSION, usage={"input_tokens": 5})
    assert here.identity == one(there).identity


@pytest.mark.parametrize(
    "reused", ["msg_1", "msg_" + "a" * 19, "msg_gcp_" + "a" * 20, "msg_" + "é" * 20, "chatcmpl-7"]
)
def test_another_id_counts_with_session_request_and_prompt_size(reused: str) -> None:
    def identity(output: int = 1, request: str = "r", session: str = SESSION, read: int = 4) -> str:
        counts = {
            "input_tokens": 3,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": 5,
            "output_tokens": output,
        }
        made = line(message={"id": reused}, usage=counts, requestId=request, sessionId=session)
        return one(made).identity

    assert identity(output=1) == identity(output=500)
    assert len({identity(), identity(request="q"), identity(session="t"), identity(read=6)}) == 4


def test_without_a_message_id_the_request_then_the_line_then_its_text_is_the_identity() -> None:
    nameless: Line = {"id": None}
    assert (
        one(line(1, message=nameless, requestId="r")).identity
        == one(line(2, message=nameless, requestId="r", sessionId=OTHER_SESSION)).identity
    )
    assert (
        one(line(1, message=nameless, requestId=None, uuid="u")).identity
        == one(line(2, message=nameless, requestId=7, uuid="u", timestamp=AT)).identity
    )
    bare = line(message=nameless, requestId=None, uuid=None)
    other = line(message=nameless, requestId=None, uuid=None, timestamp="2026-11-20T10:00:00.001Z")
    assert one(bare).identity == one(bare).identity != one(other).identity


def test_a_line_without_any_name_is_known_by_what_it_says_of_its_usage() -> None:
    def identity(message: Line | None = None, **members: object) -> str:
        nameless: Line = {"id": "", "usage": {"output_tokens": 7}} | (message or {})
        return one(line(requestId="", uuid=None) | members | {"message": nameless | MODEL}).identity

    again = identity({"stop_reason": None, "content": "x"}, costUSD=1.5, isSidechain=True)
    assert again == identity()
    others = {
        identity(sessionId=OTHER_SESSION),
        identity(timestamp="2026-11-20T10:00:00.001Z"),
        identity({"usage": {"output_tokens": 8}}),
        identity({"usage": {"output_tokens": 7, "speed": "fast"}}),
        identity({"usage": {"output_tokens": 7, "iterations": [{"type": "compaction"}]}}),
    }
    assert len(others | {identity()}) == 6
    renamed = one(line(requestId="", uuid=None, message={"id": "", "model": "glm-4.7"}))
    unnamed = one(line(requestId="", uuid=None, message={"id": "", "model": "glm-4.8"}))
    assert renamed.identity != unnamed.identity


def test_no_two_ids_of_different_parts_are_mistaken_for_each_other() -> None:
    one_way = line(sessionId="s\0a", message={"id": "b"}, requestId="r")
    other_way = line(sessionId="s", message={"id": "a\0b"}, requestId="r")
    assert one(one_way).identity != one(other_way).identity


# Numbers


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("7", 7),
        ("7.9", 7),
        ("1e3", 1000),
        ("1000000000000", 10**12),
        ("1000000000001", 0),
        ("1000000000000.5", 10**12),
        ("1e12", 10**12),
        ("1.000000000001e12", 0),
        ('"999999999999"', 999_999_999_999),
        ('"1000000000000"', 0),
        ("false", 0),
        ("1" * 30, 0),
        ("1e400", 0),
        ("-1", 0),
        ("-0.5", 0),
        ('"7"', 7),
        ('"000000000007"', 7),
        ('"1234567890123"', 0),
        ('""', 0),
        ('" 7"', 0),
        ('"-7"', 0),
        ('"7.0"', 0),
        ('"\u0667"', 0),
        ("true", 0),
        ("null", 0),
        ("NaN", 0),
        ("Infinity", 0),
        ("-Infinity", 0),
        ("[7]", 0),
        ("{}", 0),
    ],
)
def test_a_number_is_read_defensively_and_never_drops_its_line(written: str, read: int) -> None:
    text = WHOLE.decode().replace('"input_tokens":10', f'"input_tokens":{written}')
    found = one(text.encode())
    assert found.usage.tokens == TokenCounts(input=read, output=100)


@pytest.mark.parametrize(
    ("counts", "short", "long"),
    [
        ({"cache_creation_input_tokens": 50}, 50, 0),
        ({"cache_creation_input_tokens": 50, "cache_creation": None}, 50, 0),
        ({"cache_creation_input_tokens": 50, "cache_creation": "x"}, 50, 0),
        (
            {
                "cache_creation_input_tokens": 50,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 0,
                    "ephemeral_1h_input_tokens": 0,
                },
            },
            50,
            0,
        ),
        ({"cache_creation": {"ephemeral_1h_input_tokens": 30}}, 0, 30),
        (
            {
                "cache_creation_input_tokens": 10,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 20,
                    "ephemeral_1h_input_tokens": 30,
                },
            },
            20,
            30,
        ),
        (
            {
                "cache_creation_input_tokens": 100,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 20,
                    "ephemeral_1h_input_tokens": 30,
                },
            },
            70,
            30,
        ),
        (
            {
                "cache_creation_input_tokens": 10,
                "cache_creation": {"ephemeral_1h_input_tokens": 30},
            },
            0,
            30,
        ),
        (
            {
                "cache_creation_input_tokens": -10,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": -20,
                    "ephemeral_1h_input_tokens": "30",
                },
            },
            0,
            30,
        ),
        ({"cache_creation_input_tokens": 50, "cache_creation": {}}, 50, 0),
        ({"cache_creation": {"ephemeral_5m_input_tokens": 20}}, 20, 0),
    ],
)
def test_cache_writes_are_split_by_lifetime(counts: Line, short: int, long: int) -> None:
    tokens = one(line(usage=counts)).usage.tokens
    assert (tokens.cache_write_5m, tokens.cache_write_1h) == (short, long)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (0.5, 0.5),
        (0, 0.0),
        (3, 3.0),
        (2_500_000.5, 2_500_000.5),
        (10**12, 1e12),
        (10**13, None),
        (-0.1, None),
        (float("nan"), None),
        (float("inf"), None),
        ("0.5", None),
        (True, None),
        (None, None),
    ],
)
def test_an_old_cost_is_kept_where_it_is_finite_and_not_negative(
    written: object, kept: float | None
) -> None:
    assert one(line(costUSD=written)).usage.cost_usd == kept


def test_speed_geography_tier_and_stop_are_read_as_they_stand() -> None:
    marked: Line = {"speed": "fast", "inference_geo": "us", "service_tier": "batch"}
    found = one(line(usage={"output_tokens": 1, **marked})).usage
    assert (found.fast, found.us_inference, found.batch) == (True, True, True)
    other: Line = {"speed": "Fast", "inference_geo": "usa", "service_tier": ["batch"]}
    found = one(line(usage={"output_tokens": 1, **other})).usage
    assert (found.fast, found.us_inference, found.batch) == (False, False, False)
    assert one(line(message={"stop_reason": "x"})).usage.stopped
    assert one(line(message={"stop_reason": 5})).usage.stopped
    assert one(line(message={"stop_reason": ""})).usage.stopped
    assert one(line(message={"stop_reason": False})).usage.stopped
    assert not one(line(message={"stop_reason": None})).usage.stopped
    nothing = WHOLE.replace(b'"stop_reason":"end_turn",', b"")
    assert not one(nothing).usage.stopped


# Iterations


def entry(kind: str, model: object = None, **counts: object) -> Line:
    base: Line = {"type": kind, "input_tokens": 5, "output_tokens": 7}
    return base | ({} if model is None else {"model": model}) | counts


def extras(*entries: object) -> tuple[Extra, ...]:
    return one(line(usage={"output_tokens": 1, "iterations": list(entries)})).usage.extras


COUNTED = TokenCounts(input=5, output=7)


@pytest.mark.parametrize("kind", ["advisor_message", "compaction"])
def test_advice_and_compactions_count_under_their_own_model(kind: str) -> None:
    haiku = entry(kind, "claude-haiku-4-5-20251001")
    assert extras(haiku, haiku) == (Extra(ModelKey("claude-haiku-4-5"), COUNTED),) * 2


@pytest.mark.parametrize("model", [None, "", " ", "\u200b", 5])
def test_an_entry_without_a_model_has_the_winners(model: object) -> None:
    assert extras(entry("compaction", model)) == (Extra(ModelKey("claude-opus-5-5"), COUNTED),)


def test_a_message_of_another_model_counts_only_beside_a_fallback_and_with_output() -> None:
    fallback = entry("fallback_message")
    opus = entry("message", "claude-opus-4-8")
    assert extras(opus, fallback) == (Extra(ModelKey("claude-opus-4-8"), COUNTED),)
    assert extras(fallback, opus) == extras(opus, fallback)
    assert extras(opus) == ()
    assert extras(entry("message", "claude-opus-4-8", output_tokens=0), fallback) == ()


@pytest.mark.parametrize("same", ["claude-opus-5-5", "anthropic/claude-opus-5.5", None])
def test_another_model_is_told_by_its_canonical_id(same: str | None) -> None:
    assert extras(entry("message", same), entry("fallback_message")) == ()


@pytest.mark.parametrize("foreign", [None, 5, {"type": "compaction", "input_tokens": 5}, "x"])
def test_iterations_of_another_form_count_nothing_and_lose_nothing(foreign: object) -> None:
    found = one(line(usage={"output_tokens": 1, "iterations": foreign})).usage
    assert (found.tokens.output, found.extras) == (1, ())


def test_odd_entries_lose_no_other_entry() -> None:
    assert extras(None, 5, [], {}, entry("compaction"), entry("else")) == (
        Extra(ModelKey("claude-opus-5-5"), COUNTED),
    )


def test_with_two_messages_the_largest_prompt_decides_and_with_one_the_sum() -> None:
    def deciding(*entries: Line) -> int:
        counts: Line = {"input_tokens": 90, "output_tokens": 9, "iterations": list(entries)}
        return one(line(usage=counts)).usage.deciding_prompt

    assert deciding() == 90
    assert deciding(entry("message", input_tokens=50)) == 90
    assert deciding(entry("message", input_tokens=50), entry("message", input_tokens=40)) == 50
    assert deciding(entry("message", input_tokens=50), entry("compaction", input_tokens=70)) == 90


def test_models_leave_the_line_only_as_what_may_be_kept_of_them() -> None:
    path = "/home/somebody/secret-model"
    counts: Line = {"output_tokens": 1, "iterations": [entry("compaction", "secret-model")]}
    assert "secret" not in repr(one(line(message={"model": path}, usage=counts)).usage)


# The fast and the slow way of reading agree


NUMBERS = st.one_of(
    st.integers(-5, 10**13),
    st.floats(),
    st.booleans(),
    st.none(),
    st.text("0123456789 -.", max_size=14),
    st.lists(st.integers(), max_size=1),
)
ODD = st.one_of(NUMBERS, st.text(max_size=5), st.dictionaries(st.text(max_size=3), st.integers()))
COUNTS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["message", "compaction", "fallback_message", 5]),
        "model": st.sampled_from(["claude-opus-5-5", "glm", "", 5, None]),
        "input_tokens": NUMBERS,
        "output_tokens": NUMBERS,
        "cache_creation_input_tokens": NUMBERS,
        "cache_read_input_tokens": NUMBERS,
        "cache_creation": st.one_of(
            ODD,
            st.fixed_dictionaries(
                {"ephemeral_5m_input_tokens": NUMBERS, "ephemeral_1h_input_tokens": NUMBERS}
            ),
        ),
    },
)
MORE = {
    "iterations": st.one_of(ODD, st.lists(st.one_of(ODD, COUNTS), max_size=3)),
    "server_tool_use": st.one_of(ODD, st.fixed_dictionaries({"web_search_requests": NUMBERS})),
    "speed": st.one_of(st.just("fast"), ODD),
    "inference_geo": st.one_of(st.just("us"), ODD),
    "service_tier": st.one_of(st.just("batch"), ODD),
}


@st.composite
def usages(draw: st.DrawFn) -> Line:
    """Draw a usage object with any of its members, each of any form."""
    return {**draw(COUNTS), **draw(st.fixed_dictionaries({}, optional=MORE))}


LINES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["assistant", "assistant", "assistant", "progress", "user", 5]),
        "timestamp": st.one_of(st.just(AT), st.just(AT), ODD),
        "message": st.one_of(
            ODD,
            *[
                st.fixed_dictionaries(
                    {
                        "id": st.one_of(st.just(message_id(1)), ODD),
                        "model": st.one_of(st.just("claude-opus-5-5"), st.just("<synthetic>"), ODD),
                        "usage": st.one_of(usages(), usages(), ODD),
                    },
                    optional={"stop_reason": ODD, "content": ODD},
                )
            ]
            * 4,
        ),
    },
    optional={
        "sessionId": ODD,
        "requestId": ODD,
        "uuid": ODD,
        "isSidechain": ODD,
        "isApiErrorMessage": st.one_of(st.just(value=False), ODD),
        "forkedFrom": ODD,
        "costUSD": ODD,
        "content": ODD,
    },
)


@given(LINES, st.booleans())
def test_both_ways_of_reading_a_line_agree(value: Line, escaped: bool) -> None:
    data = json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    assert results(data) == results(BOM + data)


PIECES = st.sampled_from(
    [
        WHOLE,
        WHOLE[:-1],
        WHOLE[1:],
        b'{"type":"assistant","type":"user",',
        b'"message":{"usage":{"input_tokens":1,"input_tokens":"2"}},',
        b'"usage":{},',
        b"{",
        b"}",
        b",",
        b":",
        b'"',
        b"\\",
        b"\\x",
        b"\\ud83d",
        b"\\u0000",
        b"\0",
        b"\r",
        b"\t",
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\x7f",
        b"\x01",
        b"NaN",
        b"-Infinity",
        b"01",
        b"1.",
        b"1e999",
        b"9" * 5000,
        b"true",
        b"nul",
        b"[1,]",
        b'"timestamp":"2026-11-20T10:00:00Z"',
        b" ",
        BOM,
    ]
)


@given(st.integers(0, len(WHOLE)), st.lists(PIECES, max_size=4), st.integers(0, 30))
@example(60, [b'\\"usage\\":{\\"input_tokens\\":9}'], 0)
def test_both_ways_of_reading_a_damaged_line_agree(
    place: int, pieces: list[bytes], lost: int
) -> None:
    data = WHOLE[:place] + b"".join(pieces) + WHOLE[place + lost :]
    assert results(data) == results(BOM + data)


@given(st.binary(max_size=200))
def test_no_bytes_are_ever_fatal(data: bytes) -> None:
    assert list(read_line(data, SESSION, NAMES.key)) == results(data)
    assert is_whole(data) is is_whole(BOM + data)


@given(st.permutations(sorted(line().items())), st.booleans())
def test_the_order_of_members_does_not_matter(
    members: list[tuple[str, object]], slowly: bool
) -> None:
    data = encoded(dict(members))
    found = one(BOM + data if slowly else data)
    assert isinstance(found, UsageRecord)
    assert found == one(line())


def test_of_members_given_twice_the_last_one_stands() -> None:
    doubled = WHOLE.replace(b'"input_tokens":10', b'"input_tokens":99,"input_tokens":10')
    assert one(doubled) == one(BOM + doubled) == one(line())
