"""Sample transcripts: two months of an invented person's work, up to a given moment.

They are written for the demo, in the form in which Claude Code writes its own, and always the
same for the same moment.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAYS = 60
_MODELS = {
    "claude-opus-5-5": 6,
    "claude-sonnet-5-5-20260928": 4,
    "claude-haiku-5-5": 2,
    "claude-fable-5-2": 1,
    "claude-opus-4-8": 1,
}
_PROJECTS = ("-home-sample-orchard", "-home-sample-lighthouse")
_WEEKEND = (5, 6)
_AGENTS = 0.3
_WORDS = "A sentence that stands in for a conversation."


@dataclass(frozen=True, slots=True)
class SampleFile:
    """A transcript by its path below the folder of projects."""

    path: str
    text: str


def sample_transcripts(now: datetime) -> Iterator[SampleFile]:
    """Yield the transcripts of the `DAYS` days up to *now*, an aware moment."""
    chance = random.Random(20260907)  # noqa: S311 -- the same sample every time
    for ago in range(DAYS - 1, -1, -1):
        evening = now - timedelta(days=ago)
        weekend = evening.weekday() in _WEEKEND
        if ago and chance.random() < (0.7 if weekend else 0.12):
            continue
        for number in range(1 if weekend else chance.randint(1, 4)):
            start = evening - timedelta(minutes=chance.randint(60, 90) + 100 * number)
            yield from _session(chance, start, evening)


def _session(chance: random.Random, start: datetime, end: datetime) -> Iterator[SampleFile]:
    session = _uuid(chance)
    project = chance.choice(_PROJECTS)
    model = chance.choices(list(_MODELS), list(_MODELS.values()))[0]
    common: dict[str, object] = {"sessionId": session, "version": "2.1.237"}
    lines = _lines(chance, common | {"isSidechain": False}, model, start, end)
    yield SampleFile(f"{project}/{session}.jsonl", "".join(lines))
    if chance.random() < _AGENTS:
        agent = _lines(chance, common | {"isSidechain": True}, "claude-haiku-5-5", start, end)
        name = f"agent-{chance.getrandbits(32):08x}.jsonl"
        yield SampleFile(f"{project}/{session}/subagents/{name}", "".join(agent))


def _lines(
    chance: random.Random, common: dict[str, object], model: str, moment: datetime, end: datetime
) -> Iterator[str]:
    read = chance.randint(15_000, 40_000)
    for _ in range(chance.randint(6, 40)):
        moment += timedelta(seconds=chance.randint(12, 240))
        if moment >= end:
            return
        yield _line(
            common, chance, moment, type="user", message={"role": "user", "content": _WORDS}
        )
        written, output = chance.randint(300, 9_000), chance.randint(60, 3_000)
        response = {"id": f"msg_{chance.getrandbits(96):024x}", "model": model, "role": "assistant"}
        usage = {
            "input_tokens": chance.randint(2, 60),
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": 0,
                "ephemeral_1h_input_tokens": written,
            },
        }
        for stop_reason, so_far in ((None, 1), ("end_turn", output)):
            message = response | {
                "content": [{"type": "text", "text": _WORDS}],
                "stop_reason": stop_reason,
                "usage": usage | {"output_tokens": so_far},
            }
            yield _line(common, chance, moment, type="assistant", message=message)
        read += written


def _line(
    common: dict[str, object], chance: random.Random, moment: datetime, **members: object
) -> str:
    stamp = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = common | members | {"uuid": _uuid(chance), "timestamp": stamp}
    return json.dumps(line, separators=(",", ":")) + "\n"


def _uuid(chance: random.Random) -> str:
    digits = f"{chance.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
