"""Bodies of the original command-line client, made by hand."""

from collections.abc import Mapping

from tests.server.world import MACHINE, Plain

OPUS = "claude-opus-5-5"


def share(**members: object) -> Plain:
    """Return one model's part of a day."""
    return {
        "cacheCreateTokens": 1_000_000,
        "cacheReadTokens": 0,
        "firstMessageAt": "2026-11-20T09:00:00.000Z",
        "hoursActive": 0.5,
        "inputTokens": 0,
        "lastMessageAt": "2026-11-20T09:30:00.000Z",
        "messageCount": 2,
        "outputTokens": 0,
        "sessionCount": 1,
        **members,
    }


def bucket(
    when: str = "2026-11-20", models: Mapping[str, Plain] | None = None, sessions: int = 1
) -> Plain:
    """Return a day; of one model where none is named."""
    return {
        "date": when,
        "hoursActive": 0.5,
        "perModel": {OPUS: share()} if models is None else models,
        "sessionCount": sessions,
    }


def ingest(*buckets: Plain, **members: object) -> Plain:
    """Return an upload."""
    return {
        "cliVersion": "0.3.1",
        "dailyBuckets": list(buckets),
        "machineId": MACHINE,
        "os": "darwin",
        "schema": 1,
        "sessionCount": 1,
        "windowEnd": "2026-11-20T09:30:00.000Z",
        "windowStart": "2026-11-20T09:00:00.000Z",
        **members,
    }
