"""A transcript line: which lines report usage, and what one says of a response.

Lines are JSON, but torn, glued and foreign ones occur; no line is ever fatal, and what is passed
over is counted with its reason. The fast reading is taken only where it is sure to equal the
slow one; anything unusual goes through the slow one.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import msgspec

from claudeusage_core.hashes import sha256
from claudeusage_core.line_fields import (
    NOT_STRICT,
    Counts,
    Line,
    Message,
    UsageFields,
    decode,
    lenient_line,
    object_or_empty,
    values,
)
from claudeusage_core.models import SYNTHETIC
from claudeusage_core.timestamps import read_timestamp
from claudeusage_core.usage import CopyClass, Extra, ModelKey, TokenCounts, Usage, UsageRecord

MARK = b'"assistant"'
"""A line that can report usage, or lacks it where it should, holds this."""

_ANTHROPIC_ID = re.compile(r"msg_(bdrk_|vrtx_)?[A-Za-z0-9]{20,}", re.ASCII)

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


def session_of_file(parts: Sequence[str]) -> str:
    """Return the session that a file belongs to, of its path's *parts* below the root."""
    for index in range(len(parts) - 2, 0, -1):
        if parts[index] == "subagents":
            return parts[index - 1]
    return parts[-1].removesuffix(".jsonl")


def read_line(line: bytes, file_session: str, model_keys: ModelKeys) -> Iterator[Result]:
    """Yield what one line of a transcript holds; mostly nothing or one record.

    *file_session* is the session that the file belongs to; *model_keys* turns a raw model name
    into what may be kept of it, and is the last to see that name.
    """
    try:
        decoded = decode(line)
    except NOT_STRICT:
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
    found = list(values(line.decode("utf-8", "replace")))
    return bool(found) and None not in found


def _read_slowly(line: bytes, file_session: str, model_keys: ModelKeys) -> Iterator[Result]:
    for value in values(line.decode("utf-8", "replace")):
        if value is None:
            yield Skipped(SkipReason.NOT_UNDERSTOOD)
        elif value.get("type") == "assistant":
            yield from _record(lenient_line(value), file_session, model_keys)
        elif value.get("type") == "progress" and (inner := _progress(value)) is not None:
            yield from _record(inner, file_session, model_keys)


def _progress(value: dict[str, Any]) -> Line | None:
    """Read a subagent's line that its parent repeats, as a sidechain copy."""
    inner = object_or_empty(object_or_empty(value.get("data")).get("message"))
    if inner.get("type") != "assistant" or not isinstance(
        object_or_empty(inner.get("message")).get("usage"), dict
    ):
        return None
    line = lenient_line(inner)
    outer = lenient_line(value)
    readable = read_timestamp(line.timestamp) is not None
    return msgspec.structs.replace(
        line,
        isSidechain=True,
        sessionId=outer.sessionId,
        isApiErrorMessage=line.isApiErrorMessage or outer.isApiErrorMessage,
        timestamp=line.timestamp if readable else outer.timestamp,
        requestId=line.requestId or outer.requestId,
        uuid=line.uuid or outer.uuid,
        forkedFrom=line.forkedFrom or outer.forkedFrom,
    )


def _record(line: Line, file_session: str, model_keys: ModelKeys) -> Iterator[Result]:
    message = line.message
    if line.isApiErrorMessage is True or (message is not None and message.model == SYNTHETIC):
        return
    if message is None or message.usage is None:
        yield Skipped(SkipReason.NO_USAGE)
        return
    if not is_visible(message.model):
        yield Skipped(SkipReason.NO_MODEL)
        return
    time_ms = read_timestamp(line.timestamp)
    if time_ms is None:
        yield Skipped(SkipReason.NO_TIMESTAMP)
        return
    session = line.sessionId or file_session
    usage = usage_of(
        message.usage,
        message.model or "",
        model_keys,
        stopped=message.stop_reason is not None,
        cost_usd=line.costUSD,
    )
    yield UsageRecord(
        identity=_identity(line, message, session, time_ms, usage.tokens.prompt),
        copy_class=_copy_class(line),
        time_ms=time_ms,
        session=session,
        own_file=session == file_session,
        usage=usage,
    )


def _copy_class(line: Line) -> CopyClass:
    if line.forkedFrom is not None:
        return CopyClass.FORKED
    return CopyClass.SIDECHAIN if line.isSidechain is True else CopyClass.PLAIN


def _has_name(line: Line) -> bool:
    return bool(line.uuid or line.requestId or (line.message is not None and line.message.id))


def _identity(line: Line, message: Message, session: str, time_ms: int, prompt: int) -> str:
    if message.id:
        if is_named(message.id):
            return message.id
        return repr(("id", session, message.id, line.requestId or "", prompt))
    if line.requestId:
        return repr(("request", line.requestId))
    if line.uuid:
        return repr(("uuid", line.uuid))
    # What the line itself says, read slowly, and not what a price table makes of its model: the
    # line is the same response when a newer table knows that.
    text = repr((session, time_ms, message.model, message.usage))
    return "line\0" + sha256(text.encode("utf-8", "replace")).hexdigest()


def is_named(id_: str) -> bool:
    """Say whether a message's id is one of Anthropic's, which names a response everywhere."""
    return _ANTHROPIC_ID.fullmatch(id_) is not None


def is_visible(name: str | None) -> bool:
    """Say whether a model's name has a visible character."""
    if name is None:
        return False
    # A letter is visible, and nearly every name begins with one.
    return name[:1].isalnum() or any(c.isprintable() and c != " " for c in name)


def usage_of(
    counts: UsageFields,
    name: str,
    model_keys: ModelKeys,
    *,
    stopped: bool,
    cost_usd: float | None = None,
) -> Usage:
    """Return what a usage object of the model with that *name* says was used."""
    tokens = _tokens(counts)
    model = model_keys(name)
    iterations = counts.iterations or ()
    prompts = [_tokens(each).prompt for each in iterations if each.type == "message"]
    tools = counts.server_tool_use
    return Usage(
        model=model,
        tokens=tokens,
        web_searches=tools.web_search_requests if tools else 0,
        deciding_prompt=max(prompts) if len(prompts) > 1 else tokens.prompt,
        fast=counts.speed == "fast",
        us_inference=counts.inference_geo == "us",
        batch=counts.service_tier == "batch",
        cost_usd=cost_usd,
        stopped=stopped,
        extras=tuple(_extras(iterations, model, model_keys)) if iterations else (),
    )


def _extras(iterations: tuple[Counts, ...], winner: ModelKey, keys: ModelKeys) -> Iterator[Extra]:
    fell_back = any(each.type == "fallback_message" for each in iterations)
    for each in iterations:
        tokens = _tokens(each)
        model = keys(each.model) if each.model and is_visible(each.model) else winner
        counts_apart = each.type in {"advisor_message", "compaction"} or (
            fell_back and each.type == "message" and model != winner and tokens.output > 0
        )
        if counts_apart and tokens.total:
            yield Extra(model, tokens)


def _tokens(counts: Counts) -> TokenCounts:
    split = counts.cache_creation
    five = split.ephemeral_5m_input_tokens if split else 0
    hour = split.ephemeral_1h_input_tokens if split else 0
    written = max(counts.cache_creation_input_tokens, five + hour)
    return TokenCounts(
        counts.input_tokens,
        counts.output_tokens,
        written - hour,
        hour,
        counts.cache_read_input_tokens,
    )
