"""Signing in at a provider, step by step, as a browser of a test does it."""

import dataclasses
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx

from claudeusage_server.settings import GitHub, Google, Limits, Patience, Settings
from tests.server.world import World, public_settings

ATTEMPT = "__Host-claudeusage-attempt"
SESSION = "__Host-claudeusage"
ALERT = re.compile(r'<p role="alert" class="alert">([^<]*)</p>')
HEADING = re.compile(r"<h1>([^<]*)</h1>")
_COUNTS = (
    "SELECT (SELECT count(*) FROM accounts) AS accounts,"
    " (SELECT count(*) FROM identities) AS identities,"
    " (SELECT count(*) FROM sessions) AS sessions"
)

Asked = dict[str, str]


def site(
    data: Path,
    google: Google | None,
    github: GitHub | None = None,
    limits: Limits | None = None,
    provider_seconds: float = 10,
) -> World:
    """Make a server for everybody, with a provider that is there."""
    settings: Settings = dataclasses.replace(
        public_settings(data),
        google=google,
        github=github,
        limits=limits or Limits(),
        patience=Patience(provider=provider_seconds),
    )
    return World(data, settings=settings)


def begin(world: World, provider: str = "google", onward: str = "") -> Asked:
    """Press a button of the sign-in page; return what the provider is asked with."""
    answer = world.get(f"/sign-in/{provider}?next={onward}", **{"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303, answer.text
    return asked_at(answer.headers["location"])


def begin_link(world: World, provider: str = "google") -> httpx.Response:
    """Press the button of the dashboard that links a provider."""
    return world.form(f"/sign-in/{provider}", {"form_token": form_token(world)})


def form_token(world: World) -> str:
    """Return what the forms of this browser's pages carry."""
    return world.app.context.hashes.form_token(world.cookies[world.settings.cookie])


def asked_at(address: str) -> Asked:
    """Read what a provider is asked with."""
    return dict(parse_qsl(urlsplit(address).query))


def linked_at(answer: httpx.Response) -> Asked:
    """Read what a provider is asked with by the page that goes on to it."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', answer.text)
    assert found
    return asked_at(found[1].replace("&amp;", "&"))


def come_back(
    world: World, asked: Asked, provider: str = "google", **answer: str
) -> httpx.Response:
    """Come back from a provider with its answer, and with the state unless it says otherwise."""
    query = httpx.QueryParams({"state": asked["state"], **answer})
    return world.get(f"/sign-in/{provider}/callback?{query}")


def counted(world: World) -> tuple[int, int, int]:
    """Count accounts, identities and sessions."""
    with world.app.context.store.read() as connection:
        found = connection.exec_driver_sql(_COUNTS).one()
        return found.accounts, found.identities, found.sessions


def identities(world: World) -> list[tuple[str, str, str]]:
    """Return account, provider and subject of every identity."""
    with world.app.context.store.read() as connection:
        found = connection.exec_driver_sql("SELECT account, provider, subject FROM identities")
        return sorted((row.account, row.provider, row.subject) for row in found)


def said(answer: httpx.Response) -> str:
    """Return the one sentence above the buttons."""
    alerts = ALERT.findall(answer.text)
    assert len(alerts) == 1
    assert alerts[0].endswith("; try again below.")
    assert answer.headers["cache-control"] == "no-store"
    return str(alerts[0])


def nothing_came_of(world: World, answer: httpx.Response) -> None:
    """See a friendly page, and no account, no session and no attempt that is left."""
    assert answer.status_code in {403, 502}, answer.status_code
    said(answer)
    assert "location" not in answer.headers
    assert world.cookies == {}
    assert counted(world) == (0, 0, 0)
