"""Transcripts of any size as Claude Code writes them, for measuring: only their shape matters.

Calibrated to 1.36 GB of real transcripts: usage is in 39 % of the lines and 22 % of the bytes, 54 %
of the bytes are in lines above 8 KB, a response is written in about two lines, a quarter of the
files are agents', one session in 25 begins with lines of an earlier one, and all lines of a
response say the same of its usage, but for one in five, whose last line says more. Seeded: the
same arguments give the same bytes. `tests.corpus` has the oddities, which can be mixed in.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from uuid import UUID

from tests import corpus

FIRST_DAY = datetime(2026, 6, 1, 8, tzinfo=UTC)
FILE_BYTES = 195_000
"""The size around which files lie; their mean is about 237 KB."""
SMALL_FILE_BYTES = 4_000

_DAYS = 170
_MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-4-8")
_MODEL_WEIGHTS = (50, 25, 15, 10)
_GROWS = 0.2
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789"
_WORDS = (
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut"
    " labore et dolore magna aliqua def return self import value"
    ' \\n \\t \\"usage\\":{ é 中'
)
"""What stands in messages, escaped as inside a JSON string."""


@dataclass(slots=True)
class _Session:
    id: str
    clock: datetime
    model: str
    cwd: str
    cached: int = 12_000
    usage_lines: list[str] = field(default_factory=list[str])


def write(folder: Path, size: int, seed: int = 0, *, oddities: float = 0.0) -> int:
    """Write about *size* bytes of transcripts below *folder*, and return the number of files.

    *oddities* is the share of the bytes that `tests.corpus` writes among them, from 0 to 1.
    """
    author = _Author(Random(seed), FILE_BYTES)  # noqa: S311 -- nothing is kept secret here
    plain = odd = files = 0
    while plain + odd < size:
        for path, text in author.family(folder):
            plain += _put(path, text)
            files += 1
        while odd < oddities * (plain + odd):
            for path in corpus.add(folder, author.seed()):
                odd += path.stat().st_size
                files += 1
    return files


def write_small_files(folder: Path, files: int, seed: int = 0) -> None:
    """Write so many short transcripts below *folder*."""
    author = _Author(Random(seed), SMALL_FILE_BYTES)  # noqa: S311 -- as above
    for path, text in islice(author.families(folder), files):
        _put(path, text)


def _put(path: Path, text: str) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.write_bytes(text.encode())


class _Author:
    def __init__(self, random: Random, file_bytes: int) -> None:
        self._random = random
        self._file_bytes = file_bytes
        words = random.choices(_WORDS.split(), k=400_000)
        self._filler = " ".join(words)
        self._earlier: list[_Session] = []

    def seed(self) -> int:
        """Return a seed for what somebody else writes."""
        return self._random.getrandbits(32)

    def families(self, folder: Path) -> Iterator[tuple[Path, str]]:
        """Yield files without end."""
        while True:
            yield from self.family(folder)

    def family(self, folder: Path) -> Iterator[tuple[Path, str]]:
        """Yield the files of one session: its own, and those of its subagents."""
        random = self._random
        session = _Session(
            id=self._uuid(),
            clock=FIRST_DAY
            + timedelta(days=random.randrange(_DAYS), minutes=random.randrange(600)),
            model=random.choices(_MODELS, _MODEL_WEIGHTS)[0],
            cwd=f"/home/somebody/code/project-{random.randrange(40)}",
        )
        place = folder / session.cwd.replace("/", "-")
        copied = self._copied(session)
        own = self._lines(session, self._length())
        yield place / f"{session.id}.jsonl", "".join((*copied, *own))
        self._earlier = [*self._earlier[-20:], session]
        for _ in range(random.choices((0, 1, 2), (70, 22, 8))[0]):
            name = f"agent-{random.getrandbits(32):08x}.jsonl"
            lines = self._lines(session, self._length(), agent=True)
            yield place / session.id / "subagents" / name, "".join(lines)

    def _copied(self, session: _Session) -> list[str]:
        """Return what a resumed session repeats of an earlier one: ids stay, the session is new."""
        if not self._earlier or self._random.random() > 0.04:
            return []
        earlier = self._random.choice(self._earlier)
        session.model, session.cwd = earlier.model, earlier.cwd
        return [line.replace(earlier.id, session.id) for line in earlier.usage_lines[:200]]

    def _lines(self, session: _Session, length: int, *, agent: bool = False) -> Iterator[str]:
        written = 0
        while written < length:
            for line in self._turn(session, agent=agent):
                written += len(line)
                yield line

    def _turn(self, session: _Session, *, agent: bool) -> Iterator[str]:
        random = self._random
        for _ in range(random.choices((1, 2, 3, 4, 6), (15, 25, 28, 20, 12))[0]):
            yield self._other(session, agent=agent)
        session.clock += timedelta(seconds=random.choices((4, 20, 90, 900), (40, 40, 15, 5))[0])
        lines = random.choices((1, 2, 3, 4, 6), (40, 38, 14, 6, 2))[0]
        message, request = self._id("msg_01"), self._id("req_011")
        final = int(random.lognormvariate(5.5, 1.2)) + 1
        fresh, prompt = random.randrange(200, 6_000), random.randrange(1, 12)
        grows = random.random() < _GROWS
        for number in range(lines):
            last = number == lines - 1 or not grows
            session.clock += timedelta(milliseconds=random.randrange(300, 4_000))
            usage: dict[str, object] = {
                "input_tokens": prompt,
                "cache_creation_input_tokens": fresh,
                "cache_read_input_tokens": session.cached,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 0,
                    "ephemeral_1h_input_tokens": fresh,
                },
                "output_tokens": final if last else 1,
                "service_tier": "standard",
                "inference_geo": "not_available",
            }
            line = self._usage_line(
                session, message, request, usage, stop=last, agent=agent, turn=number
            )
            if not agent:
                session.usage_lines.append(line)
            yield line
        session.cached = (session.cached + fresh) % 180_000 + 2_000

    def _usage_line(
        self,
        session: _Session,
        message: str,
        request: str,
        usage: dict[str, object],
        *,
        stop: bool,
        agent: bool,
        turn: int,
    ) -> str:
        kind = ("text", "thinking", "tool_use")[turn % 3]
        text = self._text(int(self._random.lognormvariate(5.95, 1.15)))
        content = f'{{"type":"{kind}","{kind if kind != "tool_use" else "input"}":"{text}"}}'
        reason = '"tool_use"' if stop else "null"
        counts = json.dumps(usage, separators=(",", ":"))
        return (
            f'{{"parentUuid":"{self._uuid()}","isSidechain":{"true" if agent else "false"},'
            f'"userType":"external","cwd":"{session.cwd}","sessionId":"{session.id}",'
            f'"version":"2.1.237","gitBranch":"main","message":{{"model":"{session.model}",'
            f'"id":"{message}","type":"message","role":"assistant","content":[{content}],'
            f'"stop_reason":{reason},"stop_sequence":null,"usage":{counts}}},'
            f'"requestId":"{request}","type":"assistant","uuid":"{self._uuid()}",'
            f'"timestamp":"{self._now(session)}"}}\n'
        )

    def _other(self, session: _Session, *, agent: bool) -> str:
        """Return a line without usage: a tool's result, a prompt, a snapshot."""
        random = self._random
        session.clock += timedelta(milliseconds=random.randrange(5, 800))
        large = random.random() < 0.125
        length = random.lognormvariate(9.6, 0.75) if large else random.lognormvariate(6.2, 0.9)
        text = self._text(int(min(length, 4_000_000)))
        return (
            f'{{"parentUuid":"{self._uuid()}","isSidechain":{"true" if agent else "false"},'
            f'"userType":"external","cwd":"{session.cwd}","sessionId":"{session.id}",'
            f'"version":"2.1.237","gitBranch":"main","type":"user","message":{{"role":"user",'
            f'"content":[{{"tool_use_id":"{self._id("toolu_01")}","type":"tool_result",'
            f'"content":"{text}"}}]}},"uuid":"{self._uuid()}",'
            f'"timestamp":"{self._now(session)}"}}\n'
        )

    def _length(self) -> int:
        return int(min(self._random.lognormvariate(0, 0.63), 20) * self._file_bytes)

    def _text(self, length: int) -> str:
        length = min(length, len(self._filler) - 1)
        start = self._filler.index(" ", self._random.randrange(len(self._filler) - length))
        return self._filler[start : start + length].rsplit(" ", 1)[0]

    def _now(self, session: _Session) -> str:
        return f"{session.clock:%Y-%m-%dT%H:%M:%S}.{session.clock.microsecond // 1000:03d}Z"

    def _uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def _id(self, prefix: str) -> str:
        return prefix + "".join(self._random.choices(_LETTERS, k=22))
