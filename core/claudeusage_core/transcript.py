"""A transcript line: which lines report usage, and how their fields are read.

Lines are JSON, but torn, glued and foreign ones occur; no line is ever fatal, and what is passed
over is counted with its reason. The fast reading is taken only where it is sure to equal the
slow one; anything unusual goes through the slow one.
"""

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias, cast

import msgspec

from claudeusage_core.models import SYNTHETIC
from claudeusage_core.moments import read_timestamp
from claudeusage_core.usage import CopyClass, Extra, ModelKey, TokenCounts, Usage, UsageRecord

MARKS = (b'usage"', b'"assistant"')
"""A line that can report usage, or lacks it where it should, holds one of these."""

MAX_NUMBER = 10**12
_ANTHROPIC_ID = re.compile(r"msg_(bdrk_|vrtx_)?[A-Za-z0-9]{20,}", re.ASCII)
_LONGEST_INTEGER = 20
_DIGITS = re.compile(r"[0-9]{1,12}", re.ASCII)
_BLANK = "\ufeff\0 \t\r\n"

ModelKeys: TypeAlias = Callable[[str], ModelKey]


class SkipReason(StrEnum):
    """Why a line was passed over."""

    NOT_UNDERSTOOD = "not_understood"
    NO_TIMESTAMP = "no_timestamp"
    NO_MODEL = "no_model"
    NO_USAGE = "no_usage"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line, or the rest of one, that was passed over."""

    reason: SkipReason


Result: TypeAlias = UsageRecord | Skipped


class _Struct(msgspec.Struct, gc=False):
    pass


class _CacheCreation(_Struct):
    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class _ServerTools(_Struct):
    web_search_requests: int | None = None


class _Counts(_Struct):
    type: str | None = None
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: _CacheCreation | None = None


class _Usage(_Counts):
    server_tool_use: _ServerTools | None = None
    iterations: list[_Counts] | None = None
    speed: str | None = None
    inference_geo: str | None = None
    service_tier: str | None = None


class _Message(_Struct):
    id: str | None = None
    model: str | None = None
    stop_reason: str | None = None
    usage: _Usage | None = None


class _Object(_Struct):
    pass


class _Line(_Struct):
    type: str | None = None
    timestamp: str | None = None
    sessionId: str | None = None  # noqa: N815 -- the transcript's own name
    requestId: str | None = None  # noqa: N815 -- the transcript's own name
    uuid: str | None = None
    isSidechain: bool | None = None  # noqa: N815 -- the transcript's own name
    isApiErrorMessage: bool | None = None  # noqa: N815 -- the transcript's own name
    forkedFrom: _Object | None = None  # noqa: N815 -- the transcript's own name
    costUSD: float | None = None  # noqa: N815 -- the transcript's own name
    message: _Message | None = None


def _integer(digits: str) -> int:
    """Read an integer of any length; Python refuses to read very long ones."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER else MAX_NUMBER + 1


_decode = msgspec.json.Decoder(_Line).decode
_slow_decoder = json.JSONDecoder(parse_int=_integer)


def session_of_file(parts: Sequence[str]) -> str:
    """Return the session that a file belongs to, of its path's *parts* below the root."""
    for index in range(len(parts) - 2, 0, -1):
        if parts[index] == "subagents":
            return parts[index - 1]
    return parts[-1].removesuffix(".jsonl")


def may_report_usage(line: bytes) -> bool:
    """Say cheaply whether a line is worth reading."""
    return MARKS[0] in line or MARKS[1] in line


def read_line(line: bytes, file_session: str, model_keys: ModelKeys) -> Iterator[Result]:
    """Yield what one line of a transcript holds; mostly nothing or one record.

    *file_session* is the session that the file belongs to; *model_keys* turns a raw model name
    into what may be kept of it, and is the last to see that name.
    """
    try:
        decoded = _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        yield from _read_slowly(line, file_session, model_keys)
        return
    if decoded.type == "assistant" and _has_name(decoded):
        yield from _record(decoded, file_session, model_keys)
    elif decoded.type in {"assistant", "progress"}:
        yield from _read_slowly(line, file_session, model_keys)


def is_whole(line: bytes) -> bool:
    """Say whether a last line without its newline may be read: a cut object never parses.

    It may hold several objects, which have been glued: had it been read between them, the first
    would have counted, and so the second has to.
    """
    values = list(_values(line.decode("utf-8", "replace")))
    return bool(values) and not any(isinstance(each, Skipped) for each in values)


def _read_slowly(line: bytes, file_session: str, model_keys: ModelKeys) -> Iterator[Result]:
    for value in _values(line.decode("utf-8", "replace")):
        if isinstance(value, Skipped):
            yield value
        elif value.get("type") == "assistant":
            yield from _record(_line(value), file_session, model_keys)
        elif value.get("type") == "progress" and (inner := _progress(value)) is not None:
            yield from _record(inner, file_session, model_keys)


def _values(text: str) -> Iterator[dict[str, Any] | Skipped]:
    position = len(text) - len(text.lstrip(_BLANK))
    end = len(text.rstrip(_BLANK))
    while position < end:
        try:
            value, position = _slow_decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            yield Skipped(SkipReason.NOT_UNDERSTOOD)
            return
        if isinstance(value, dict):
            yield cast("dict[str, Any]", value)
        while position < end and text[position] in _BLANK:
            position += 1


def _progress(value: dict[str, Any]) -> _Line | None:
    """Read a subagent's line that its parent repeats, as a sidechain copy."""
    inner = _dict(_dict(value.get("data")).get("message"))
    if inner.get("type") != "assistant" or not isinstance(
        _dict(inner.get("message")).get("usage"), dict
    ):
        return None
    line = _line(inner)
    outer = _line(value)
    line.isSidechain = True
    line.sessionId = outer.sessionId
    line.isApiErrorMessage = line.isApiErrorMessage or outer.isApiErrorMessage
    if read_timestamp(line.timestamp) is None:
        line.timestamp = outer.timestamp
    line.requestId = line.requestId or outer.requestId
    line.uuid = line.uuid or outer.uuid
    line.forkedFrom = line.forkedFrom or outer.forkedFrom
    return line


def _record(line: _Line, file_session: str, model_keys: ModelKeys) -> Iterator[Result]:
    message = line.message
    if line.isApiErrorMessage is True or (message is not None and message.model == SYNTHETIC):
        return
    if message is None or message.usage is None:
        yield Skipped(SkipReason.NO_USAGE)
        return
    if not _is_visible(message.model):
        yield Skipped(SkipReason.NO_MODEL)
        return
    time_ms = read_timestamp(line.timestamp)
    if time_ms is None:
        yield Skipped(SkipReason.NO_TIMESTAMP)
        return
    session = line.sessionId or file_session
    usage = _usage(message, message.usage, line.costUSD, model_keys)
    yield UsageRecord(
        identity=_identity(line, message, session, time_ms, usage.tokens.prompt),
        copy_class=_copy_class(line),
        time_ms=time_ms,
        session=session,
        own_file=session == file_session,
        usage=usage,
    )


def _copy_class(line: _Line) -> CopyClass:
    if line.forkedFrom is not None:
        return CopyClass.FORKED
    return CopyClass.SIDECHAIN if line.isSidechain is True else CopyClass.PLAIN


def _has_name(line: _Line) -> bool:
    return bool(line.uuid or line.requestId or (line.message is not None and line.message.id))


def _identity(line: _Line, message: _Message, session: str, time_ms: int, prompt: int) -> str:
    if message.id:
        if _ANTHROPIC_ID.fullmatch(message.id):
            return message.id
        return repr(("id", session, message.id, line.requestId or "", prompt))
    if line.requestId:
        return repr(("request", line.requestId))
    if line.uuid:
        return repr(("uuid", line.uuid))
    # What the line itself says, read slowly, and not what a price table makes of its model: the
    # line is the same response when a newer table knows that.
    text = repr((session, time_ms, message.model, message.usage))
    return "line\0" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _is_visible(name: str | None) -> bool:
    if name is None:
        return False
    # A letter is visible, and nearly every name begins with one.
    return name[:1].isalnum() or any(c.isprintable() and c != " " for c in name)


def _usage(
    message: _Message, counts: _Usage, cost_usd: float | None, model_keys: ModelKeys
) -> Usage:
    tokens = _tokens(counts)
    model = model_keys(message.model or "")
    iterations = counts.iterations or []
    prompts = [_tokens(each).prompt for each in iterations if each.type == "message"]
    searches = counts.server_tool_use.web_search_requests if counts.server_tool_use else None
    return Usage(
        model=model,
        tokens=tokens,
        web_searches=_in_range(searches),
        deciding_prompt=max(prompts) if len(prompts) > 1 else tokens.prompt,
        fast=counts.speed == "fast",
        us_inference=counts.inference_geo == "us",
        batch=counts.service_tier == "batch",
        cost_usd=_cost(cost_usd),
        stopped=message.stop_reason is not None,
        extras=tuple(_extras(iterations, model, model_keys)) if iterations else (),
    )


def _extras(iterations: list[_Counts], winner: ModelKey, keys: ModelKeys) -> Iterator[Extra]:
    fell_back = any(each.type == "fallback_message" for each in iterations)
    for each in iterations:
        tokens = _tokens(each)
        model = keys(each.model) if each.model and _is_visible(each.model) else winner
        counts_apart = each.type in {"advisor_message", "compaction"} or (
            fell_back and each.type == "message" and model != winner and tokens.output > 0
        )
        if counts_apart and tokens.total:
            yield Extra(model, tokens)


def _tokens(counts: _Counts) -> TokenCounts:
    split = counts.cache_creation
    five = _in_range(split.ephemeral_5m_input_tokens) if split else 0
    hour = _in_range(split.ephemeral_1h_input_tokens) if split else 0
    written = max(_in_range(counts.cache_creation_input_tokens), five + hour)
    return TokenCounts(
        _in_range(counts.input_tokens),
        _in_range(counts.output_tokens),
        written - hour,
        hour,
        _in_range(counts.cache_read_input_tokens),
    )


def _in_range(number: int | None) -> int:
    return number if number is not None and 0 <= number <= MAX_NUMBER else 0


def _cost(usd: float | None) -> float | None:
    return usd if usd is not None and 0 <= usd <= MAX_NUMBER else None


# The slow reading: the same structs, each field read on its own.


def _line(value: dict[str, Any]) -> _Line:
    return _Line(
        timestamp=_text(value.get("timestamp")),
        sessionId=_text(value.get("sessionId")),
        requestId=_text(value.get("requestId")),
        uuid=_text(value.get("uuid")),
        isSidechain=value.get("isSidechain") is True,
        isApiErrorMessage=value.get("isApiErrorMessage") is True,
        forkedFrom=_Object() if isinstance(value.get("forkedFrom"), dict) else None,
        costUSD=_float(value.get("costUSD")),
        message=_message(value["message"]) if isinstance(value.get("message"), dict) else None,
    )


def _message(value: dict[str, Any]) -> _Message:
    usage = value.get("usage")
    return _Message(
        id=_text(value.get("id")),
        model=_text(value.get("model")),
        stop_reason=None if value.get("stop_reason") is None else "given",
        usage=_read_usage(cast("dict[str, Any]", usage)) if isinstance(usage, dict) else None,
    )


def _read_usage(value: dict[str, Any]) -> _Usage:
    tools = _dict(value.get("server_tool_use"))
    iterations = value.get("iterations")
    entries = cast("list[object]", iterations) if isinstance(iterations, list) else []
    return _Usage(
        **_counts(value),
        server_tool_use=_ServerTools(_number(tools.get("web_search_requests"))),
        iterations=[_Counts(**_counts(each)) for each in map(_dict, entries) if each],
        speed=_text(value.get("speed")),
        inference_geo=_text(value.get("inference_geo")),
        service_tier=_text(value.get("service_tier")),
    )


def _counts(value: dict[str, Any]) -> dict[str, Any]:
    split = _dict(value.get("cache_creation"))
    return {
        "type": _text(value.get("type")),
        "model": _text(value.get("model")),
        "input_tokens": _number(value.get("input_tokens")),
        "output_tokens": _number(value.get("output_tokens")),
        "cache_creation_input_tokens": _number(value.get("cache_creation_input_tokens")),
        "cache_read_input_tokens": _number(value.get("cache_read_input_tokens")),
        "cache_creation": _CacheCreation(
            _number(split.get("ephemeral_5m_input_tokens")),
            _number(split.get("ephemeral_1h_input_tokens")),
        ),
    }


def _dict(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> int:
    if isinstance(value, str):
        return int(value) if _DIGITS.fullmatch(value) else 0
    if isinstance(value, float):
        return int(value) if math.isfinite(value) else 0
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _float(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value > MAX_NUMBER:
        return None
    return float(value)
