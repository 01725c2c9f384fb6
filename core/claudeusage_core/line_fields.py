"""The fields of a transcript line: decoded strictly and fast, or leniently and slowly.

Strictly means that every field is absent or as Claude Code writes it; where one is not, nothing is
decoded, and the line has to be read leniently. Both give the same structs.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias, cast

import msgspec

MAX_NUMBER = 10**12
_LONGEST_INTEGER = 20
_DIGITS = re.compile(r"[0-9]{1,12}", re.ASCII)
_BLANK = "\ufeff\0 \t\r\n"

_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)]
_Output: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)]
_Dollars: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=MAX_NUMBER)]


class CacheCreation(msgspec.Struct, frozen=True, gc=False):
    """Cache writes by how long they are kept."""

    ephemeral_5m_input_tokens: _Count = 0
    ephemeral_1h_input_tokens: _Count = 0


class ServerTools(msgspec.Struct, frozen=True, gc=False):
    """What the API itself was asked to do."""

    web_search_requests: _Count = 0


class Counts(msgspec.Struct, frozen=True, gc=False):
    """Tokens of one request, of which a response may have made several."""

    type: str | None = None
    model: str | None = None
    input_tokens: _Count = 0
    output_tokens: _Count = 0
    cache_creation_input_tokens: _Count = 0
    cache_read_input_tokens: _Count = 0
    cache_creation: CacheCreation | None = None


class UsageFields(Counts, frozen=True, gc=False):
    """The usage object of a message."""

    server_tool_use: ServerTools | None = None
    iterations: tuple[Counts, ...] | None = None
    speed: str | None = None
    inference_geo: str | None = None
    service_tier: str | None = None


class Message(msgspec.Struct, frozen=True, gc=False):
    """A message of the API."""

    id: str | None = None
    model: str | None = None
    stop_reason: str | None = None
    usage: UsageFields | None = None


class AnObject(msgspec.Struct, frozen=True, gc=False):
    """Of this only matters that it is there."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """A line of a transcript."""

    type: str | None = None
    timestamp: str | None = None
    sessionId: str | None = None  # noqa: N815 -- the transcript's own name
    requestId: str | None = None  # noqa: N815 -- the transcript's own name
    uuid: str | None = None
    isSidechain: bool | None = None  # noqa: N815 -- the transcript's own name
    isApiErrorMessage: bool | None = None  # noqa: N815 -- the transcript's own name
    forkedFrom: AnObject | None = None  # noqa: N815 -- the transcript's own name
    costUSD: _Dollars | None = None  # noqa: N815 -- the transcript's own name
    message: Message | None = None


class _NoTools(ServerTools, frozen=True, gc=False):
    web_search_requests: Literal[0] = 0


class _OneRequest(Counts, frozen=True, gc=False, kw_only=True):
    type: Literal["message"]  # pyright: ignore[reportGeneralTypeIssues] -- required here, absent there


class UsualUsage(UsageFields, frozen=True, gc=False, kw_only=True):
    """Tokens of one request, and nothing else."""

    output_tokens: _Output  # pyright: ignore[reportGeneralTypeIssues] -- required here, absent there
    server_tool_use: _NoTools | None = None
    iterations: Annotated[tuple[_OneRequest, ...], msgspec.Meta(max_length=1)] | None = None


class UsualMessage(Message, frozen=True, gc=False, kw_only=True):
    """A message with an id, a model, and usual usage."""

    id: str  # pyright: ignore[reportGeneralTypeIssues] -- required here, absent there
    model: str  # pyright: ignore[reportGeneralTypeIssues] -- required here, absent there
    usage: UsualUsage  # pyright: ignore[reportGeneralTypeIssues] -- required here, absent there


class UsualLine(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A line as nearly all are that report usage: with nothing that has to be weighed."""

    type: Literal["assistant"]
    timestamp: str
    sessionId: str | None = None  # noqa: N815 -- the transcript's own name
    isSidechain: bool | None = None  # noqa: N815 -- the transcript's own name
    isApiErrorMessage: bool | None = None  # noqa: N815 -- the transcript's own name
    forkedFrom: None = None  # noqa: N815 -- the transcript's own name
    costUSD: None = None  # noqa: N815 -- the transcript's own name
    message: UsualMessage


NOT_STRICT = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What `decode` raises where a line has to be read leniently."""

decode = msgspec.json.Decoder(Line).decode
"""Decode a line strictly."""

decode_usual = msgspec.json.Decoder(UsualLine).decode
"""Decode a usual line; anything else is not strict enough either."""


def values(text: str) -> Iterator[dict[str, Any] | None]:
    """Yield object after object of a line up to its first error, for which None stands."""
    position = len(text) - len(text.lstrip(_BLANK))
    end = len(text.rstrip(_BLANK))
    while position < end:
        try:
            value, position = _decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            yield None
            return
        if isinstance(value, dict):
            yield cast("dict[str, Any]", value)
        while position < end and text[position] in _BLANK:
            position += 1


def lenient_line(value: dict[str, Any]) -> Line:
    """Read a line's fields, each on its own: one that is no such field is absent."""
    return Line(
        timestamp=_text(value.get("timestamp")),
        sessionId=_text(value.get("sessionId")),
        requestId=_text(value.get("requestId")),
        uuid=_text(value.get("uuid")),
        isSidechain=value.get("isSidechain") is True,
        isApiErrorMessage=value.get("isApiErrorMessage") is True,
        forkedFrom=AnObject() if isinstance(value.get("forkedFrom"), dict) else None,
        costUSD=_float(value.get("costUSD")),
        message=_message(value["message"]) if isinstance(value.get("message"), dict) else None,
    )


def _integer(digits: str) -> int:
    """Read an integer of any length; Python refuses to read very long ones."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER else MAX_NUMBER + 1


_decoder = json.JSONDecoder(parse_int=_integer)


def _message(value: dict[str, Any]) -> Message:
    usage = value.get("usage")
    return Message(
        id=_text(value.get("id")),
        model=_text(value.get("model")),
        stop_reason=None if value.get("stop_reason") is None else "given",
        usage=_usage(cast("dict[str, Any]", usage)) if isinstance(usage, dict) else None,
    )


def _usage(value: dict[str, Any]) -> UsageFields:
    tools = object_or_empty(value.get("server_tool_use"))
    iterations = value.get("iterations")
    entries = cast("list[object]", iterations) if isinstance(iterations, list) else []
    return UsageFields(
        **_counts(value),
        server_tool_use=ServerTools(_number(tools.get("web_search_requests"))),
        iterations=tuple(Counts(**_counts(each)) for each in map(object_or_empty, entries) if each),
        speed=_text(value.get("speed")),
        inference_geo=_text(value.get("inference_geo")),
        service_tier=_text(value.get("service_tier")),
    )


def _counts(value: dict[str, Any]) -> dict[str, Any]:
    split = object_or_empty(value.get("cache_creation"))
    return {
        "type": _text(value.get("type")),
        "model": _text(value.get("model")),
        "input_tokens": _number(value.get("input_tokens")),
        "output_tokens": _number(value.get("output_tokens")),
        "cache_creation_input_tokens": _number(value.get("cache_creation_input_tokens")),
        "cache_read_input_tokens": _number(value.get("cache_read_input_tokens")),
        "cache_creation": CacheCreation(
            _number(split.get("ephemeral_5m_input_tokens")),
            _number(split.get("ephemeral_1h_input_tokens")),
        ),
    }


def object_or_empty(value: object) -> dict[str, Any]:
    """Return a value that is an object, an empty one for any other."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> int:
    if isinstance(value, str):
        return int(value) if _DIGITS.fullmatch(value) else 0
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    if not math.isfinite(value):
        return 0
    cut = int(value)
    return cut if 0 <= cut <= MAX_NUMBER else 0


def _float(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= MAX_NUMBER else None
