"""What is gathered of many lines is what merging every one of them gives."""

import gc
import weakref
from collections import Counter
from collections.abc import Iterable, Mapping

from hypothesis import example, given, settings
from hypothesis import strategies as st

from claudeusage_core.gathering import Gathering
from claudeusage_core.responses import Era, ResponseKey, State
from claudeusage_core.transcript import Skipped, SkipReason, read_line
from claudeusage_core.usage import UsageRecord
from tests.core.samples import (
    AT,
    NAMES,
    OTHER_SESSION,
    SESSION,
    encoded,
    gather,
    line,
    message_id,
    progress,
)

FILES = (SESSION, OTHER_SESSION)
_NONE: dict[str, st.SearchStrategy[object]] = {}
_NOTHING: dict[str, object] = {}
_USAGES = st.fixed_dictionaries(
    {"output_tokens": st.sampled_from([0, 1, 1, 260, 260, 10**13, None, "7"])},
    optional={
        "input_tokens": st.sampled_from([0, 10, 12]),
        "cache_read_input_tokens": st.sampled_from([0, 10]),
        "cache_creation_input_tokens": st.sampled_from([0, 50]),
        "cache_creation": st.sampled_from(
            [None, {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 30}]
        ),
        "speed": st.sampled_from(["fast", "standard", None]),
        "inference_geo": st.sampled_from(["us", ""]),
        "service_tier": st.sampled_from(["batch", "standard"]),
        "server_tool_use": st.sampled_from([{"web_search_requests": n} for n in (0, 2)]),
        "iterations": st.sampled_from(
            [
                None,
                [],
                [{"type": "message", "input_tokens": 5}],
                [{"type": "message"}, {"type": "message", "input_tokens": 10}],
                [{"type": "advisor_message", "model": "claude-haiku-5-5", "input_tokens": 5}],
                [{"input_tokens": 5}],
            ]
        ),
    },
)
_MESSAGES = st.fixed_dictionaries(
    _NONE,
    optional={
        "id": st.sampled_from([message_id(1), "gateway", None, ""]),
        "model": st.sampled_from(["claude-opus-4-8", "nobody", "<synthetic>", " ", None]),
        "stop_reason": st.sampled_from([None, "end_turn", ""]),
    },
)
_MEMBERS = st.fixed_dictionaries(
    _NONE,
    optional={
        "timestamp": st.sampled_from(
            [
                AT,
                "2026-11-20T10:00:00.001Z",
                "2026-11-20T09:59:59.999Z",
                "2026-11-20 10:00:00.500Z",
                "2026-11-20T10:00:00Z",
                "2026-11-20T12:00:00.000+02:00",
                "2026-11-20T10:00:60.000Z",
                "2026-11-20T10:00:00,000Z",
                "2026-02-30T10:00:00.000Z",
                "2023-11-20T10:00:00.000Z",
                "",
                None,
            ]
        ),
        "sessionId": st.sampled_from([SESSION, OTHER_SESSION, "", None]),
        "isSidechain": st.sampled_from([True, False, None, "yes"]),
        "isApiErrorMessage": st.sampled_from([True, False, None]),
        "forkedFrom": st.sampled_from([None, {"sessionId": "a"}, "a"]),
        "costUSD": st.sampled_from([None, 0.5, -1]),
        "requestId": st.sampled_from([None, "req_1"]),
    },
)


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    made = line(
        draw(st.integers(1, 2)),
        usage=draw(st.one_of(_USAGES, _USAGES, st.sampled_from([_NOTHING, [], "x"]))),
        message=draw(st.one_of(st.just(_NOTHING), _MESSAGES)),
        **draw(st.one_of(st.just(_NOTHING), _MEMBERS)),
    )
    return encoded(progress(made)) if draw(st.integers(0, 9)) == 0 else encoded(made)


_FILES_OF_LINES = st.lists(st.tuples(st.sampled_from(FILES), lines()), max_size=7)


def states(gathered: Gathering) -> dict[ResponseKey, State]:
    usual = {
        ResponseKey(id_, Era.CURRENT): gathered.state_of(each)
        for id_, each in gathered.usual.items()
    }
    assert not usual.keys() & gathered.others.keys()
    assert gathered.others.keys() == gathered.held_in.keys()
    return usual | gathered.others


def gathered_from(
    found: Iterable[tuple[str, bytes]], folders: Mapping[str, int]
) -> tuple[Gathering, Counter[SkipReason]]:
    gathered = Gathering(NAMES.key)
    skipped = Counter[SkipReason]()
    for file, each in found:
        gathered.reader(file, folders[file], skipped)(memoryview(each))
    return gathered, skipped


@settings(max_examples=600)
@given(_FILES_OF_LINES)
@example([])
def test_what_is_gathered_is_what_merging_every_line_gives(found: list[tuple[str, bytes]]) -> None:
    results = [each for file, data in found for each in read_line(data, file, NAMES.key)]
    gathered, skipped = gathered_from(found, {SESSION: 1, OTHER_SESSION: 2})
    assert states(gathered) == gather(each for each in results if isinstance(each, UsageRecord))
    assert skipped == Counter(each.reason for each in results if isinstance(each, Skipped))
    assert len(gathered) == len(states(gathered))


def test_the_folders_of_every_copy_are_noted() -> None:
    usual = [(SESSION, encoded(line())), (OTHER_SESSION, encoded(line()))]
    gathered, _ = gathered_from(usual, {SESSION: 1, OTHER_SESSION: 4})
    assert [each.held_in for each in gathered.usual.values()] == [5]
    odd = [*usual, (SESSION, encoded(line(isSidechain=True)))]
    gathered, _ = gathered_from(odd, {SESSION: 2, OTHER_SESSION: 4})
    assert list(gathered.held_in.values()) == [6]


def test_lines_as_claude_code_writes_them_are_usual() -> None:
    usage = {
        "input_tokens": 3,
        "cache_creation_input_tokens": 50,
        "cache_read_input_tokens": 7,
        "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 30},
        "output_tokens": 9,
        "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 1},
        "service_tier": "standard",
        "inference_geo": "not_available",
        "iterations": [{"type": "message", "input_tokens": 3, "output_tokens": 9}],
        "speed": "standard",
    }
    agent = line(2, usage=usage, isSidechain=True, forkedFrom=None)
    gathered, _ = gathered_from(
        [(SESSION, encoded(line(usage=usage))), (SESSION, encoded(agent))], {SESSION: 1}
    )
    assert (len(gathered.usual), len(gathered.others)) == (2, 0)


def test_of_copies_that_are_equal_the_later_is_the_best() -> None:
    times = ("2026-11-20T10:00:01.000Z", "2026-11-20T10:00:02.000Z", AT)
    found = [(SESSION, encoded(line(timestamp=each))) for each in times]
    ((_, state),) = states(gathered_from(found, {SESSION: 1})[0]).items()
    assert state.best is not None
    assert state.owners[0] is not None
    assert state.best.time_ms - state.owners[0].time_ms == 2000


def test_what_was_gathered_can_be_forgotten() -> None:
    gathered, _ = gathered_from(
        [(SESSION, encoded(line(costUSD=1))), (SESSION, encoded(line(2)))], {SESSION: 1}
    )
    assert len(gathered) == 2
    gathered.clear()
    assert (len(gathered), states(gathered)) == (0, {})


def test_a_reader_goes_with_its_file_though_no_garbage_is_collected() -> None:
    gathered, _ = gathered_from([], {})
    read = gathered.reader(SESSION, 1, Counter())
    read(memoryview(encoded(line())))
    gone = weakref.ref(read)
    collecting = gc.isenabled()
    gc.disable()
    try:
        del read
        assert gone() is None
    finally:
        if collecting:
            gc.enable()
