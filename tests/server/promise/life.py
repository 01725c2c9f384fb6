"""A life on a server for everybody, in which everything that is nobody's business bears a mark.

Three people sign in at providers from marked addresses and browsers, link computers of both
clients, upload, label, rename, are refused, and are published; what is secret is kept by kind.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from claudeusage_core import wire
from tests.github_stand_in import E_MAIL as GITHUB_E_MAIL
from tests.github_stand_in import LOGIN, GitHubStandIn
from tests.server.handmade_provider import E_MAIL, HandmadeProvider
from tests.server.original_client import OriginalClient, Record
from tests.server.private.dashboard import desk
from tests.server.promise.marked import (
    CITY,
    COUNTRY_HEADER,
    OF_NOTHING,
    STORED,
    Kind,
    Person,
    browser,
    copied,
    forms,
    read_moment,
    stored,
)
from tests.server.sign_in import ATTEMPT, SESSION, begin, begin_link, come_back, linked_at
from tests.server.world import (
    JSON,
    NOON,
    Logs,
    World,
    body,
    dates,
    day,
    form_token,
    model,
)

BEGINS = datetime(2026, 11, 20, 7, 11, 29, 345_678, UTC)
ADA_SUBJECT, ADA_AT_GITHUB = "118800553311772299447", "48151623421"
BOB_SUBJECT, CAROL_SUBJECT = "90210442233", "104477330055881122669"
ADA_MACHINE, BOB_MACHINE, CAROL_MACHINE = ("a7" * 31 + "3c", "b8" * 31 + "4d", "c9" * 31 + "5e")
FORMER, NAME, SHOWN = "marked-first-name", "ada-lovelace", "Ada, the marked countess"
_DETAILS = {"name": "Marked Person Name", "picture": "https://pictures.example/marked.png"}


@dataclass
class Life:
    """The server in the middle of it, its people, and what is secret."""

    world: World
    google: HandmadeProvider
    github: GitHubStandIn
    logs: Logs
    ada: Person = field(default_factory=Person)
    bob: Person = field(default_factory=Person)
    carol: Person = field(default_factory=Person)
    secrets: defaultdict[Kind, set[str]] = field(default_factory=lambda: defaultdict(set))
    moments: set[datetime] = field(default_factory=set[datetime])
    bodies: list[bytes] = field(default_factory=list[bytes])
    early: list[Path] = field(default_factory=list[Path])
    """The data folder as it was when somebody had just signed up."""
    countries: dict[str, str | None] = field(default_factory=dict[str, str | None])
    """What was stored right after signing up, and after signing in from elsewhere."""
    shown: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """As what each account was ever shown: names and public ids."""
    dashboards: list[str] = field(default_factory=list[str])
    """As they were right after signing up."""

    def keep(self, kind: Kind, *secrets: str) -> None:
        """Remember what is to be found nowhere."""
        self.secrets[kind] |= {each for each in secrets if each}

    def step(self, **by: float) -> None:
        """Let an odd time pass, and remember the moment."""
        self.world.clock.move(**(by or {"minutes": 7, "seconds": 13, "milliseconds": 411}))
        self.moments.add(self.world.clock.now)

    def turn_to(self, person: Person) -> None:
        """Go on in the browser of somebody."""
        self.step()
        self.world.cookies, self.world.headers = person.cookies, person.headers

    def needles(self, *kinds: Kind, hashes: bool = True) -> dict[bytes, str]:
        """Return every form of the secrets of some kinds, with what each is."""
        needles: dict[bytes, str] = {}
        for kind in kinds:
            assert self.secrets[kind], kind
            for secret in self.secrets[kind]:
                for form in forms(kind, secret, hashes=hashes):
                    needles[form] = f"{kind} {secret}"
        return needles


def live(life: Life) -> None:
    """Live it, up to the cut at noon and some minutes more."""
    life.world.clock.now = BEGINS
    life.google.claims = {**_DETAILS, "sub": ADA_SUBJECT}
    life.github.person = dict(_DETAILS)
    life.ada = browser("203.0.113.77", "ada")
    life.bob = browser("2001:db8:17:41:abcd::9", "bob", **{COUNTRY_HEADER: "SE"})
    life.carol = browser("198.51.100.23", "carol", **{COUNTRY_HEADER: "XX"})
    _keep_what_is_known(life)
    _ada(life)
    _bob(life)
    _carol(life)
    _refused(life)
    life.world.cookies, life.world.headers = {}, {}
    life.world.clock.now = NOON
    life.world.app.cut()
    _after_the_cut(life)
    life.keep(Kind.PROVIDERS, *life.google.secrets, *life.github.secrets)
    life.keep(Kind.MOMENT, *(moment.isoformat() for moment in life.moments))
    _keep_what_is_stored(life)


def _keep_what_is_known(life: Life) -> None:
    life.keep(Kind.E_MAIL, E_MAIL, GITHUB_E_MAIL, LOGIN, *_DETAILS.values())
    life.keep(Kind.SUBJECT, ADA_SUBJECT, ADA_AT_GITHUB, BOB_SUBJECT, CAROL_SUBJECT)
    life.keep(Kind.MACHINE, ADA_MACHINE, BOB_MACHINE, CAROL_MACHINE)
    for each in (life.ada, life.bob, life.carol):
        said = dict(each.headers)
        life.keep(Kind.ADDRESS, said.pop("X-Forwarded-For"))
        said.pop(COUNTRY_HEADER, None)
        life.keep(Kind.REQUEST, *said.values(), *each.cookies.values())
    life.keep(Kind.PROVIDERS, life.google.settings.client_secret)
    life.keep(Kind.PROVIDERS, life.github.settings.client_secret)


def _ada(life: Life) -> None:
    """Sign in by both providers, link by both clients, label, rename, and be under review."""
    life.turn_to(life.ada)
    _sign_in_by_google(life, life.ada)
    life.countries["ada"] = accounts(life.world)[life.ada.account]
    _attempted(life, asked := linked_at(begin_link(life.world, "github")))
    come_back(life.world, asked, "github", code=life.github.agree(asked, ADA_AT_GITHUB))
    ada = _link(life, life.ada)
    days = [day(when, model(3)) for when in dates("2026-11-19", 9)]
    _upload(life, ada, *days, machine=ADA_MACHINE, sequence=7_340_033_111_221)
    too_much = day("2026-11-09", model(1, output_tokens=900_000))
    _upload(life, ada, too_much, *days, machine=ADA_MACHINE, sequence=7_340_033_111_229)
    life.step()
    client = OriginalClient(life.world, _approve(life), host="marked-host-of-ada")
    client.version = "marked-cli-version"
    client.records = [
        Record(BEGINS - timedelta(days=each, minutes=19 * each, milliseconds=77), f"marked-{each}")
        for each in (3, 2, 1)
    ]
    client.sync()
    life.step()
    client.records.append(Record(BEGINS - timedelta(minutes=3, milliseconds=501), "marked-0"))
    client.sync()
    life.moments |= {each.at for each in client.records}
    life.keep(Kind.TOKEN, client.token)
    life.ada.tokens.append(client.token)
    life.keep(Kind.MACHINE, client.machine)
    life.keep(Kind.REQUEST, client.version, client.host, *(each.session for each in client.records))
    for number, machine in enumerate(desk.machines(life.world)):
        life.step()
        label = f"marked label of computer {number}"
        assert desk.post(life.world, "machines/rename", machine=machine, label=label).is_redirect
    made = desk.post(life.world, "tokens/create", label="marked label of token").text
    life.keep(Kind.TOKEN, *re.findall(r"cu_live_[0-9a-f]{48}", made))
    assert "marked label of computer 1" in desk.page(life.world)
    choose(life, name=FORMER)
    choose(life, name=NAME, display_name=SHOWN, country="nl")
    assert desk.post(life.world, "export", format="json").is_success


def _bob(life: Life) -> None:
    """Stay anonymous, as most do; be on the board nevertheless."""
    life.turn_to(life.bob)
    _attempted(life, asked := begin(life.world, "github"))
    come_back(life.world, asked, "github", code=life.github.agree(asked, BOB_SUBJECT))
    _keep_session(life, life.bob)
    life.countries["bob"] = accounts(life.world)[life.bob.account]
    token = _link(life, life.bob)
    days = [day(when, model(6)) for when in dates("2026-11-19", 5)]
    _upload(life, token, *days, machine=BOB_MACHINE, sequence=7_340_033_222_119)
    choose(life, showing="anonymous")


def _carol(life: Life) -> None:
    """Be live, under a name."""
    life.turn_to(life.carol)
    life.google.claims = {**_DETAILS, "sub": CAROL_SUBJECT}
    _sign_in_by_google(life, life.carol)
    life.countries["carol"] = accounts(life.world)[life.carol.account]
    life.world.headers[COUNTRY_HEADER] = "SE"
    _sign_in_by_google(life, life.carol)
    life.countries["carol, from elsewhere"] = accounts(life.world)[life.carol.account]
    token = _link(life, life.carol)
    choose(life, name="carol-shaw", live="1")
    _upload(
        life,
        token,
        day("2026-11-19"),
        day("2026-11-20"),
        machine=CAROL_MACHINE,
        sequence=7_340_033_333_117,
    )


def _refused(life: Life) -> None:
    """Ask for what is not there, in wrong ways, with marks in everything that is sent."""
    life.turn_to(life.ada)
    world, token = life.world, life.ada.tokens[0]
    marks = [f"marked-{word}-7f3a" for word in ("query", "path", "body", "state", "code", "token")]
    query, path, planted, state, code, bearer = marks
    life.keep(Kind.REQUEST, *marks, CITY)
    answers = [
        world.get(f"/u/{path}?period={query}"),
        world.get(f"/{path}?{query}={query}"),
        world.get(f"/api/v1/profile/{path}?{query}"),
        world.get(f"/sign-in/google/callback?state={state}&code={code}"),
        world.put(token, {**body(day()), planted: planted}),
        world.put(token, body(day(), machine=planted)),
        world.put(token, body({**day(), "date": planted})),
        world.put_bytes(token, planted.encode()),
        world.request("POST", "/api/ingest", json.dumps({planted: planted}).encode(), JSON),
        world.post("/api/cli/auth/poll", {"deviceCode": planted}),
        world.get(wire.ME_PATH, f"cu_live_{bearer}"),
        world.form("/device", {"code": planted, "decision": planted, "form_token": bearer}),
        world.form("/dashboard/delete", {"name": planted}, origin=f"https://{planted}.example"),
        world.get("/", Host=f"{planted}.example"),
        world.request("BREW", f"/{path}"),
        world.get(f"/device?code={code}"),
    ]
    statuses = {each.status_code for each in answers}
    assert {401, 403, 404, 421, 422} <= statuses
    with world.public_store_broken():
        assert world.get(f"/u/{path}").status_code == 500


def _after_the_cut(life: Life) -> None:
    """Upload what is not public yet, and be seen at one's dashboard."""
    for person, machine, sequence, messages in (
        (life.ada, ADA_MACHINE, 7_340_033_444_113, 4),
        (life.bob, BOB_MACHINE, 7_340_033_555_111, 9),
    ):
        life.turn_to(person)
        sent = day("2026-11-21", model(messages)), day("2026-11-22", model(messages + 1))
        _upload(life, person.tokens[0], *sent, machine=machine, sequence=sequence)
        desk.page(life.world)
    life.world.cookies, life.world.headers = {}, {}


def choose(life: Life, **fields: str) -> None:
    """Save what is chosen on the dashboard."""
    life.step()
    chosen = {"showing": "named", "on_board": "1", "show_country": "1", **fields}
    _keep_shown(life)
    assert desk.post(life.world, "visibility", **chosen).is_redirect
    _keep_shown(life)


def _keep_shown(life: Life) -> None:
    """Remember as what everybody is shown."""
    with life.world.app.context.store.read() as connection:
        asked = "SELECT account, public_id, anonymous_name, name, display_name FROM accounts"
        for account, *names in connection.exec_driver_sql(asked):
            life.shown[account] |= {name for name in names if name}


def _sign_in_by_google(life: Life, person: Person) -> None:
    _attempted(life, asked := begin(life.world))
    code = life.google.agree(asked)
    come_back(life.world, asked, code=code, iss=life.google.origin)
    _keep_session(life, person)


def _keep_session(life: Life, person: Person) -> None:
    life.keep(Kind.TOKEN, life.world.cookies[SESSION])
    life.keep(Kind.TOKEN, form_token(desk.page(life.world)))
    if not person.account:
        data = life.world.data
        life.early.append(copied(data, data.with_name(f"early-{len(life.early)}")))
        known = {each.account for each in (life.ada, life.bob, life.carol)}
        [person.account] = set(accounts(life.world)) - known
        life.dashboards.append(desk.page(life.world))


def accounts(world: World) -> dict[str, str | None]:
    """Return every account with its country."""
    with world.app.context.store.read() as connection:
        found = connection.exec_driver_sql("SELECT account, country FROM accounts")
        return {row.account: row.country for row in found}


def _attempted(life: Life, asked: Mapping[str, str]) -> None:
    cookie = life.world.cookies[ATTEMPT]
    life.keep(Kind.PROVIDERS, cookie, *cookie.split("."), asked["state"], asked["code_challenge"])
    life.secrets[Kind.PROVIDERS] -= {each for each in cookie.split(".") if len(each) < 16}


def _link(life: Life, person: Person) -> str:
    """Link a computer as its person does it; keep its codes and its token."""
    life.step()
    started = life.world.post("/api/cli/auth/start", {}).json()
    life.keep(Kind.TOKEN, started["deviceCode"], started["userCode"])
    assert life.world.decide(started["userCode"], "approve") == 200
    life.step(seconds=6)
    polled = life.world.post("/api/cli/auth/poll", {"deviceCode": started["deviceCode"]}).json()
    life.keep(Kind.TOKEN, polled["token"])
    person.tokens.append(polled["token"])
    return str(polled["token"])


def _approve(life: Life) -> Callable[[World, str], None]:
    def approve(world: World, code: str) -> None:
        life.keep(Kind.TOKEN, code)
        assert world.decide(code, "approve") == 200

    return approve


def _upload(life: Life, token: str, *days: dict[str, object], **members: object) -> None:
    life.step()
    sent = wire.canonical(body(*days, **members))
    answer = life.world.put_bytes(token, sent)
    assert answer.is_success, answer.text
    life.bodies.append(sent)
    life.keep(Kind.COUNT, str(members["sequence"]))


def _keep_what_is_stored(life: Life) -> None:
    for column, kind in STORED.items():
        values = stored(life.world.data, column)
        assert values or column == "device_requests.device", column
        if kind is Kind.MOMENT:
            life.keep(
                kind,
                *(read_moment(value).isoformat() for value in values if value not in OF_NOTHING),
            )
        else:
            life.keep(kind, *(str(value) for value in values if value not in OF_NOTHING))
