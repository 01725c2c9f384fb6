"""The reading of a line, held byte by byte against the slow reader of `tests.reference`."""

import json
from functools import reduce

from hypothesis import example, given, settings
from hypothesis import strategies as st

from claudeusage_core.transcript import MARK, is_whole, read_line
from claudeusage_core.usage import OTHER, UNKNOWN_PREFIX, ModelKey, TokenCounts, UsageRecord
from tests import reference
from tests.core.samples import AT, NAMES, OTHER_SESSION, SESSION, encoded, line, progress

EVERYTHING = line(
    isSidechain=False,
    isApiErrorMessage=False,
    costUSD=0.25,
    message={
        "id": "gateway-1",
        "model": "us.anthropic.claude-opus-4-6-v1:0",
        "content": [{"type": "text", "text": '{"usage":{"input_tokens":9}} é\u2028'}],
    },
    usage={
        "input_tokens": 10,
        "output_tokens": 100,
        "cache_creation_input_tokens": 50,
        "cache_read_input_tokens": 7,
        "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 30},
        "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 1},
        "iterations": [
            {"type": "message", "model": "claude-opus-4-8", "input_tokens": 5, "output_tokens": 3},
            {"type": "message", "input_tokens": 4, "output_tokens": 2},
            {"type": "fallback_message", "model": "claude-opus-4-6", "output_tokens": 0},
            {"type": "advisor_message", "model": "glm-4.7", "input_tokens": 6},
            {"type": "compaction", "cache_read_input_tokens": 8},
        ],
        "speed": "fast",
        "inference_geo": "us",
        "service_tier": "batch",
    },
)
NAMELESS = line(requestId=None, uuid=None, sessionId=None, message={"id": None})
FORKED = line(sessionId=OTHER_SESSION, forkedFrom={"sessionId": SESSION}, isSidechain=True)
REPEATED = progress(line(2, message={"stop_reason": None}), timestamp=AT, requestId="req_outer")
LINES = [
    encoded(EVERYTHING),
    json.dumps(EVERYTHING, indent=1).replace("\n", " ").encode(),
    encoded(NAMELESS),
    encoded(FORKED),
    encoded(REPEATED),
    encoded(line(1)) + encoded(line(2)),
    encoded(line(1)) + b" [1] null " + encoded(line(2))[:-9],
]
PIECES = [
    *(b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\x", b"\\u00", b"\\ud83d", b"\\u0061"),
    *(b"\0", b"\r", b"\t", b"\x0b", b" ", b"\x7f", b"\x01", b"\xef\xbb\xbf"),
    *(b"\xff", b"\xc3", b"\xe2\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc2\x85"),
    *(b"0", b"-", b"+", b".", b"e", b"1e3", b"1e999", b"01", b"9" * 25, b"9" * 5000, b"1.", b"_"),
    *(b"true", b"null", b"NaN", b"Infinity", b"-Infinity", b'""', b"{}", b"[]", b'"12"', b"nul"),
    *(b'"usage":{},', b'"usage":null,', b'"us\\u0061ge":{"output_tokens":4},', b'"type":"user",'),
    *(b'"type":"assistant",', b'"type":["assistant"],', b'"message":{},', b'"forkedFrom":{},'),
    *(b'"isSidechain":true,', b'"isApiErrorMessage":true,', b'"costUSD":1e300,', b'"uuid":"",'),
    *(b'"timestamp":"2026-11-20",', b'"model":"<synthetic>",', b'"model":"\\u200b",'),
]
VALUES = [
    *(b"null", b"true", b"false", b"-1", b"-0.0", b"0", b"7.9", b"1e3", b"1E400", b"NaN", b"-2.5"),
    *(b'"12"', b'"1234567890123"', b'"x"', b'""', b'" "', b'"\\ud800"', b'"\\u200b"', b'"\xff"'),
    *(b"1000000000000", b"1000000000001", b"1000000000000.5", b"999999999999.9", b"9" * 5000),
    *(b"[]", b"{}", b'["x"]', b'{"input_tokens":3}', b"[null,{}]", b"[" * 1200 + b"]" * 1200),
    *(b'"2026-11-20T23:59:60Z"', b'"2026-11-20 10:00"', b'"0001-01-01T00:00:00+05:00"'),
    *(b'"9999-12-31T23:59:59.999-05:00"', b'"2026-11-20t10:00:00,123456789z"', b'"fast"'),
    *(b'"assistant"', b'"progress"', b'"<synthetic>"', b'"claude-opus-5-5"', b'"message"'),
]
KEYS = sorted(
    {
        b'"%s"' % name.encode()
        for value in (EVERYTHING, FORKED, REPEATED)
        for name in (
            *value,
            *("model", "id", "usage", "stop_reason", "input_tokens", "output_tokens"),
            *("cache_creation", "cache_creation_input_tokens", "cache_read_input_tokens"),
            *("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens", "web_search_requests"),
            *("server_tool_use", "iterations", "speed", "inference_geo", "service_tier", "data"),
        )
    }
)


def with_value(data: bytes, key: bytes, value: bytes) -> bytes:
    """Give every member called *key* another value, wherever the old one can be told."""
    text, decoder = data.decode("utf-8", "surrogateescape"), json.JSONDecoder()
    name, new = key.decode(), value.decode("utf-8", "surrogateescape")
    done, position = "", 0
    while (found := text.find(name + ":", position)) >= 0:
        start = found + len(name) + 1
        start += len(text[start:]) - len(text[start:].lstrip())
        try:
            _, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            break
        done += text[position:start] + new
        position = end
    return (done + text[position:]).encode("utf-8", "surrogateescape")


@st.composite
def damaged_lines(draw: st.DrawFn) -> bytes:
    """Draw a line as Claude Code writes it, with another value here and other bytes there."""
    data = draw(st.sampled_from(LINES))
    values = st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES))
    data = reduce(lambda each, change: with_value(each, *change), draw(st.lists(values)), data)
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(data)))
        lost = draw(st.sampled_from([0, 0, 0, 1, 2, 9]))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=3))
        data = data[:place] + piece + data[place + lost :]
    return data.replace(b"\n", b"")


def as_record(copy: reference.Copy) -> tuple[object, ...]:
    return (
        copy.copy_class,
        copy.time_ms,
        copy.session,
        not copy.elsewhere,
        reference.shown(copy.model),
        copy.model.startswith(UNKNOWN_PREFIX),
        TokenCounts(*copy.tokens),
        copy.searches,
        copy.deciding_prompt,
        (copy.fast, copy.in_us, copy.batch, copy.stopped),
        None if copy.cost_usd is None else float(copy.cost_usd),
        [(reference.shown(model), TokenCounts(*tokens)) for model, tokens in copy.extras],
    )


def as_plain(record: UsageRecord) -> tuple[object, ...]:
    usage = record.usage
    return (
        record.copy_class,
        record.time_ms,
        record.session,
        record.own_file,
        shown(usage.model),
        usage.model.startswith(UNKNOWN_PREFIX),
        usage.tokens,
        usage.web_searches,
        usage.deciding_prompt,
        (usage.fast, usage.us_inference, usage.batch, usage.stopped),
        usage.cost_usd,
        [(shown(each.model), each.tokens) for each in usage.extras],
    )


def shown(model: ModelKey) -> str:
    return OTHER if model.startswith(UNKNOWN_PREFIX) else model


def read(data: bytes) -> list[UsageRecord]:
    found = read_line(data, SESSION, NAMES.key)
    return [each for each in found if isinstance(each, UsageRecord)]


def assert_read_like_reference(data: bytes) -> None:
    copies = list(reference.copies_in(data + b"\n", SESSION))
    records = read(data)
    assert [as_plain(each) for each in records] == [as_record(each) for each in copies]
    for one, first in zip(records, copies, strict=True):
        for other, second in zip(records, copies, strict=True):
            assert (one.identity == other.identity) is (first.identity == second.identity)
    if copies and b"\\u00" not in data:
        assert MARK in data
    unfinished = list(reference.copies_in(data, SESSION))
    assert unfinished == (copies if is_whole(data) else [])


@settings(max_examples=1500)
@given(damaged_lines())
@example(b"")
def test_damaged_lines_are_read_as_the_rules_say(data: bytes) -> None:
    assert_read_like_reference(data)


def test_undamaged_lines_report_usage() -> None:
    assert [len(read(each)) for each in LINES] == [1, 1, 1, 1, 1, 2, 1]


def test_letters_of_a_name_may_be_written_as_escapes() -> None:
    for name, escaped in ((b'"usage"', b'"us\\u0061ge"'), (b'"type"', b'"t\\u0079pe"')):
        data = encoded(line()).replace(name, escaped)
        assert MARK in data
        assert read(data) == read(encoded(line()))
        assert_read_like_reference(data)


def test_a_response_is_the_same_under_an_older_price_table() -> None:
    def never(raw: str) -> ModelKey:
        return ModelKey(UNKNOWN_PREFIX + str(len(raw)))

    (old,) = (each for each in read_line(encoded(NAMELESS), SESSION, never))
    (new,) = read(encoded(NAMELESS))
    assert isinstance(old, UsageRecord)
    assert old.identity == new.identity
    assert old.usage.model != new.usage.model
