"""The server's side of the sync protocol, in memory, for tests of the client.

A second implementation, written from the protocol alone: plain JSON and none of the product's
types, so that a mistake in those cannot hide.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

import httpx

from tests.loopback import Answer, Request, loopback

Members: TypeAlias = dict[str, Any]

MODEL = re.compile(r"claude-[a-z0-9-]{1,40}|other")
TOKEN = "cu_live_" + "0a" * 24
ACCOUNT = "account-1"
TWIN_DAYS = 3


@dataclass
class Row:
    """A stored day."""

    day: Members
    digest: str
    accounting: int

    @property
    def size(self) -> tuple[int, int]:
        """Messages, then tokens: what rule 4 compares."""
        return size_of(self.day)


@dataclass
class Grant:
    """What a token opens."""

    account: str = ACCOUNT
    machine: str | None = None
    sequence: int = 0


@dataclass
class SmallServer:
    """One server with its rows, tokens and whims."""

    origin: str = "https://sync.example"
    grants: dict[str, Grant] = field(default_factory=lambda: {TOKEN: Grant()})
    rows: dict[str, dict[str, Row]] = field(default_factory=dict[str, dict[str, Row]])
    shared: bool = False
    loses_answers: bool = False
    """Whether uploads are taken and the connection then breaks."""
    refuses: dict[str, str] = field(default_factory=dict[str, str])
    """Dates that are refused, with the code."""
    reviews: dict[str, str] = field(default_factory=dict[str, str])
    """Dates that count for their owner only, with the reason."""
    changes_receipt: bool = False
    polls: list[str] = field(default_factory=lambda: ["approved"])
    secret: bytes | None = None
    """The local secret, for a bundled server."""
    requests: list[Request] = field(default_factory=list[Request])

    def transport(self) -> httpx.MockTransport:
        """Serve without a socket."""
        return httpx.MockTransport(self._handle)

    def answer(self, request: Request) -> Answer | None:
        """Answer one request; None where the answer is lost."""
        self.requests.append(request)
        match request.method, request.path:
            case "POST", "/api/cli/auth/start":
                return _json(200, self._device_code())
            case "POST", "/api/cli/auth/poll":
                return _json(200, self._poll())
            case "POST", "/api/local/proof" if self.secret is not None:
                return _json(200, self._proof(request))
            case "POST", "/api/local/link" if self.secret is not None:
                return _json(200, self._local_link(request))
            case _:
                return self._with_token(request)

    @property
    def uploads(self) -> list[bytes]:
        """Every body that was put."""
        return [each.body for each in self.requests if each.method == "PUT"]

    def stored(self, machine: str | None = None) -> dict[str, Row]:
        """Return the rows of a machine, or of the only one."""
        if machine is not None:
            return self.rows.get(machine, {})
        (rows,) = self.rows.values() or [dict[str, Row]()]
        return rows

    def _handle(self, request: httpx.Request) -> httpx.Response:
        headers = tuple((name, value) for name, value in request.headers.items())
        path = request.url.raw_path.decode("ascii")
        answer = self.answer(Request(request.method, path, headers, request.read()))
        if answer is None:
            raise httpx.ReadError("the connection broke", request=request)
        return unread(
            httpx.Response(answer.status, content=answer.body, headers=list(answer.headers))
        )

    def _with_token(self, request: Request) -> Answer | None:
        token = (request.header("authorization") or "").removeprefix("Bearer ")
        grant = self.grants.get(token)
        if grant is None:
            return problem(401, "token_unknown")
        match request.method, request.path:
            case "GET", "/api/v2/me":
                return _json(200, self._me(grant))
            case "GET", "/api/v2/days":
                return _json(200, self._days(grant))
            case "PUT", "/api/v2/days":
                answer = self._put(grant, request.body)
                return None if self.loses_answers else answer
            case "DELETE", "/api/v2/token":
                del self.grants[token]
                return Answer(204, b"", ())
            case _:
                return problem(404, "not_found")

    def _me(self, grant: Grant) -> Members:
        profile = f"{self.origin}/u/anonymous-1"
        return {
            "account": grant.account,
            "name": None,
            "profile": profile,
            "machine": grant.machine,
        }

    def _days(self, grant: Grant) -> Members:
        rows = self.stored(grant.machine) if grant.machine else {}
        days = {date: row.digest for date, row in rows.items()}
        return {"sequence": grant.sequence, "days": days, "shared": self.shared}

    def _put(self, grant: Grant, body: bytes) -> Answer:
        upload = cast("Members", json.loads(body))
        assert body == canonical(upload), "a body has one spelling"
        machine = upload["machine"]
        if grant.machine not in {None, machine}:
            return problem(403, "machine_other")
        if machine not in self.rows and (twin := self._twin(upload)) is not None:
            if "twin" not in upload:
                return _json(409, _problem(409, "machine_twin") | {"other": twin})
            upload["days"] = [d for d in upload["days"] if not self._is_row_of(twin, d)]
        grant.machine = machine
        answer: dict[str, list[Any]] = {
            name: [] for name in ("applied", "unchanged", "stale", "kept", "refused", "review")
        }
        rows = self.rows.setdefault(machine, {})
        overtaken = upload["sequence"] < grant.sequence
        grant.sequence = max(grant.sequence, upload["sequence"])
        for day in upload["days"]:
            if overtaken:
                answer["stale"].append(day["date"])
            else:
                self._take(rows, day, upload, answer)
        answer["review"] = [
            {"date": date, "reason": reason}
            for date, reason in self.reviews.items()
            if date in rows and any(day["date"] == date for day in upload["days"])
        ]
        receipt = "sha256:" + hashlib.sha256(body + b"!" * self.changes_receipt).hexdigest()
        return _json(200, answer | {"receipt": receipt})

    def _take(
        self,
        rows: dict[str, Row],
        day: Members,
        upload: Members,
        answer: dict[str, list[Any]],
    ) -> None:
        date, was = day["date"], day.pop("was", None)
        code = self.refuses.get(date) or _fault(day)
        if code is not None:
            answer["refused"].append({"date": date, "code": code})
            return
        stored, digest = rows.get(date), digest_of(day)
        if stored is None:
            if day["models"]:
                rows[date] = Row(day, digest, upload["accounting"])
                answer["applied"].append(date)
            else:
                answer["unchanged"].append(date)
        elif stored.digest == digest:
            answer["unchanged"].append(date)
        elif upload["accounting"] < stored.accounting:
            answer["stale"].append(date)
        elif was == stored.digest or upload.get("recount") or size_of(day) >= stored.size:
            rows.pop(date)
            if day["models"]:
                rows[date] = Row(day, digest, upload["accounting"])
            answer["applied"].append(date)
        else:
            kept = {"date": date, "reason": "fewer_messages", "digest": stored.digest}
            answer["kept"].append(kept)

    def _twin(self, upload: Members) -> str | None:
        for machine in self.rows:
            if sum(self._is_row_of(machine, day) for day in upload["days"]) >= TWIN_DAYS:
                return machine
        return None

    def _is_row_of(self, machine: str, day: Members) -> bool:
        row = self.rows[machine].get(day["date"])
        return row is not None and row.digest == digest_of(day)

    def _device_code(self) -> Members:
        return {
            "deviceCode": "device-1",
            "userCode": "BCDFGHJK",
            "verificationUri": f"{self.origin}/device",
            "verificationUriComplete": f"{self.origin}/device?code=BCDFGHJK",
            "expiresIn": 600,
            "interval": 1,
        }

    def _poll(self) -> Members:
        status = self.polls.pop(0)
        if status != "approved":
            return {"status": status}
        self.grants.setdefault(TOKEN, Grant())
        account = self.grants[TOKEN].account
        return {"status": status, "token": TOKEN, "userId": account, "username": None}

    def _proof(self, request: Request) -> Members:
        nonce = json.loads(request.body)["nonce"]
        text = f"claudeusage-server-proof:{request.header('host')}:{nonce}"
        return {"proof": self._hmac(text), "challenge": "cd" * 32}

    def _local_link(self, request: Request) -> Members:
        said = json.loads(request.body)
        text = f"claudeusage-client-proof:link:{request.header('host')}:{said['challenge']}"
        assert said == {"challenge": "cd" * 32, "proof": self._hmac(text)}
        self.grants.setdefault(TOKEN, Grant())
        profile = f"{self.origin}/u/anonymous-1"
        return {"token": TOKEN, "account": ACCOUNT, "profile": profile, "name": None}

    def _hmac(self, text: str) -> str:
        assert self.secret is not None
        return hmac.new(self.secret, text.encode("ascii"), hashlib.sha256).hexdigest()


@contextmanager
def listening(server: SmallServer | None = None) -> Generator[SmallServer]:
    """Give a server, a new one or this, that answers on a socket of its own."""
    made = server or SmallServer()
    with loopback(made.answer) as there:
        made.origin = there.origin
        yield made


def unread(response: httpx.Response) -> httpx.Response:
    """Return a response as it comes from a wire: one that can still be streamed."""
    if not response.is_stream_consumed:
        return response
    stream = httpx.ByteStream(response.content)
    return httpx.Response(response.status_code, headers=response.headers, stream=stream)


def canonical(value: object) -> bytes:
    """Write plain values in the one way that the protocol knows."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def digest_of(day: Members) -> str:
    """Return the digest of a day, with or without its ``was``."""
    return hashlib.sha256(canonical({n: v for n, v in day.items() if n != "was"})).hexdigest()


def size_of(day: Members) -> tuple[int, int]:
    """Return a day's messages and tokens."""
    messages = sum(model["messages"] for model in day["models"])
    names = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
    tokens = sum(model[f"{name}_tokens"] for model in day["models"] for name in names)
    return messages, tokens


def problem(status: int, code: str, title: str = "No.", **members: object) -> Answer:
    """Answer with a problem of RFC 9457."""
    return _json(status, _problem(status, code) | {"title": title} | members)


def _problem(status: int, code: str) -> Members:
    return {"type": "about:blank", "title": "No.", "status": status, "code": code}


def _json(status: int, value: object) -> Answer:
    return Answer(status, json.dumps(value).encode())


def _fault(day: Members) -> str | None:
    if day["date"] < "2024-01-01":
        return "date_out_of_range"
    if not all(MODEL.fullmatch(each["model"]) for each in day["models"]):
        return "model_invalid"
    return None
