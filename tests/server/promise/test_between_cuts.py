"""Between two cuts nothing that an owner does tells anybody when, how often or from where."""

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest

from claudeusage_core import wire
from tests.server.owners import choose, named
from tests.server.private.dashboard import desk
from tests.server.promise.life import ADA_MACHINE, ADA_SUBJECT, BOB_MACHINE, BOB_SUBJECT, NAME, Life
from tests.server.promise.looks import Seen, public_answers
from tests.server.promise.marked import Person
from tests.server.world import NOON, Link, World, body, day, form_token, model, removed

NEXT_CUT = NOON + timedelta(days=1)
OWN_COLUMNS = {"public_id", "name", "generation"}
"""What two people who did the same differ by; a profile's generation is a random number."""


def seen(world: World, life: Life) -> list[Seen]:
    """Return what anybody sees of everybody who is not live."""
    world.cookies = {}
    [anonymous] = [name for name in life.shown[life.bob.account] if name.startswith("anonymous-")]
    return public_answers(world, [NAME, anonymous, "nobody-at-all"])


def file(world: World) -> str:
    """Return a hash of the public store's files."""
    found = sorted(path for path in world.data.iterdir() if path.name.startswith("public."))
    return hashlib.sha256(b"".join(path.read_bytes() for path in found)).hexdigest()


def uploads(world: World, person: Person, machine: str) -> None:
    """Upload twice: a day of today, and one more of long ago with another that is taken back."""
    world.cookies = {}
    token = person.tokens[0]
    stored = world.stored(token)
    assert "2026-11-18" in stored
    sequence = 8_000_000_000_000
    today = day("2026-11-22", model(30))
    assert world.upload(token, today, machine=machine, sequence=sequence).applied
    world.clock.move(hours=1)
    earlier = day("2026-11-10", model(31)), {**removed("2026-11-18"), "was": stored["2026-11-18"]}
    answer = world.upload(token, *earlier, machine=machine, sequence=sequence + 1)
    assert answer.applied == ("2026-11-10", "2026-11-18")


def ada_uploads(world: World, life: Life) -> None:
    uploads(world, life.ada, ADA_MACHINE)


def bob_uploads(world: World, life: Life) -> None:
    uploads(world, life.bob, BOB_MACHINE)


def uploads_are_refused(world: World, life: Life) -> None:
    world.cookies = {}
    token = life.ada.tokens[0]
    implausible = day("2026-11-21", model(50, output_tokens=50_000_000))
    taken = world.upload(token, implausible, machine=ADA_MACHINE, sequence=9_000_000_000_000)
    assert taken.review
    assert world.put(token, body(day(), machine=BOB_MACHINE)).status_code >= 400
    assert world.put_bytes(token, b"{").status_code == 422
    assert world.put("cu_live_" + "0" * 48, body(day())).status_code == 401


def dashboards_are_read(world: World, life: Life) -> None:
    for person in (life.ada, life.bob):
        world.cookies = dict(person.cookies)
        for query in ("", "?done=saved"):
            desk.page(world, query)
        assert world.get("/dashboard/tokens/create").is_success
        assert desk.post(world, "export", format="csv").is_success


def people_sign_in_and_out(world: World, _life: Life) -> None:
    for subject, provider in ((ADA_SUBJECT, "google"), (BOB_SUBJECT, "github"), ("9", "google")):
        world.cookies = {}
        world.sign_in_as(subject, provider)
        token = form_token(desk.page(world))
        assert world.form("/sign-out", {"form_token": token}).is_redirect


def tokens_and_labels_are_made(world: World, life: Life) -> None:
    world.cookies = dict(life.ada.cookies)
    assert desk.post(world, "tokens/create", label="another").is_success
    machine = desk.machines(world)[0]
    assert desk.post(world, "machines/rename", machine=machine, label="other").is_redirect
    assert desk.post(world, "tokens/revoke", token=desk.tokens(world)[-1]).is_redirect


def computers_are_linked_and_denied(world: World, life: Life) -> None:
    world.cookies = dict(life.bob.cookies)
    for decision in ("approve", "deny"):
        started = world.post(wire.AUTH_START_PATH, {}).json()
        assert world.decide(started["userCode"], decision) == 200
        assert world.post(wire.AUTH_POLL_PATH, {"deviceCode": started["deviceCode"]}).is_success


def nothing_is_done(_world: World, _life: Life) -> None:
    """Let the time pass alone."""


Act = Callable[[World, Life], None]
ACTS: list[Act] = [
    ada_uploads,
    bob_uploads,
    uploads_are_refused,
    dashboards_are_read,
    people_sign_in_and_out,
    tokens_and_labels_are_made,
    computers_are_linked_and_denied,
    nothing_is_done,
]


@pytest.mark.parametrize("act", ACTS)
def test_whatever_is_done_changes_no_public_byte_and_no_header(
    again: World, life: Life, act: Act
) -> None:
    before, bytes_before = seen(again, life), file(again)
    again.clock.move(hours=2, minutes=17)
    act(again, life)
    assert seen(again, life) == before
    assert file(again) == bytes_before


def test_a_profile_is_the_same_at_every_hour_until_the_cut(again: World, life: Life) -> None:
    before = seen(again, life)
    ada_uploads(again, life)
    for hours in (1, 11, 12, 13, 23.99):
        again.clock.now = NOON + timedelta(hours=hours)
        assert seen(again, life) == before
    again.clock.now = NEXT_CUT
    again.app.cut()
    after = {each.asked: each for each in seen(again, life)}
    drawings = (f"/u/{NAME}/badge.svg", f"/u/{NAME}/grid.svg")
    for path in (f"/u/{NAME}", *drawings, f"/api/v1/profile/{NAME}"):
        assert after[path] not in before


def test_what_is_uploaded_today_is_public_when_the_day_has_ended_everywhere(
    again: World, life: Life
) -> None:
    ada_uploads(again, life)
    for moment, through in ((NOON, "2026-11-21"), (NEXT_CUT, "2026-11-22")):
        again.clock.now = moment
        again.app.cut()
        shown = again.get(f"/api/v1/profile/{NAME}").json()
        assert shown["through"] == through
        assert max(each["date"] for each in shown["days"]) == through


def test_neither_how_often_nor_from_how_many_computers_is_told(public_world: World) -> None:
    days = [day(when, model(4)) for when in ("2026-11-17", "2026-11-18", "2026-11-19")]
    once, often = named(public_world, "at-once"), named(public_world, "by-bits")
    public_world.clock.now = NOON - timedelta(days=1)
    public_world.upload(once.token, *days, machine="aa" * 32)
    for sequence in range(1, 8):
        public_world.clock.move(minutes=sequence)
        sent = [day(str(each["date"]), model(min(sequence, 4))) for each in days[:2]]
        public_world.upload(often.token, *sent, sequence=sequence, machine="bb" * 32)
    public_world.upload(public_world.link_as(often.account).token, days[2], machine="cc" * 32)
    for link in (once, often):
        choose(public_world, link.account, on_board=True)
    public_world.clock.now = NOON
    public_world.app.cut()
    public_world.cookies = {}
    assert rows_of(public_world, "at-once") == rows_of(public_world, "by-bits")
    assert shown(public_world, once) == shown(public_world, often)


def rows_of(world: World, name: str) -> dict[str, list[list[object]]]:
    """Return every public row about somebody, without what is a name of theirs."""
    found: dict[str, list[list[object]]] = {}
    with closing(sqlite3.connect(world.data / "public.sqlite3")) as connection:
        asked = "SELECT public_id FROM profiles WHERE name = ?"
        [public_id] = connection.execute(asked, (name,)).fetchone()
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            if "public_id" in columns:
                kept = ", ".join(each for each in columns if each not in OWN_COLUMNS)
                rows = connection.execute(
                    f"SELECT {kept} FROM {table} WHERE public_id = ? ORDER BY {kept}",  # noqa: S608 -- names of our own
                    (public_id,),
                )
                found[table] = [list(row) for row in rows]
    assert len(found) > 3
    assert all(found.values())
    return found


def shown(world: World, link: Link) -> list[tuple[int, bytes, int]]:
    """Return what is answered about somebody, without the name."""
    name = link.path.removeprefix("/u/").encode()
    answers = public_answers(world, [name.decode()])
    return [
        (each.status, each.body.replace(name, b"NAME"), len(each.head))
        for each in answers
        if each.tells_of_somebody
    ]
