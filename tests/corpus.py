"""Synthetic transcripts with every oddity that the accounting rules speak of.

Seeded: the same seed and size give the same folder. No text in it was written by anybody. Two
copies of one response never tie up to the hash, so that every honest reader gets the same rows.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import cast
from uuid import UUID

Line = dict[str, object]

CLOCK = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""The moment at which a corpus is read."""

# Days around which sessions lie: price changes, new year, and nights in which clocks change in
# Europe/Berlin, in Asia/Beirut and America/Havana (at midnight) and in Australia/Lord_Howe.
_DAYS = (
    datetime(2025, 10, 25, 21, tzinfo=UTC),
    datetime(2025, 12, 31, 21, tzinfo=UTC),
    datetime(2026, 2, 7, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 3, tzinfo=UTC),
    datetime(2026, 3, 12, 22, tzinfo=UTC),
    datetime(2026, 3, 28, 20, tzinfo=UTC),
    datetime(2026, 4, 4, 13, tzinfo=UTC),
    datetime(2026, 4, 30, 22, tzinfo=UTC),
    datetime(2026, 7, 24, 21, tzinfo=UTC),
    datetime(2026, 10, 6, 22, tzinfo=UTC),
    datetime(2026, 10, 24, 22, tzinfo=UTC),
    datetime(2026, 11, 20, 9, tzinfo=UTC),
)
_ANCIENT = datetime(2023, 12, 31, 23, 50, tzinfo=UTC)
_PRICED = (
    "claude-opus-4-6",
    "claude-opus-4-8",
    "claude-opus-5-5",
    "claude-sonnet-4-6",
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
    "claude-sonnet-4-5-20250929",
    "claude-haiku-4-5-20251001",
)
_SPELLINGS = (
    "Claude-Opus-4-6",
    " claude-opus-4-6 ",
    "claude-opus-4-6[1m]",
    "claude-sonnet-4-5-20250929[1m]",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "anthropic.claude-3-5-sonnet-20241022-v2:0",
    "anthropic.claude-v2:1",
    "eu.anthropic.claude-opus-4-6-v1",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-6-v1",
    "claude-opus-4-1@20250805",
    "claude-opus-4-1@default",
    "claude-opus-5@latest",
    "claude-3-5-haiku-latest",
    "anthropic/claude-3.7-sonnet:thinking",
    "openrouter/anthropic/claude-opus-4.5",
    "claude-sonnet-4-thinking-16000",
    "claude-4-sonnet",
)
_UNKNOWN = (
    "glm-4.7",
    "deepseek-v4-pro",
    "claude-opus-4-10",
    "claude-opus-5-5-5",
    "claude-opus-9-20270101",
    "/home/somebody/models/claude-opus-4-6",
    "C:\\models\\claude-opus-4-6",
    "~/claude-opus-4-6",
    "kimi-k2",
)
_THRESHOLDS = (100_000, 200_000)
_LONG_LINE = 1000
_HUGE = "an integer of 5000 digits"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789"
_DECOY = '{"type":"assistant","message":{"model":"claude-opus-4-6","usage":{"input_tokens":9}}}'
_FILLER = "lorem ipsum dolor sit amet, é中 \u2028 \u0085 consectetur\tadipiscing \\ elit "


@dataclass
class _Session:
    """One conversation: its own transcript and those of its agents."""

    id: str
    project: str
    clock: datetime
    lines: list[Line] = field(default_factory=list[Line])
    agents: dict[str, list[Line]] = field(default_factory=dict[str, list[Line]])


def write(folder: Path, size: int, seed: int = 0) -> None:
    """Write about *size* bytes of transcripts below *folder*."""
    author = _Author(Random(seed))  # noqa: S311 -- nothing is kept secret here
    written = 0
    number = 0
    while written < size:
        project = folder / f"-home-somebody-p{number % 7}"
        for path, lines in author.family(project):
            data = author.file(lines)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            written += len(data)
        number += 1
    author.surroundings(folder)


def add(folder: Path, seed: int) -> list[Path]:
    """Write one more family of sessions below *folder*, and return its files."""
    author = _Author(Random(seed))  # noqa: S311 -- nothing is kept secret here
    paths: list[Path] = []
    for path, lines in author.family(folder / "-home-somebody-p9"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(author.file(lines))
        paths.append(path)
    return paths


class _Author:
    def __init__(self, random: Random) -> None:
        self._random = random

    # Sessions

    def family(self, project: Path) -> Iterator[tuple[Path, list[Line]]]:
        """Yield the transcripts of a conversation and of what became of it."""
        parent = self._session(str(project))
        yield from self._files(parent)
        kinds = self._random.sample(
            [self._resume, self._resume_later, self._fork, self._side_question, self._lost_agent],
            k=self._random.choice((0, 1, 1, 2)),
        )
        for kind in kinds:
            yield from self._files(kind(parent))

    def _files(self, session: _Session) -> Iterator[tuple[Path, list[Line]]]:
        project = Path(session.project)
        yield project / f"{session.id}.jsonl", session.lines
        for agent, lines in session.agents.items():
            yield (
                self._random.choice(
                    (
                        project / session.id / "subagents" / f"agent-{agent}.jsonl",
                        project
                        / session.id
                        / "subagents"
                        / "workflows"
                        / "wf1"
                        / f"agent-{agent}.jsonl",
                        project / f"agent-{agent}.jsonl",
                    )
                ),
                lines,
            )

    def _session(self, project: str, turns: int = 0) -> _Session:
        start = self._random.choice(_DAYS) + timedelta(
            milliseconds=self._random.randrange(6 * 3600 * 1000)
        )
        if self._random.random() < 0.03:
            start = _ANCIENT + timedelta(seconds=self._random.randrange(600))
        elif self._random.random() < 0.06:
            start = CLOCK + timedelta(hours=self._random.choice((1, 23.5, 23.9, 24.5, 500)))
        session = _Session(self._uuid(), project, start)
        for _ in range(turns or self._random.randint(2, 14)):
            self._turn(session)
        return session

    def _turn(self, session: _Session) -> None:
        pauses = (0.0, 0.4, 3.0, 40.0, 40.0, 200.0, 599.999, 600.0, 601.0, 4000.0)
        session.clock += timedelta(seconds=self._random.choice(pauses))
        session.lines.append(self._user(session))
        session.lines += self._response(session)
        if self._random.random() < 0.12:
            self._agent(session)
        if self._random.random() < 0.25:
            session.lines.append(self._not_counted(session))

    def _agent(self, session: _Session) -> None:
        lines: list[Line] = []
        for _ in range(self._random.randint(1, 4)):
            session.clock += timedelta(seconds=self._random.choice((1, 20, 300)))
            lines += self._response(session)
        for line in lines:
            line["isSidechain"] = True
        session.agents[self._token(8)] = lines
        repeated = [line for line in lines if self._random.random() < 0.4]
        session.lines += [self._progress(session, line) for line in repeated]
        session.lines += [dict(line) for line in lines if self._random.random() < 0.1]

    def _resume(self, parent: _Session) -> _Session:
        """Copy history under a new session id, at the same times, and go on."""
        child = self._child(parent)
        named = child.id if self._random.random() < 0.7 else self._uuid()
        child.lines = [{**line, "sessionId": named} for line in self._beginning(parent)]
        self._turn(child)
        return child

    def _resume_later(self, parent: _Session) -> _Session:
        """Copy history as old versions did: ids kept, times new."""
        child = self._child(parent)
        late = timedelta(days=self._random.randint(0, 10), seconds=self._random.randint(1, 9000))
        for line in self._beginning(parent):
            copied = {**line, "sessionId": child.id}
            stamp = line.get("timestamp")
            if isinstance(stamp, str) and len(stamp) == len("2026-02-20T10:00:00.000Z"):
                with suppress(ValueError):
                    copied["timestamp"] = self._stamp(datetime.fromisoformat(stamp) + late)
            child.lines.append(copied)
        child.clock += late
        self._turn(child)
        return child

    def _fork(self, parent: _Session) -> _Session:
        """Write each row once or twice under a new id, with a note of where it is from."""
        child = self._child(parent)
        origin: Line = {"sessionId": parent.id, "messageUuid": self._uuid()}
        for line in self._beginning(parent):
            row: Line = {**line, "sessionId": child.id, "forkedFrom": origin}
            child.lines += [row] * self._random.choice((1, 2))
        self._turn(child)
        return child

    def _side_question(self, parent: _Session) -> _Session:
        """Replay the parent as a sidechain with another request id and a large cache read."""
        child = self._child(parent)
        for line in self._beginning(parent):
            message = line.get("message")
            if line.get("type") == "assistant" and isinstance(message, dict):
                usage: Line = {"input_tokens": 3, "output_tokens": self._random.randint(1, 9000)}
                usage["cache_read_input_tokens"] = 50_000
                replay: Line = {**message, "usage": usage, "stop_reason": None}
                line = {**line, "message": replay, "requestId": self._token(12)}  # noqa: PLW2901
                line["isSidechain"] = True
            child.lines.append({**line, "sessionId": child.id})
        return child

    def _lost_agent(self, parent: _Session) -> _Session:
        """Repeat an agent whose own transcript is gone."""
        child = self._session(parent.project, turns=1)
        self._agent(child)
        agent = child.agents.popitem()[1]
        child.lines += [self._progress(child, line) for line in agent]
        for line in agent:
            message = line["message"]
            if isinstance(message, dict) and self._random.random() < 0.3:
                usage: Line = {"output_tokens": 9_999, "input_tokens": 1}
                fork = self._progress(child, {**line, "message": {**message, "usage": usage}})
                child.lines.append({**fork, "forkedFrom": {"sessionId": parent.id}})
        return child

    def _child(self, parent: _Session) -> _Session:
        return _Session(self._uuid(), parent.project, parent.clock + timedelta(seconds=77))

    def _beginning(self, parent: _Session) -> list[Line]:
        return parent.lines[: self._random.randint(1, len(parent.lines))]

    # Lines

    def _response(self, session: _Session) -> list[Line]:
        ids = self._ids()
        model = self._model()
        final = self._usage(model)
        stages = self._random.choice((1, 1, 2, 3, 3, 6))
        lines: list[Line] = []
        cost = self._cost_usd(0.5 if model in _UNKNOWN else 0.15)
        for stage in range(stages):
            session.clock += timedelta(milliseconds=self._random.choice((1, 90, 1500, 5000)))
            last = stage == stages - 1
            usage = final if last else {**final, "output_tokens": stage + 1}
            message: Line = {
                "model": model,
                "type": "message",
                "role": "assistant",
                "content": [{"type": "text", "text": self._text()}],
                "stop_reason": self._random.choice(("end_turn", "tool_use", None, 7, ""))
                if last
                else None,
                "usage": usage,
            }
            line: Line = {
                "parentUuid": None,
                "isSidechain": False,
                "cwd": self._text()[:30],
                "sessionId": session.id,
                "type": "assistant",
                "message": message | {k: v for k, v in ids.items() if k == "id"},
                "timestamp": self._odd_stamp(session.clock),
                **{k: v for k, v in ids.items() if k != "id"},
            }
            if ids.get("uuid") is not None:
                line["uuid"] = self._uuid()
            if cost is not None:
                line["costUSD"] = cost
            if self._random.random() < 0.02:
                del line["sessionId"]
            lines.append(line)
        return self._muddled(lines, session)

    def _muddled(self, lines: list[Line], session: _Session) -> list[Line]:
        chance = self._random.random()
        if chance < 0.1:
            lines.reverse()
        elif chance < 0.16:
            lines = lines * 2
        elif chance < 0.2:
            nothing = {**lines[0], "timestamp": self._stamp(session.clock - timedelta(minutes=3))}
            message = nothing["message"]
            if isinstance(message, dict):
                nothing["message"] = {**message, "usage": {"input_tokens": 0}}
            lines.insert(0, nothing)
        elif chance < 0.22:
            lines.append({**lines[0], "timestamp": self._stamp(_ANCIENT)})
        elif chance < 0.25:  # a better copy without usage, which changes nothing
            early = self._stamp(session.clock - timedelta(minutes=4))
            message = lines[0]["message"]
            if isinstance(message, dict):
                nought: Line = {"message": {**message, "usage": {}}, "timestamp": early}
                lines = [{**lines[0], **nought}] + [{**line, "isSidechain": True} for line in lines]
        elif chance < 0.29:
            lines += self._lesser_copies(lines[-1])
        elif chance < 0.31:  # one response under two gateways' request ids is two
            lines += [{**line, "requestId": self._token(9)} for line in lines]
        return lines

    def _lesser_copies(self, line: Line) -> list[Line]:
        """Copy a last line with less output, without its stop reason, or with a smaller prompt."""
        message = cast("Line", line["message"])
        usage = cast("Line", message["usage"])
        prompt: Line = {"cache_read_input_tokens": 30_000, "speed": "standard"}
        less_output = {**usage, **prompt, "output_tokens": 49}
        same_output = {**usage, **prompt, "input_tokens": 90_000}
        larger = {**usage, "input_tokens": 80_000}
        changes: tuple[Line, ...] = (
            {"stop_reason": "end_turn"},
            {"stop_reason": "end_turn", "usage": less_output},
            {"stop_reason": None, "usage": same_output},
            {"stop_reason": "end_turn", "usage": larger},
        )
        return [{**line, "message": {**message, **change}} for change in changes]

    def _ids(self) -> Line:
        kind = self._random.random()
        request = "req_" + self._token(20)
        reused = self._random.choice(("msg_1", "chatcmpl-7", "msg_20260225111039", "gen-a_b"))
        vendor = self._random.choice(("bdrk_", "vrtx_"))
        kinds: tuple[tuple[float, Line], ...] = (
            (0.7, {"id": "msg_" + self._token(24), "requestId": request, "uuid": True}),
            (0.76, {"id": "msg_" + vendor + self._token(20), "uuid": True}),
            (0.86, {"id": reused, "requestId": request, "uuid": True}),
            (0.9, {"id": self._uuid(), "uuid": True}),
            (0.94, {"requestId": request, "uuid": True}),
            (0.97, {"id": self._random.choice((None, 5)), "uuid": True}),
            (1.0, {}),
        )
        return next(ids for limit, ids in kinds if kind < limit)

    def _usage(self, model: str) -> Line:
        usage: Line = {
            "input_tokens": self._number(4000),
            "cache_read_input_tokens": self._number(90_000),
            "output_tokens": self._random.randint(50, 9000),
            "service_tier": self._random.choice(("standard", "standard", None, "batch", 3)),
        }
        self._add_cache_writes(usage)
        if self._random.random() < 0.15:
            threshold = self._random.choice(_THRESHOLDS) + self._random.choice((-1, 0, 0, 1, 1000))
            usage |= {"input_tokens": 7, "cache_creation_input_tokens": 1000}
            usage["cache_creation"] = None
            usage["cache_read_input_tokens"] = threshold - 1007
        if self._random.random() < 0.5:
            usage["speed"] = self._random.choice(("standard", "fast", None, False))
            usage["inference_geo"] = self._random.choice(
                ("us", "global", "not_available", "", None)
            )
        if self._random.random() < 0.3:
            usage["server_tool_use"] = self._random.choice(
                ({"web_search_requests": self._random.randint(0, 9)}, None, [], {"other": 1})
            )
        if self._random.random() < 0.2:
            usage["iterations"] = self._iterations(model)
        return usage

    def _add_cache_writes(self, usage: Line) -> None:
        kind = self._random.random()
        if kind < 0.3:
            return
        total, short, long = (self._random.randint(0, 9000) for _ in range(3))
        if kind < 0.7:
            total = short + long
        if kind < 0.8:
            usage["cache_creation_input_tokens"] = total
        if kind > 0.4:
            zero = self._random.random() < 0.2
            usage["cache_creation"] = {
                "ephemeral_5m_input_tokens": 0 if zero else short,
                "ephemeral_1h_input_tokens": 0
                if zero
                else self._random.choice((long, 0, "12", -long)),
            }

    def _iterations(self, model: str) -> object:
        def entry(kind: str, name: object = None) -> Line:
            one: Line = {
                "type": kind,
                "input_tokens": self._number(150_000),
                "output_tokens": self._random.choice((0, self._random.randint(1, 4000))),
                "cache_read_input_tokens": self._random.randint(0, 120_000),
            }
            return one if name is None else {**one, "model": name}

        other = self._model()
        lists: tuple[object, ...] = (
            [entry("message")],
            [entry("message"), entry("message")],
            [entry("message", model), entry("advisor_message", other)],
            [entry("advisor_message"), entry("advisor_message", " ")],
            [entry("compaction"), None, 5, "x", {"type": 1}],
            [entry("message", other), entry("fallback_message", model)],
            [entry("message", other), entry("message", model), entry("fallback_message")],
            [entry("message", other), entry("message")],
            [entry("message", f"anthropic/{model}[1m]"), entry("fallback_message", other)],
            [entry("message", other), entry("message", other), entry("fallback_message")],
            [entry("compaction", "\u200b"), entry("advisor_message", 7), {}],
            [entry("something_new", other)],
            None,
            7,
            {"type": "compaction", "input_tokens": 5},
        )
        return self._random.choice(lists)

    def _number(self, largest: int) -> object:
        number = self._random.randint(0, largest)
        if self._random.random() < 0.9:
            return number
        odd: tuple[object, ...] = (
            str(number),
            float(number),
            number + 0.75,
            True,
            None,
            -number,
            float("nan"),
            10**12 + 1 + number,
            False,
            "",
            -0.5,
            10**12,
            str(number).zfill(12),
            str(number).zfill(13),
            _HUGE,
            "1234567890123",
            " 5",
            "٣",
            [number],
        )
        return self._random.choice(odd)

    def _cost_usd(self, chance: float) -> object:
        odd = (0.0123, 1.5, 0, 3, 0.1 + 0.2, 1e-9, 2e6, -1, float("nan"), float("inf"), "1.5", True)
        return self._random.choice(odd) if self._random.random() < chance else None

    def _model(self) -> str:
        kind = self._random.random()
        if kind < 0.72:
            return self._random.choice(_PRICED)
        return self._random.choice(_SPELLINGS if kind < 0.87 else _UNKNOWN)

    def _progress(self, session: _Session, line: Line) -> Line:
        names = "message", "uuid", "costUSD"
        inner: Line = {"type": "assistant"} | {name: line[name] for name in names if name in line}
        outer: Line = {
            "type": "progress",
            "sessionId": session.id,
            "uuid": self._uuid(),
            "isSidechain": False,
            "data": {"type": "agent_progress", "message": inner},
            "timestamp": line["timestamp"],
        }
        if self._random.random() < 0.5:
            inner["timestamp"] = line["timestamp"]
            outer["timestamp"] = self._stamp(session.clock)
        elif self._random.random() < 0.2:
            inner["timestamp"] = self._random.choice(("lately", "2026-11-20", 5, ""))
        if self._random.random() < 0.3:
            inner["sessionId"] = self._uuid()
        target = inner if self._random.random() < 0.5 else outer
        if "requestId" in line:
            target["requestId"] = line["requestId"]
        return outer

    def _user(self, session: _Session) -> Line:
        return {
            "type": "user",
            "sessionId": session.id,
            "timestamp": self._stamp(session.clock),
            "message": {
                "role": "user",
                "content": self._text() + self._random.choice(("", _DECOY)),
            },
            "toolUseResult": {"usage": {"input_tokens": 77, "output_tokens": 7}, "totalTokens": 84},
        }

    def _not_counted(self, session: _Session) -> Line:
        message: Line = {
            "id": "msg_" + self._token(24),
            "model": "claude-opus-4-6",
            "usage": {"input_tokens": 1000, "output_tokens": 1000},
        }
        line: Line = {
            "type": "assistant",
            "sessionId": session.id,
            "timestamp": self._stamp(session.clock),
            "message": message,
        }
        lines: tuple[Line, ...] = (
            {**line, "isApiErrorMessage": True},
            {**line, "message": {**message, "model": "<synthetic>"}},
            {**line, "message": {**message, "model": "  "}},
            {**line, "message": {**message, "model": None}},
            {**line, "message": {**message, "model": "\u200b\u2060"}},
            {**line, "timestamp": "2026-02-20T24:00:00Z"},
            {**line, "timestamp": "2026-02-20T23:59:60.000Z"},
            {**line, "timestamp": "2026-02-30T10:00:00Z"},
            {**self._progress(session, line), "isApiErrorMessage": True},
            self._progress(session, {**line, "message": {**message, "model": "<synthetic>"}}),
            self._progress(session, {**line, "type": "result", "message": "text"}),
            {**line, "message": {**message, "usage": [1]}},
            {**line, "message": {"content": message}},
            {**line, "timestamp": "2026-02-20"},
            {**line, "timestamp": 1771581600000},
            {**line, "timestamp": "yesterday T10"},
            {**line, "type": "result"},
            {**line, "type": "system"},
            {**line, "type": "summary"},
            {**line, "type": ["assistant"]},
            {**line, "type": "progress", "data": {"message": {"type": "user"}}},
            {"type": "file-history-snapshot", "usage": {"input_tokens": 5}},
        )
        return self._random.choice(lines)

    # Bytes

    def file(self, lines: list[Line]) -> bytes:
        """Write lines as one transcript, with what happens to transcripts."""
        ends = self._random.choice((b"\n",) * 8 + (b"\r\n",))
        out = self._random.choice((b"",) * 9 + (b"\xef\xbb\xbf",))
        for line in self._out_of_order(lines):
            out += self._bytes(line)
            out += ends if self._random.random() > 0.01 else b""  # two objects glued together
            if self._random.random() < 0.02:
                out += self._rubbish(line) + ends
        if self._random.random() < 0.3:
            out = out.removesuffix(ends) + self._random.choice((b"",) * 4 + (b"  ", b"\0\0"))
            out += self._random.choice((b"",) * 9 + (self._bytes(lines[0]), b" null", b"{"))
        elif self._random.random() < 0.2:
            out += self._bytes(lines[-1])[: self._random.randint(1, 90)]
        return out

    def _out_of_order(self, lines: list[Line]) -> list[Line]:
        if self._random.random() < 0.6:
            return lines
        half = self._random.randint(0, len(lines))
        return lines[half:] + lines[:half]

    def _bytes(self, line: Line) -> bytes:
        spaces = (", ", ": ") if self._random.random() < 0.05 else (",", ":")
        raw = self._random.random() < 0.9
        text = json.dumps(line, ensure_ascii=not raw, separators=spaces)
        data = text.replace(json.dumps(_HUGE), "1" * 5000).encode("utf-8", "surrogatepass")
        if self._random.random() < 0.02:
            data = data.replace(b"lorem", b"l\xff\xfem", 1)
        if self._random.random() < 0.01:
            data = data.replace(b'"usage":', b'"us\\u0061ge":')
        if self._random.random() < 0.01:
            data = data.replace(b'"output_tokens":', b'"output_tokens":77,"output_tokens":')
        before = self._random.choice((b"",) * 40 + (b"\0\0\0\0", b"  ", b"\t", b"\xef\xbb\xbf"))
        return before + data

    def _rubbish(self, line: Line) -> bytes:
        whole = self._bytes(line)
        half = len(whole) // 2
        return self._random.choice(
            (
                b"",
                b"null",
                b"[1]",
                b'"usage"',
                b"\0\0\0",
                b"\xff\xfe\x00",
                b'{"id":null}',
                b'{"foreign":{"usage":{"input_tokens":4}}}',
                whole[:half],
                whole[half:],
                whole[:half] + whole,
                whole + whole[:half],
                whole + b" " + whole,
                b"[2] " + whole,
            )
        )

    def surroundings(self, folder: Path) -> None:
        """Add what lies about: links, hidden names, empty files, other files."""
        projects = sorted(each for each in folder.iterdir() if each.is_dir())
        (folder / "linked").symlink_to(projects[0], target_is_directory=True)
        (projects[0] / "loop").symlink_to(folder, target_is_directory=True)
        outside = folder.parent / f"{folder.name}-outside"
        for place in (outside, folder / ".hidden", folder / "folder.jsonl"):
            session = self._session(str(place))
            place.mkdir()
            session.lines[0]["content"] = (_FILLER + _DECOY) * _LONG_LINE
            session.lines[1]["content"] = (_FILLER + _DECOY) * _LONG_LINE
            (place / f"{session.id}.jsonl").write_bytes(self.file(session.lines))
        (folder / "elsewhere").symlink_to(outside, target_is_directory=True)
        one = next(iter(sorted(outside.iterdir())))
        (projects[-1] / one.name).symlink_to(one)
        (projects[0] / "gone.jsonl").symlink_to(folder / "nowhere")
        (projects[0] / "empty.jsonl").touch()
        (projects[0] / "self.jsonl").symlink_to("self.jsonl")
        (projects[0] / "SHOUTED.JSONL").write_bytes(self.file(session.lines))
        (projects[0] / ".jsonl").write_bytes(b"null\n")
        (projects[0] / "notes.txt").write_bytes(self.file(session.lines))
        (projects[0] / "foreign.jsonl").write_bytes(b'{"a":1}\n[1]\nnull\n{"usage":3}\n')

    # Small things

    def _text(self) -> str:
        length = self._random.choice((1, 1, 3, 8)) * self._random.choice((1,) * 19 + (50,))
        return _FILLER * length + self._random.choice(("", "", _DECOY, json.dumps(_DECOY), "\0"))

    def _odd_stamp(self, moment: datetime) -> str:
        text = self._stamp(moment)
        odd: tuple[Callable[[], str], ...] = (
            lambda: text.removesuffix("Z"),
            lambda: text.replace("T", " "),
            lambda: text.replace("Z", "999Z"),
            lambda: text.replace("Z", "+00:00"),
            lambda: text.replace("Z", "4567Z").replace(".", ","),
            text.lower,
            lambda: text.replace("-", "").replace(":", ""),
            lambda: text[:16] + "Z",
            lambda: text.replace("Z", "-00"),
            lambda: self._stamp(moment + timedelta(hours=5, minutes=30)).replace("Z", "+05:30"),
        )
        return self._random.choice(odd)() if self._random.random() < 0.05 else text

    def _stamp(self, moment: datetime) -> str:
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _token(self, length: int) -> str:
        return "".join(self._random.choices(_LETTERS, k=length))

    def _uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))
