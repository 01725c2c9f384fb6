"""What is secret in a life, by kind, and where it is stored; browsers that bear marks."""

import ipaddress
import shutil
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from claudeusage_server.settings import GitHub, Google, Proxies, Settings
from tests.server.country_database import database
from tests.server.promise import written
from tests.server.world import public_settings

COUNTRY_HEADER = "X-Country-Of-The-Visitor"
CITY = "Marked City Name"
LOCATED = {"country": {"iso_code": "NL"}, "city": {"names": {"en": CITY}}}


class Kind(StrEnum):
    """What a secret is."""

    E_MAIL = "e-mail or another detail of a provider"
    SUBJECT = "number of a person at a provider"
    MACHINE = "id of a computer as it was sent"
    HASH = "hash that is stored"
    TOKEN = "token, session or code"
    PROVIDERS = "secret between server and provider"
    ADDRESS = "address"
    REQUEST = "what a request says of its browser or computer"
    ACCOUNT = "account"
    LABEL = "label"
    MOMENT = "moment"
    COUNT = "number of an upload"


STORED: Mapping[str, Kind] = {
    "accounts.account": Kind.ACCOUNT,
    "identities.subject": Kind.SUBJECT,
    "sessions.session": Kind.HASH,
    "sessions.expires_at": Kind.MOMENT,
    "device_requests.device": Kind.HASH,
    "device_requests.user_code": Kind.HASH,
    "device_requests.asked_at": Kind.MOMENT,
    "device_requests.expires_at": Kind.MOMENT,
    "device_requests.polled_at": Kind.MOMENT,
    "machines.machine": Kind.HASH,
    "machines.label": Kind.LABEL,
    "machine_names.name": Kind.HASH,
    "tokens.token": Kind.HASH,
    "tokens.label": Kind.LABEL,
    "tokens.sequence": Kind.COUNT,
    "days.digest": Kind.HASH,
    "receipts.received_at": Kind.MOMENT,
    "receipts.receipt": Kind.HASH,
    "v1_frontiers.end_ms": Kind.MOMENT,
    "v1_frontiers.before_ms": Kind.MOMENT,
    "v1_frontiers.receipt": Kind.HASH,
    "former_names.until": Kind.MOMENT,
    "keys.value": Kind.HASH,
}
"""The columns of the private store whose values are searched for everywhere else."""

OF_NOTHING = (0, None)
"""What is stored in the place of a number or a moment that never was."""


@dataclass
class Person:
    """A browser, and whose it is."""

    cookies: dict[str, str] = field(default_factory=dict[str, str])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    account: str = ""
    tokens: list[str] = field(default_factory=list[str])


def forms(kind: Kind, secret: str, *, hashes: bool) -> set[bytes]:
    """Return every form of a secret; what is left of it by *hashes* where that is asked for."""
    match kind:
        case Kind.ADDRESS:
            return written.of_address(secret)
        case Kind.MOMENT:
            return written.of_moment(datetime.fromisoformat(secret))
        case Kind.COUNT:
            return written.of_number(int(secret))
        case _:
            return written.in_clear(secret) | (written.hashed(secret) if hashes else set())


def settings_for(data: Path, google: Google, github: GitHub) -> Settings:
    """Return the settings of a server behind a proxy that tells addresses and some countries."""
    data.parent.mkdir(parents=True, exist_ok=True)
    countries = data.parent / "countries.mmdb"
    countries.write_bytes(database({"203.0.113.0/24": LOCATED}))
    return replace(
        public_settings(data),
        google=google,
        github=github,
        proxies=Proxies((ipaddress.ip_network("127.0.0.0/8"),), COUNTRY_HEADER),
        country_database=countries,
    )


def browser(address: str, who: str, **headers: str) -> Person:
    """Return a browser that says who it is in every way that a browser has."""
    said = {
        "User-Agent": f"Mozilla/5.0 (marked-agent-of-{who})",
        "Referer": f"https://marked-referer-of-{who}.example/",
        "Accept-Language": f"x-marked-language-{who}",
        "X-Forwarded-For": f"{address}",
        **headers,
    }
    return Person({"tracking": f"marked-cookie-of-{who}"}, said)


def read_moment(value: object) -> datetime:
    """Read a count of seconds or of milliseconds since 1970."""
    number = int(str(value))
    seconds = number / 1000 if number > 10**11 else number
    return datetime.fromtimestamp(seconds, UTC)


def stored(data: Path, column: str) -> Iterable[object]:
    """Return every value of a column of the private store that is no NULL."""
    table, _, name = column.partition(".")
    with closing(sqlite3.connect(data / "private.sqlite3")) as connection:
        rows = connection.execute(f"SELECT {name} FROM {table} WHERE {name} IS NOT NULL")  # noqa: S608 -- names of our own
        return [value for (value,) in rows]


def copied(data: Path, folder: Path) -> Path:
    """Copy a data folder as it is now."""
    return Path(shutil.copytree(data, folder))
