"""A stand-in for the original command-line client, 0.3.1, as far as a server can see it.

It keeps a token and a watermark, and is as particular about answers as the original: whatever it
does not expect ends it.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple, cast

import httpx

from claudeusage_core.machine import machine_id
from tests.server.world import JSON, Plain, World, authorised

IDLE = timedelta(minutes=10)
_TOKEN = re.compile(r"^cu_live_[a-f0-9]{48}$")
_STATUSES = {"pending", "slow_down", "denied", "expired"}
_LONGEST_INTERVAL = 30


class Fatal(Exception):
    """An answer that the original does not know."""


class Refused(Exception):
    """Linking was denied or took too long."""


class Record(NamedTuple):
    """One response of a transcript."""

    at: datetime
    session: str = "one"
    model: str = "claude-opus-5-5-20260901"
    input: int = 10
    output: int = 100
    cache_create: int = 1_000
    cache_read: int = 10_000

    @property
    def stamp(self) -> str:
        """The time as transcripts have it."""
        return self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + (
            f"{self.at.microsecond // 1000:03d}Z"
        )


def approve(world: World, code: str) -> None:
    """Sign in and approve the computer that shows a code."""
    world.sign_in()
    assert world.decide(code, "approve") == 200


def deny(world: World, code: str) -> None:
    """Sign in and deny the computer that shows a code."""
    world.sign_in()
    assert world.decide(code, "deny") == 200


def ignore(_world: World, _code: str) -> None:
    """Do nothing about a computer that shows a code."""


@dataclass
class OriginalClient:
    """One computer with transcripts; *log* holds what it told its person, *sent* what was taken.

    *person* is asked before each poll; *hurry* is how much too fast the computer's clock runs.
    """

    world: World
    person: Callable[[World, str], None] = approve
    hurry: float = 1
    host: str = "laptop"
    zone: tzinfo = UTC
    records: list[Record] = field(default_factory=list[Record])
    token: str = ""
    watermark: str = ""
    log: list[str] = field(default_factory=list[str])
    sent: list[Record] = field(default_factory=list[Record])
    pauses: list[int] = field(default_factory=list[int])
    loses_answers: bool = False
    version: str = "0.3.1"

    @property
    def machine(self) -> str:
        """The id that this project's own client has on the same computer."""
        return machine_id(self.host, "ada")

    def sync(self, *, full: bool = False, since: date | None = None) -> None:
        """Upload what came after the watermark; everything; or everything from a day on."""
        chosen = self._after("" if full or since else self.watermark)
        if since is not None:
            chosen = [each for each in chosen if each.at.astimezone(self.zone).date() >= since]
        if not self.token:
            self.link()
        if chosen:
            self._ingest(chosen)
        elif full or since:
            self.log.append("nothing to send")
        else:
            self._cover(again=True)

    def link(self) -> None:
        """Go through device authorization; raise `Refused`, or `Fatal` at what is unexpected."""
        hello = {
            "cliVersion": self.version,
            "hostnameHash": machine_id(self.host, ""),
            "machineId": self.machine,
            "os": "linux",
        }
        started = _object(self.world.request("POST", "/api/cli/auth/start", _json(hello), JSON))
        interval, left = cast("int", started["interval"]), cast("int", started["expiresIn"])
        assert interval > 0
        assert left > 0
        for name in ("verificationUri", "verificationUriComplete"):
            assert httpx.URL(str(started[name])).is_absolute_url
        while left > 0:
            self.person(self.world, str(started["userCode"]))
            self.world.clock.move(seconds=interval / self.hurry)
            self.pauses.append(interval)
            left -= interval
            body = _json({"deviceCode": started["deviceCode"]})
            answer = self.world.request("POST", "/api/cli/auth/poll", body, JSON)
            match _status(answer):
                case "approved":
                    self.token = str(_object(answer)["token"])
                    return
                case "slow_down":
                    interval = min(2 * interval, _LONGEST_INTERVAL)
                case "pending":
                    pass
                case status:
                    raise Refused(status)
        raise Refused("expired")

    def body(self, records: Sequence[Record]) -> Plain:
        """Return what is sent for some records, which are sorted by time."""
        days: defaultdict[date, list[Record]] = defaultdict(list)
        for each in records:
            days[each.at.astimezone(self.zone).date()].append(each)
        return {
            "cliVersion": self.version,
            "dailyBuckets": [_bucket(day, each) for day, each in sorted(days.items())],
            "machineId": self.machine,
            "os": "linux",
            "schema": 1,
            "sessionCount": _sessions(records),
            "windowEnd": records[-1].stamp,
            "windowStart": records[0].stamp,
        }

    def _after(self, moment: str) -> list[Record]:
        return sorted(each for each in self.records if each.stamp > moment)

    def _ingest(self, records: Sequence[Record]) -> None:
        headers = JSON | authorised(self.token)
        answer = self.world.request("POST", "/api/ingest", _json(self.body(records)), headers)
        match answer.status_code:
            case 401:
                self.link()
                self._ingest(self._after(""))
            case 409:
                self.log.append("stopped: " + str(_object(answer)["error"]))
            case 429:
                self.log.append(f"wait {int(answer.headers['retry-after'])} s")
            case 200 | 201 | 202:
                taken = _taken(answer)
                self.sent += records
                if self.loses_answers:
                    self.log.append("no answer")
                    return
                again = ", again" if taken.get("duplicate") else ""
                self.log.append(f"sent {taken['messageCount']}, new {taken['newRecords']}{again}")
                self.watermark = max(self.watermark, records[-1].stamp)
            case status:
                self.log.append(f"failed: {status}")

    def _cover(self, *, again: bool) -> None:
        path = f"/api/coverage?machineId={self.machine}"
        answer = self.world.get(path, self.token)
        if answer.status_code == 401 and again:
            self.link()
            self._cover(again=False)
            return
        if answer.status_code != 200:
            self.log.append(f"coverage unknown: {answer.status_code}")
            return
        told = _object(answer)
        assert set(told) == {"accountWindowEnd", "hasData", "machineWindowEnd"}
        assert isinstance(told["hasData"], bool)
        frontier = told["machineWindowEnd"]
        if told["hasData"] and frontier is None:
            self.log.append("nothing new")
            return
        missing = self._after(str(frontier or ""))
        if missing:
            self._ingest(missing)
        else:
            self.log.append("nothing new")


def _bucket(day: date, records: Sequence[Record]) -> Plain:
    models: defaultdict[str, list[Record]] = defaultdict(list)
    for each in records:
        models[each.model].append(each)
    return {
        "date": day.isoformat(),
        "hoursActive": _hours(records),
        "perModel": {model: _share(each) for model, each in models.items()},
        "sessionCount": _sessions(records),
    }


def _share(records: Sequence[Record]) -> Plain:
    return {
        "cacheCreateTokens": sum(each.cache_create for each in records),
        "cacheReadTokens": sum(each.cache_read for each in records),
        "firstMessageAt": records[0].stamp,
        "hoursActive": _hours(records),
        "inputTokens": sum(each.input for each in records),
        "lastMessageAt": records[-1].stamp,
        "messageCount": len(records),
        "outputTokens": sum(each.output for each in records),
        "sessionCount": _sessions(records),
    }


def _hours(records: Sequence[Record]) -> float:
    gaps = (later.at - earlier.at for earlier, later in pairwise(records))
    active = sum((gap for gap in gaps if gap < IDLE), timedelta())
    return active / timedelta(hours=1)


def _sessions(records: Iterable[Record]) -> int:
    return len({each.session for each in records})


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value).encode()


def _object(answer: httpx.Response) -> Plain:
    value: object = answer.json()
    if not isinstance(value, dict):
        raise Fatal(answer.text)
    return cast("Plain", value)


def _status(answer: httpx.Response) -> str:
    value = _object(answer)
    status = str(value["status"])
    if answer.status_code != 200 or status not in _STATUSES | {"approved"}:
        raise Fatal(answer.text)
    if status == "approved":
        named = value["username"]
        whole = _TOKEN.match(str(value["token"])) and isinstance(value["userId"], str)
        if not whole or not (named is None or isinstance(named, str)):
            raise Fatal(answer.text)
    return status


def _taken(answer: httpx.Response) -> Plain:
    value = _object(answer)
    kinds = {
        "accepted": bool,
        "batchId": str,
        "buckets": int,
        "duplicate": bool,
        "messageCount": int,
        "newRecords": int,
        "updatedAt": str,
        "userId": str,
    }
    optional = {"batchId", "buckets", "duplicate"}
    if not kinds.keys() - optional <= value.keys() <= kinds.keys():
        raise Fatal(answer.text)
    if any(type(each) is not kinds[name] for name, each in value.items()):
        raise Fatal(answer.text)
    return value


def moment(text: str) -> datetime:
    """Read a UTC time such as ``2026-11-20 10:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def records(*times: str, model: str = Record._field_defaults["model"]) -> list[Record]:
    """Return a record for each UTC time."""
    return [Record(moment(time), model=model) for time in times]
