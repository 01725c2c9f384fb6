"""Ledgers that sync with a real server whose every answer is held against a model of it."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import httpx
from sqlalchemy import text

from claudeusage_app.api import Api
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.journal import Journal
from claudeusage_app.ledger.uploads import Account
from claudeusage_app.sync import Numbers, Prepared, Uploaded, Uploads
from claudeusage_core.payload import NO_WISH, Wish
from claudeusage_core.usage import DailyUsage, ModelUsage, TokenCounts
from claudeusage_server.private.accounts import sign_up_or_find
from claudeusage_server.private.tokens import keep_token, new_token
from claudeusage_server.surroundings import Surroundings
from tests.server.world import World
from tests.server_model import FATES, Grant, Machine, ServerModel
from tests.small_server import Members, Row, canonical, digest_of, size_of, unread

ORIGIN = "https://sync.example"


class Fault(StrEnum):
    """What the network does to one upload."""

    NONE = "none"
    LOST = "the request never arrives, or does so later"
    UNANSWERED = "the request arrives, and the answer is lost"
    UNASKED = "the question before it is not answered"


class Both:
    """A real server and its model, given the same and compared at every answer."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.model = ServerModel()
        self.log: list[tuple[str, bytes]] = []
        """Every body that was ever put on the wire, with its token, whether it arrived or not."""
        self.taken: set[bytes] = set()
        """The bodies that the server has answered with what became of their days."""
        self._touched = False

    def account(self, name: str) -> str:
        """Return the account of that name, made where there is none."""
        around = Surroundings(self.world.clock)
        with self.world.app.context.store.write() as connection:
            return sign_up_or_find(connection, "test", name, around, live=True)

    def link(self, account: str) -> str:
        """Make a token of an account."""
        around = Surroundings(self.world.clock)
        token = new_token(around)
        with self.world.app.context.store.write() as connection:
            keep_token(connection, account, token, around)
        self.model.grants[token] = Grant(account)
        return token

    def revoke(self, token: str) -> None:
        """Make a token worthless."""
        answer = self.world.request(
            "DELETE", "/api/v2/token", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 204
        del self.model.grants[token]

    def put(self, token: str, body: bytes) -> httpx.Response:
        """Deliver a body to the server and to the model, which have to agree."""
        self._touched = True
        answer = self.world.put_bytes(token, body)
        status, expected = self.model.put(token, body, self.world.clock.now.date())
        said = answer.json()
        assert answer.status_code == status, said
        told = {name: said[name] for name in (FATES if status == HTTPStatus.OK else ("code",))}
        assert told == expected
        if status == HTTPStatus.OK:
            self.taken.add(body)
        return answer

    def check(self) -> None:
        """Compare every row and every token, where a body came since the last time."""
        if not self._touched:
            return
        self._touched = False
        for account in {grant.account for grant in self.model.grants.values()}:
            expected = self.model.stored(account)
            assert sorted(map(canonical, self._stored(account))) == sorted(map(canonical, expected))
        for token in self.model.grants:
            assert self.world.get("/api/v2/days", token).json() == self.model.told(token)

    def _stored(self, account: str) -> list[dict[str, tuple[int, Members]]]:
        found: dict[str, dict[str, tuple[int, Members]]] = {}
        for row in self._rows("SELECT * FROM days WHERE account = :account", account):
            day = {name: row[name] for name in OF_A_DAY}
            days = found.setdefault(row["machine"], {})
            days[row["date"]] = (row["accounting"], day | {"models": []})
        models = "SELECT * FROM day_models WHERE account = :account ORDER BY model"
        for row in self._rows(models, account):
            day = found[row["machine"]][row["date"]][1]
            day["models"].append({name: row[name] for name in OF_A_MODEL})
        return list(found.values())

    def _rows(self, query: str, account: str) -> Sequence[Mapping[Any, Any]]:
        with self.world.app.context.store.read() as connection:
            return connection.execute(text(query), {"account": account}).mappings().all()


OF_A_DAY = ("date", "active_seconds", "sessions_active", "sessions_started")
OF_A_MODEL = (
    "model",
    "messages",
    "input_tokens",
    "output_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
    "cost_microusd",
)


@dataclass
class Party:
    """A ledger file, what it counts, and what has left by it."""

    both: Both
    path: Path
    machine: str
    account: str
    token: str
    rows: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    """The responses of each day, given by their tokens."""
    price: int = 5
    days_ahead: int = 0
    """By how much this computer's clock is wrong."""
    accepted: set[bytes] = field(default_factory=set[bytes])
    sent: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    """Account, date and digest of every row that this ledger has put on the wire."""
    last: tuple[int, bytes] = (0, b"")
    """The highest sequence that left, and its body."""
    alone: bool = True
    """Whether nobody else has used its tokens."""
    shown: Prepared | None = None
    """A preview on which somebody sleeps."""

    @property
    def today(self) -> date:
        """The day by this computer's clock."""
        return self.both.world.clock.now.date() + timedelta(days=self.days_ahead)

    @property
    def owner(self) -> Account:
        """Where it uploads to."""
        return Account(ORIGIN, self.account)

    def numbers(self) -> Numbers:
        """Return what the ledger says."""
        rows = [_row(when, counted, self.price) for when, counted in self.rows.items() if counted]
        return Numbers(rows, self.today, self.machine, f"2026-11-{self.price:02}")

    def ours(self) -> dict[str, Members]:
        """Return the ledger's days as they stand on the wire, written without the product."""
        return {
            when: written_day(when, counted, self.price)
            for when, counted in self.rows.items()
            if counted
        }

    def copied(self, path: Path) -> "Party":
        """Return the same on another computer, with all that was ever remembered."""
        with Database(self.path) as database:
            database.execute("VACUUM INTO ?", str(path))
        copy = Party(self.both, path, self.machine, self.account, self.token)
        copy.rows = {when: [*counted] for when, counted in self.rows.items()}
        copy.price, copy.last = self.price, self.last
        copy.alone = self.alone = False
        copy.accepted, copy.sent = {*self.accepted}, {*self.sent}
        return copy

    def prepare(
        self, fault: Fault = Fault.NONE, *, same: bool = False, wish: Wish = NO_WISH
    ) -> Prepared | None:
        """Ask the server, and make the preview."""
        with Database(self.path) as database, self._api(fault) as api:
            server = api.days(self.token)
            now = self.both.world.clock.now
            uploads = Uploads(database, self.owner, self.token)
            prepared = uploads.prepare(self.numbers(), server, now, same_computer=same, wish=wish)
        self.check_receipts()
        days = prepared.request.days if prepared else ()
        assert all(day.date <= self.today.isoformat() for day in days), "tomorrow waits"
        return prepared

    def accept(self, prepared: Prepared) -> None:
        """Say yes to a preview."""
        self.accepted.add(prepared.body)
        with Database(self.path) as database:
            Journal(database, prepared.account).accept(self.both.world.clock.now)

    def upload(self, prepared: Prepared, fault: Fault = Fault.NONE) -> Uploaded:
        """Post a preview."""
        with Database(self.path) as database, self._api(fault) as api:
            uploads = Uploads(database, prepared.account, self.token)
            return uploads.upload(prepared, api, self.both.world.clock.now)

    def is_current(self, prepared: Prepared) -> bool:
        """Say whether nothing has overtaken a preview."""
        grant = self.both.model.grants.get(self.token)
        with Database(self.path) as database:
            pending = Journal(database, prepared.account).pending()
        shown = prepared.request.sequence, prepared.body
        return pending == shown and grant is not None and grant.sequence < shown[0]

    def may_be_unclear(self) -> bool:
        """Say whether the server tells of days that this ledger never sent, unless merged."""
        told = self.both.model.told(self.token)
        sent = {(when, digest) for account, when, digest in self.sent if account == self.account}
        return not told["shared"] and not told["days"].items() <= sent

    def leaves(self, body: bytes, upload: Members) -> None:
        """Hold a body that is about to leave against all that left before."""
        assert body in self.accepted, "what leaves was accepted"
        sequence = upload["sequence"]
        assert sequence > self.last[0] or (sequence, body) == self.last, "sequences never go back"
        for day in upload["days"]:
            own = (self.account, day["date"], day.get("was"))
            assert "was" not in day or own in self.sent, "what is lowered was this ledger's own"
            assert "was" in day or day["models"], "what is taken back was this ledger's own"
        self.last = sequence, body
        self.sent |= {(self.account, day["date"], digest_of(day)) for day in upload["days"]}

    def check_receipts(self) -> None:
        """Assert that the journal takes no body for arrived that the server never took.

        An answer that was lost may have been another installation's with the same token.
        """
        with closing(sqlite3.connect(self.path)) as connection:
            told = connection.execute(
                "SELECT body, receipt FROM uploads WHERE receipt != ''"
            ).fetchall()
        posted = set[bytes]() if self.alone else {body for _, body in self.both.log}
        assert {body for body, _ in told} <= self.both.taken | posted
        assert all(receipt == receipt_of(body) for body, receipt in told)

    def check_nothing_is_lost(self) -> None:
        """Assert that all that this ledger counts is at the server, or what may stand for it.

        With a token that was never used it cannot know what is there, only that something is.
        """
        bound = self.both.model.grants[self.token].machine
        machine = bound or self.both.model.machines.get((self.account, self.machine))
        theirs = machine.rows if machine else {}
        ours = self.ours()
        last = min(self.today, self.both.world.clock.now.date() + timedelta(days=1)).isoformat()
        looked_at = ours.keys() | theirs.keys() if bound else ours.keys() - theirs.keys()
        for when in {when for when in looked_at if when <= last}:
            fate = self._fault(when, ours.get(when), theirs.get(when), machine)
            assert fate is None, f"{when}: {fate}"

    def _fault(
        self, when: str, ours: Members | None, theirs: Row | None, machine: Machine | None
    ) -> str | None:
        if theirs is None:
            elsewhere = machine.counted_elsewhere if machine else ()
            counted = ours is None or digest_of(ours) in elsewhere
            return None if counted else "a row is lost"
        if theirs.accounting > 1 or (ours and theirs.digest == digest_of(ours)):
            return None
        if (self.account, when, theirs.digest) in self.sent:
            return "a row of this ledger's own is out of date"
        larger = ours is None or theirs.size > size_of(ours)
        return None if larger else "a row of somebody else's stands for more of ours"

    def _api(self, fault: Fault) -> Api:
        return Api(ORIGIN, _Wire(self.both, fault, self.leaves))


class _Wire(httpx.BaseTransport):
    """The network between a ledger and the server."""

    def __init__(self, both: Both, fault: Fault, leaves: Callable[[bytes, Members], None]) -> None:
        self._both = both
        self._fault = fault
        self._leaves = leaves

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        token = request.headers["authorization"].removeprefix("Bearer ")
        if request.method != "PUT":
            if self._fault is Fault.UNASKED:
                raise httpx.ConnectError("", request=request)
            return unread(self._both.world.get(request.url.path, token))
        body = request.read()
        self._leaves(body, cast("Members", json.loads(body)))
        self._both.log.append((token, body))
        if self._fault is Fault.LOST:
            raise httpx.ConnectError("", request=request)
        answer = self._both.put(token, body)
        if self._fault is Fault.UNANSWERED:
            raise httpx.ReadError("", request=request)
        return unread(answer)


def receipt_of(body: bytes) -> str:
    """Return what proves that these bytes arrived."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


_MODELS = ("claude-opus-5-5", "other")


def written_day(when: str, counted: list[int], price: int) -> Members:
    """Write a day of some responses, given by their tokens, as it stands on the wire."""
    return {
        "date": when,
        "active_seconds": 60 * len(counted),
        "sessions_active": 1 if counted else 0,
        "sessions_started": 1 if counted else 0,
        "models": [
            {
                "model": _MODELS[number],
                "messages": len(own),
                "input_tokens": len(own),
                "output_tokens": sum(own),
                "cache_write_5m_tokens": 0,
                "cache_write_1h_tokens": 2,
                "cache_read_tokens": 0,
                "cost_microusd": price * sum(own) if number == 0 else None,
            }
            for number in (0, 1)
            if (own := [each for each in counted if each % 2 == number])
        ],
    }


def _row(when: str, counted: list[int], price: int) -> DailyUsage:
    models = tuple(
        ModelUsage(
            name,
            len(own),
            TokenCounts(len(own), sum(own), 0, 2, 0),
            price * sum(own) if number == 0 else None,
        )
        for number, name in reversed([*enumerate(_MODELS)])
        if (own := [each for each in counted if each % 2 == number])
    )
    return DailyUsage(date.fromisoformat(when), 60 * len(counted), 1, 1, models)
