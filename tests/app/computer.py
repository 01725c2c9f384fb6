"""A computer that uploads: a ledger with rows, and what it does about them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from claudeusage_app.api import Api
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.journal import Journal
from claudeusage_app.ledger.uploads import Account
from claudeusage_app.sync import Numbers, Prepared, Uploaded, Uploads
from claudeusage_core.payload import NO_WISH, Wish
from claudeusage_core.usage import DailyUsage, ModelUsage, TokenCounts
from tests.small_server import TOKEN, SmallServer

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MACHINE = "ab" * 32
DAYS = ("2026-11-20", "2026-11-21", "2026-11-22")


def row(day: str, messages: int = 3, model: str = "claude-opus-5-5") -> DailyUsage:
    models = (ModelUsage(model, messages, TokenCounts(1, 10 * messages, 2, 3, 4), 500),)
    return DailyUsage(date.fromisoformat(day), 60, 1, 1, models)


class Computer:
    """A ledger with rows, and what it does about them."""

    def __init__(self, folder: Path, server: SmallServer, token: str = TOKEN) -> None:
        self.server = server
        self.now = NOW
        self.database = Database(folder / "ledger.sqlite3")
        self.account = Account(server.origin, server.grants[token].account)
        self.token = token
        self.numbers = Numbers([row(day) for day in DAYS], NOW.date(), MACHINE, "2026-11-22")
        self.api = Api(server.origin, server.transport())

    def has(self, *rows: DailyUsage, today: date | None = None) -> None:
        self.numbers = replace(self.numbers, rows=rows, today=today or self.numbers.today)

    def uploads(self) -> Uploads:
        return Uploads(self.database, self.account, self.token)

    def prepare(self, *, same_computer: bool = False, wish: Wish = NO_WISH) -> Prepared | None:
        server = self.api.days(self.token)
        return self.uploads().prepare(
            self.numbers, server, self.now, same_computer=same_computer, wish=wish
        )

    def prepared(self) -> Prepared:
        prepared = self.prepare()
        assert prepared is not None
        return prepared

    def accept(self) -> None:
        Journal(self.database, self.account).accept(NOW)

    def upload(self, prepared: Prepared) -> Uploaded:
        return self.uploads().upload(prepared, self.api, self.now)

    def sync(self) -> Uploaded | None:
        prepared = self.prepare()
        return None if prepared is None else self.upload(prepared)


def days_of(body: bytes) -> dict[str, Mapping[str, Any]]:
    return {day["date"]: day for day in json.loads(body)["days"]}


def messages(server: SmallServer) -> dict[str, int]:
    return {day: row.size[0] for day, row in server.stored().items()}
