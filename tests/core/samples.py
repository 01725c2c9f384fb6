"""Transcript lines and records with the members that a test does not care about filled in."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from importlib import resources
from pathlib import Path

import pytest

from claudeusage_core.aggregate import day_rows
from claudeusage_core.models import ModelNames
from claudeusage_core.moments import milliseconds
from claudeusage_core.pricing import read_price_table
from claudeusage_core.responses import (
    Era,
    Response,
    ResponseKey,
    State,
    counts_by,
    include,
    key_of,
    response_of,
    state_of,
)
from claudeusage_core.transcript import Skipped, read_line, session_of_file
from claudeusage_core.usage import CopyClass, DailyUsage, ModelKey, TokenCounts, Usage, UsageRecord

PRICES_TEXT = (resources.files("claudeusage_resources") / "prices.json").read_text("utf-8")
PRICES = read_price_table(PRICES_TEXT)
NAMES = ModelNames(PRICES.names)
EXPECTED = Path(__file__).parents[3] / "shared" / "transcripts" / "expected.json"
"""The rows of real transcripts, where those stand beside the checkout."""

needs_real_transcripts = pytest.mark.skipif(
    not EXPECTED.is_file(), reason="../shared/transcripts does not stand beside the checkout"
)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SESSION = "5e55105e-0000-4000-8000-000000000001"
OTHER_SESSION = "6e55105e-0000-4000-8000-000000000002"
AT = "2026-11-20T10:00:00.000Z"

Line = dict[str, object]


def message_id(number: int) -> str:
    return f"msg_{number:024d}"


def line(
    number: int = 1, *, usage: object = None, message: object = None, **members: object
) -> Line:
    """Return the line of response *number*; members given as None stay as null."""
    body: Line = {
        "id": message_id(number),
        "model": "claude-opus-5-5",
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 10, "output_tokens": 100} if usage is None else usage,
    }
    if isinstance(message, Mapping):
        body |= message
    base: Line = {
        "type": "assistant",
        "timestamp": AT,
        "sessionId": SESSION,
        "requestId": f"req_{number}",
        "uuid": f"00000000-0000-4000-8000-{number:012d}",
        "message": body,
    }
    return base | members


def progress(inner: Mapping[str, object], **members: object) -> Line:
    """Return the line with which a parent repeats its agent's."""
    base: Line = {"type": "progress", "sessionId": SESSION, "data": {"message": inner}}
    return base | members


def encoded(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def results(*lines: Mapping[str, object] | bytes, file: str = SESSION) -> list[object]:
    """Read lines of the transcript of session *file*."""
    return [
        result
        for each in lines
        for result in read_line(each if isinstance(each, bytes) else encoded(each), file, NAMES.key)
    ]


def records(*lines: Mapping[str, object] | bytes, file: str = SESSION) -> list[UsageRecord]:
    found = results(*lines, file=file)
    return [each for each in found if isinstance(each, UsageRecord)]


def reasons(*lines: Mapping[str, object] | bytes) -> list[str]:
    return [each.reason.value for each in results(*lines) if isinstance(each, Skipped)]


def one(value: Mapping[str, object] | bytes, file: str = SESSION) -> UsageRecord:
    (record,) = records(value, file=file)
    return record


def gather(records: Iterable[UsageRecord]) -> dict[ResponseKey, State]:
    """Merge records into one state per response."""
    states: dict[ResponseKey, State] = {}
    for record in records:
        include(states, key_of(record), state_of(record))
    return states


def billable(states: Mapping[ResponseKey, State], now_ms: int) -> list[Response]:
    """Return the responses that count by the clock of *now_ms*."""
    found = (response_of(state) for key, state in states.items() if key.era is Era.CURRENT)
    return [each for each in found if each is not None and counts_by(each.time_ms, now_ms)]


def responses(found: Iterable[UsageRecord], now: datetime = NOW) -> list[Response]:
    return billable(gather(found), milliseconds(now))


def days(
    found: Iterable[UsageRecord], zone: tzinfo = UTC, now: datetime = NOW
) -> tuple[DailyUsage, ...]:
    return day_rows(responses(found, now), PRICES, zone)


def rows_below(folder: Path, zone: tzinfo = UTC) -> tuple[DailyUsage, ...]:
    """Return the day rows of the transcripts below a folder."""
    found: list[UsageRecord] = []
    for path in sorted(each for each in folder.rglob("*.jsonl") if each.is_file()):
        session = session_of_file(path.relative_to(folder).parts)
        found += records(*path.read_bytes().split(b"\n"), file=session)
    return days(found, zone)


def day(*lines: Mapping[str, object]) -> DailyUsage:
    """Return the only day of some lines."""
    (row,) = days(records(*lines))
    return row


def usage(
    model: str = "claude-opus-5-5", tokens: TokenCounts | None = None, **members: object
) -> Usage:
    counts = TokenCounts(input=10, output=100) if tokens is None else tokens
    values: dict[str, object] = {"deciding_prompt": counts.prompt} | members
    return Usage(ModelKey(model), counts, **values)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def record(
    time_ms: int = milliseconds(NOW),
    *,
    identity: str = "one",
    copy_class: CopyClass = CopyClass.PLAIN,
    session: str = SESSION,
    own_file: bool = True,
    used: Usage | None = None,
) -> UsageRecord:
    return UsageRecord(
        identity, copy_class, time_ms, session, own_file, usage() if used is None else used
    )


def interleavings(found: list[UsageRecord]) -> Iterator[list[UsageRecord]]:
    """Yield every rotation of some records, forwards and backwards."""
    for start in range(len(found)):
        turned = found[start:] + found[:start]
        yield turned
        yield turned[::-1]
