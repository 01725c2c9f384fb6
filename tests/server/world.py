"""A server inside a test: a real application on real files, with a clock that a test sets."""

import asyncio
import hashlib
import hmac
import json
import logging
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

import httpx
from sqlalchemy import text

from claudeusage_core import wire
from claudeusage_server import folder
from claudeusage_server.application import create_app
from claudeusage_server.private.accounts import read_account, sign_up_or_find
from claudeusage_server.private.deletion import delete_account
from claudeusage_server.private.machines import MOST_MACHINES
from claudeusage_server.private.sessions import new_session
from claudeusage_server.private.tokens import keep_token, new_token
from claudeusage_server.settings import GitHub, Google, Limits, Patience, Settings
from claudeusage_server.surroundings import Surroundings

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MACHINE = "ab" * 32
JSON = {"Content-Type": "application/json"}
Plain = dict[str, object]


class Clock:
    """A time that stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Move it by so many seconds, minutes, hours or days."""
        self.now += timedelta(**by)


class Logs(logging.Handler):
    """Everything that the server's own loggers write, as text."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        self.text += self.format(record) + "\n"


@contextmanager
def logged() -> Generator[Logs]:
    """Keep what the server logs within the block, down to the least of it."""
    kept, logger = Logs(), logging.getLogger("claudeusage_server")
    level = logger.level
    logger.addHandler(kept)
    logger.setLevel(logging.DEBUG)
    try:
        yield kept
    finally:
        logger.removeHandler(kept)
        logger.setLevel(level)


@dataclass(frozen=True)
class Link:
    """What `World.link` got."""

    token: str
    account: str
    profile: str

    @property
    def path(self) -> str:
        """The profile's path."""
        return httpx.URL(self.profile).path


PUBLIC_URL = "https://usage.example"


def public_settings(data: Path) -> Settings:
    """Return the settings of a server for everybody, on which Google and GitHub sign in."""
    google, github = Google("google-id", "g"), GitHub("github-id", "h")
    return Settings(data, public_url=PUBLIC_URL, google=google, github=github)


class World:
    """A server on one data folder; a local one unless its settings say otherwise."""

    def __init__(
        self,
        data: Path,
        limits: Limits | None = None,
        patience: Patience | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.data = data
        self.clock = Clock()
        self.settings = settings or Settings(
            data, limits=limits or Limits(), patience=patience or Patience()
        )
        self.app = create_app(self.settings, Surroundings(self.clock))
        self.origin = self.settings.origin
        self.cookies: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        """Sent with every request."""

    def close(self) -> None:
        """Close the stores."""
        self.app.close()

    def request(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request and wait for its answer; redirects are not followed."""

        async def sent() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(
                transport=transport,
                base_url=self.origin,
                cookies=self.cookies,
                headers=self.headers,
            ) as client:
                answer = await client.request(method, path, content=content, headers=headers)
                self._keep(answer)
                return answer

        return asyncio.run(sent())

    def _keep(self, answer: httpx.Response) -> None:
        self.cookies.update(answer.cookies)
        for line in answer.headers.get_list("set-cookie"):
            if "Max-Age=0" in line:
                self.cookies.pop(line.partition("=")[0], None)

    def get(self, path: str, token: str = "", **headers: str) -> httpx.Response:
        """Read something."""
        return self.request("GET", path, headers={**authorised(token), **headers})

    def post(self, path: str, value: object, host: str = "") -> httpx.Response:
        """Send JSON."""
        headers = JSON | ({"Host": host} if host else {})
        return self.request("POST", path, wire.canonical(value), headers)

    def form(
        self, path: str, fields: Mapping[str, str], origin: str = "", host: str = ""
    ) -> httpx.Response:
        """Send a form as the server's own page does."""
        content = str(httpx.QueryParams(dict(fields))).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": origin or self.origin,
        } | ({"Host": host} if host else {})
        return self.request("POST", path, content, headers)

    def proven(self, action: str, host: str = "127.0.0.1:8787") -> dict[str, str]:
        """Go through the handshake up to the body that asks for *action*."""
        challenge = self.post("/api/local/proof", {"nonce": "ab" * 32}, host).json()["challenge"]
        message = f"claudeusage-client-proof:{action}:{host}:{challenge}"
        secret = folder.local_secret(self.data)
        proof = hmac.new(secret, message.encode(), hashlib.sha256).hexdigest()
        return {"challenge": challenge, "proof": proof}

    def link(self) -> Link:
        """Link a computer in one step."""
        answer = self.post("/api/local/link", self.proven("link")).json()
        return Link(answer["token"], answer["account"], answer["profile"])

    def sign_in(self) -> None:
        """Sign this world's browser in."""
        code = self.post("/api/local/sign-in-code", self.proven("sign-in-code")).json()["code"]
        assert self.form("/sign-in", {"code": code}).status_code == 303

    def sign_in_as(self, subject: str, provider: str = "google") -> str:
        """Sign this world's browser in as somebody whom a provider knows; return the account."""
        context = self.app.context
        with context.store.write() as connection:
            account = sign_up_or_find(connection, provider, subject, context.surroundings)
        self.cookies[self.settings.cookie] = new_session(context, account)
        return account

    def link_as(self, account: str) -> Link:
        """Make a token for an account, as an approved device gets it."""
        context = self.app.context
        token = new_token(context.surroundings)
        with context.store.write() as connection:
            keep_token(connection, account, token, context.surroundings)
            path = read_account(connection, account).path
        return Link(token, account, self.origin + path)

    def delete_accounts(self) -> None:
        """Delete every account, as their owners do; this world's browser is signed out."""
        context = self.app.context
        with context.store.read() as connection:
            accounts = connection.execute(text("SELECT account FROM accounts")).scalars().all()
        for account in accounts:
            delete_account(context, account)
        self.cookies.clear()

    def decide(self, code: str, decision: str) -> int:
        """Approve or deny a computer as the browser does; return the status of the answer."""
        token = form_token(self.get(f"/device?code={code}").text)
        fields = {"code": code, "form_token": token, "decision": decision}
        return self.form("/device", fields).status_code

    def put(self, token: str, request: Mapping[str, object]) -> httpx.Response:
        """Upload a body."""
        return self.put_bytes(token, wire.canonical(request))

    def put_bytes(self, token: str, body: bytes) -> httpx.Response:
        """Upload bytes."""
        return self.request("PUT", wire.DAYS_PATH, body, JSON | authorised(token))

    def upload(self, token: str, *days: Plain, **members: object) -> wire.SyncAnswer:
        """Upload days, and return the answer of the protocol."""
        answer = self.put(token, body(*days, **members))
        assert answer.status_code == 200, answer.text
        return wire.read_answer(wire.SyncAnswer, answer.content)

    def stored(self, token: str) -> dict[str, str]:
        """Return the digests that the server tells."""
        return cast("dict[str, str]", self.get(wire.DAYS_PATH, token).json()["days"])

    def profile(self, link: Link) -> dict[str, object]:
        """Return the public JSON of a profile."""
        answer = self.get("/api/v1/profile/" + link.path.removeprefix("/u/"))
        assert answer.status_code == 200
        return cast("dict[str, object]", answer.json())

    def days(self, link: Link) -> list[dict[str, int]]:
        """Return the days that the profile shows; their dates are text nevertheless."""
        return cast("list[dict[str, int]]", self.profile(link)["days"])

    def dates(self, link: Link) -> list[str]:
        """Return the dates that the profile shows."""
        return [str(entry["date"]) for entry in self.days(link)]

    def periods(self, link: Link) -> dict[str, dict[str, int]]:
        """Return the sums that the profile shows, by period."""
        return cast("dict[str, dict[str, int]]", self.profile(link)["periods"])

    def totals(self, link: Link) -> tuple[int, int]:
        """Return the messages and the cost that the profile shows for all time."""
        of_all = self.periods(link)["all"]
        return of_all["messages"], of_all["cost_microusd"]

    def execute(self, statement: str) -> None:
        """Change the private store by hand."""
        with self.app.context.store.write() as connection:
            connection.execute(text(statement))

    @contextmanager
    def public_store_broken(self) -> Generator[None]:
        """Have nothing published until the block ends."""
        self._rename("profiles", "elsewhere")
        yield
        self._rename("elsewhere", "profiles")

    def _rename(self, table: str, name: str) -> None:
        with self.app.public.write() as connection:
            connection.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))


def form_token(page: str) -> str:
    """Find what the form of a page carries."""
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def authorised(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def model(messages: int = 1, cost: int | None = 1_000_000, **members: object) -> Plain:
    """Return one model's part of a day."""
    return {
        "model": "claude-opus-5-5",
        "messages": messages,
        "input_tokens": 10,
        "output_tokens": 100,
        "cache_write_5m_tokens": 1_000,
        "cache_write_1h_tokens": 0,
        "cache_read_tokens": 10_000,
        "cost_microusd": cost,
        **members,
    }


def day(when: str = "2026-11-20", *models: Plain, **members: object) -> Plain:
    """Return a day; of one model where none is named."""
    return {
        "date": when,
        "active_seconds": 3_600,
        "sessions_active": 1,
        "sessions_started": 1,
        "models": list(models or (model(),)),
        **members,
    }


def removed(when: str) -> Plain:
    """Return a day without models."""
    models: list[Plain] = []
    return {**day(when), "models": models}


def body(*days: Plain, **members: object) -> Plain:
    """Return an upload."""
    return {
        "schema": 2,
        "accounting": 1,
        "prices": "2026-11-22",
        "machine": MACHINE,
        "sequence": 1,
        "days": list(days),
        **members,
    }


def fill_with_machines(world: World, link: Link) -> None:
    """Give the only account of a server, which has uploaded nothing, all that it can have."""
    world.upload(link.token, day())
    world.execute(
        f"""
        WITH RECURSIVE others (n) AS (
            SELECT 2 UNION ALL SELECT n + 1 FROM others WHERE n < {MOST_MACHINES}
        )
        INSERT INTO machines SELECT account, printf('%064x', n), n, label, added_on, NULL
        FROM machines, others
        """  # noqa: S608 -- a number of our own
    )


def digest(plain: Mapping[str, object]) -> str:
    """Return the digest of a day, computed without the code under test."""
    row = {name: value for name, value in plain.items() if name != "was"}
    written = json.dumps(row, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def dates(last: str, count: int) -> Sequence[str]:
    """Return *count* dates up to *last*."""
    end = date.fromisoformat(last)
    return [(end - timedelta(days=number)).isoformat() for number in reversed(range(count))]
