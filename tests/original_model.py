"""What a server holds after bodies of the original client too, as the protocol alone has it.

Nothing of the product is used here: the names, prices and rules are written out once more.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import cast

from tests.server_model import Machine, ServerModel
from tests.small_server import Members, Row, digest_of, size_of

ORIGINAL = 0
"""The accounting of that client's rows."""

OPUS, OTHER = "claude-opus-5-5", "other"
NAMES: Mapping[str, str] = {
    OPUS: OPUS,
    "claude-opus-5-5-20260901": OPUS,
    "us.anthropic.claude-opus-5-5-v1:0": OPUS,
    "claude-opus-5-5[1m]": OPUS,
    "gpt-9": OTHER,
    "/home/ada/model.gguf": OTHER,
}
"""The names that transcripts have; any other is of no model and does not count."""
RATES: Mapping[str, tuple[Fraction, ...]] = {
    OPUS: (Fraction(4), Fraction(20), Fraction(5), Fraction(1, 5))
}
"""Micro-USD a token: input, output, writes for five minutes, reads."""
COUNTS = {
    "messages": "messageCount",
    "input_tokens": "inputTokens",
    "output_tokens": "outputTokens",
    "cache_write_5m_tokens": "cacheCreateTokens",
    "cache_read_tokens": "cacheReadTokens",
}
IDLE = timedelta(seconds=600)


@dataclass(frozen=True)
class Frontier:
    """F with its local day, F0, and the row of F0's day as it was; moments are texts as sent."""

    end: str
    day: str
    body: bytes
    before: str | None = None
    saved: Members | None = None


@dataclass
class OriginalModel(ServerModel):
    """The rows of every account, where the original client uploads as well."""

    frontiers: dict[Machine, Frontier] = field(default_factory=dict[Machine, Frontier])

    def delete(self, account: str) -> None:
        """Forget an account."""
        self.grants = {name: each for name, each in self.grants.items() if each.account != account}
        self.machines = {name: each for name, each in self.machines.items() if name[0] != account}

    def frontier(self, token: str) -> Frontier | None:
        """Return how far the uploads of a token's computer reach."""
        grant = self.grants.get(token)
        return self._frontier(grant.machine) if grant and grant.machine else None

    def cover(self, token: str, machine_id: str) -> tuple[int, Members]:
        """Say how far uploads reach; return the status, and the answer or why there is none."""
        grant = self.grants.get(token)
        if grant is None:
            return 401, {"code": "token_dead"}
        machine = self.machines.get((grant.account, machine_id))
        if grant.machine is not None and machine is not grant.machine:
            return 409, {"error": "other_machine"}
        own = self._frontier(machine) if machine else None
        of_account = [each for (of, _), each in self.machines.items() if of == grant.account]
        ends = [found.end for each in of_account if (found := self._frontier(each))]
        return 200, {
            "accountWindowEnd": max(ends, default=None),
            "hasData": bool(machine and machine.rows),
            "machineWindowEnd": own.end if own else None,
        }

    def ingest(self, token: str, body: bytes, today: date) -> tuple[int, Members]:
        """Take a body on a day of UTC; return the status, and the answer or why there is none."""
        grant = self.grants.get(token)
        if grant is None:
            return 401, {"code": "token_dead"}
        upload = cast("Members", json.loads(body))
        name = grant.account, upload["machineId"]
        machine = self.machines.get(name)
        if grant.machine is not None and machine is not grant.machine:
            return 409, {"error": "other_machine"}
        if machine is None:
            machine = self.machines[name] = Machine()
        grant.machine = machine
        known = self._frontier(machine)
        again = known is not None and known.body == body
        shares = [share for each in upload["dailyBuckets"] for share in each["perModel"].values()]
        answer: Members = {
            "accepted": True,
            "buckets": len(upload["dailyBuckets"]),
            "messageCount": sum(share["messageCount"] for share in shares),
            "newRecords": 0 if again else self._taken(machine, known, upload, body, today),
            "userId": grant.account,
        }
        return 200, answer | ({"duplicate": True} if again else {})

    def _frontier(self, machine: Machine) -> Frontier | None:
        """Return what a computer's next body is read by; without rows it counts as its first."""
        return self.frontiers.get(machine) if machine.rows else None

    def _taken(
        self,
        machine: Machine,
        known: Frontier | None,
        upload: Members,
        body: bytes,
        today: date,
    ) -> int:
        start, end = upload["windowStart"], upload["windowEnd"]
        fresh = Frontier(end, max(each["date"] for each in upload["dailyBuckets"]), body)
        base, since = None, None
        if known is not None:
            saved = _own(machine.rows.get(known.day))
            advanced = replace(fresh, before=known.end, saved=saved)
            if start > known.end:
                base, since, fresh = saved, known.end, advanced
            elif known.before is not None and known.before < start:
                base, since = known.saved, known.before
                further = replace(known, end=end, day=fresh.day)
                fresh = replace(further if end > known.end else known, body=body)
            else:
                fresh = advanced if end > known.end else replace(known, body=body)
        self.frontiers[machine] = fresh
        new = 0
        for each in days_of(upload):
            day = each
            if base is not None and base["date"] == day["date"]:
                day = _together(base, day, _gap(cast("str", since), start))
            new += _take(machine, day, today)
        return new


def days_of(upload: Members) -> list[Members]:
    """Return the rows that a body makes by itself."""
    buckets = sorted(upload["dailyBuckets"], key=lambda each: each["date"])
    excess = sum(each["sessionCount"] for each in buckets) - upload["sessionCount"]
    days: list[Members] = []
    for bucket in reversed(buckets):
        less = max(0, min(excess, bucket["sessionCount"]))
        excess -= less
        parts = [
            {"model": NAMES[raw]} | {ours: share[theirs] for ours, theirs in COUNTS.items()}
            for raw, share in bucket["perModel"].items()
            if raw in NAMES
        ]
        day = {
            "date": bucket["date"],
            "active_seconds": round(bucket["hoursActive"] * 3600),
            "sessions_active": bucket["sessionCount"],
            "sessions_started": bucket["sessionCount"] - less,
            "models": _models(parts),
        }
        days += [day] if parts else []
    return days


def _models(parts: Iterable[Members]) -> list[Members]:
    sums: dict[str, Members] = {}
    for part in parts:
        of_model = sums.setdefault(part["model"], dict.fromkeys(COUNTS, 0))
        for name in COUNTS:
            of_model[name] += part[name]
    return [
        {"model": model, "cache_write_1h_tokens": 0, "cost_microusd": _cost(model, counts)} | counts
        for model, counts in sorted(sums.items())
    ]


def _cost(model: str, counts: Members) -> int | None:
    if model not in RATES:
        return None
    tokens = [counts[name] for name in COUNTS if name != "messages"]
    exact = sum(count * rate for count, rate in zip(tokens, RATES[model], strict=True))
    assert exact == int(exact), "how a part of a micro-USD is rounded is told nowhere"
    return int(exact)


def _together(saved: Members, share: Members, gap: int) -> Members:
    added = {
        name: saved[name] + share[name]
        for name in ("active_seconds", "sessions_active", "sessions_started")
    }
    added["active_seconds"] += gap
    return {"date": saved["date"], **added, "models": _models([*saved["models"], *share["models"]])}


def _gap(since: str, start: str) -> int:
    gap = datetime.fromisoformat(start) - datetime.fromisoformat(since)
    return round(gap.total_seconds()) if gap < IDLE else 0


def _own(row: Row | None) -> Members | None:
    return row.day if row is not None and row.accounting == ORIGINAL else None


def _take(machine: Machine, day: Members, today: date) -> int:
    """Store a day unless what is there is the new client's or more; count its new messages."""
    when, digest = day["date"], digest_of(day)
    row, twin = machine.rows.get(when), machine.separate_from
    if not "2024-01-01" <= when <= (today + timedelta(days=1)).isoformat():
        return 0
    if row is None and twin and when in twin.rows and twin.rows[when].digest == digest:
        return 0
    if row is not None and (row.accounting != ORIGINAL or size_of(day) < row.size):
        return 0
    machine.rows[when] = Row(day, digest, ORIGINAL)
    return size_of(day)[0] - (row.size[0] if row else 0)
