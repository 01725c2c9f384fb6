"""What somebody takes away is gone at the next request, from everywhere that anybody can look."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from claudeusage_core import wire
from tests.server.private.dashboard import desk
from tests.server.promise import written
from tests.server.promise.life import BOB_SUBJECT, FORMER, NAME, SHOWN, Life
from tests.server.promise.looks import Seen, ask, public_addresses, public_answers
from tests.server.promise.marked import STORED, Kind, Person
from tests.server.world import NOON, World, body, day, logged

ANONYMOUS = re.compile(r"anonymous-[a-z0-9]{8}")
NOBODY = "nobody-at-all"


def as_person(world: World, person: Person) -> None:
    """Go on in somebody's browser, which is still signed in."""
    world.cookies = dict(person.cookies)
    desk.page(world)


def save(world: World, person: Person, **fields: str) -> None:
    """Save choices on the dashboard, and look on as a stranger."""
    as_person(world, person)
    wanted = {"on_board": "1", "show_country": "1", **fields}
    answer = desk.post(world, "visibility", **wanted)
    assert answer.headers["location"] == "/dashboard?done=saved"
    world.cookies = {}


def dashboard(world: World, person: Person) -> str:
    """Return what somebody sees at the dashboard, and look on as a stranger."""
    as_person(world, person)
    seen = desk.page(world)
    world.cookies = {}
    return seen


def path_of(world: World, person: Person) -> str:
    """Return where somebody's profile is, as the dashboard links it."""
    found = re.search(r'href="(/u/[^"?/]+)"', dashboard(world, person))
    assert found
    return found[1]


def held(folder: Path, beginning: str = "") -> list[tuple[str, bytes]]:
    return [
        (path.name, path.read_bytes())
        for path in folder.iterdir()
        if path.name.startswith(beginning)
    ]


def told(answers: list[Seen]) -> Iterator[tuple[str, bytes]]:
    for seen in answers:
        yield f"head of {seen.asked}", seen.head
        yield seen.asked, seen.body


def forms(*names: str) -> dict[bytes, str]:
    return {form: name for name in names for form in written.in_clear(name)}


def tag(seen: Seen) -> str:
    return dict(seen.headers).get("etag", '"none"')


CHOICES = [
    ({"showing": "anonymous", "name": NAME, "display_name": SHOWN}, (NAME, SHOWN)),
    ({"showing": "hidden", "name": NAME, "display_name": SHOWN}, (NAME, SHOWN)),
    ({"showing": "named", "name": "countess", "display_name": SHOWN}, (NAME,)),
    ({"showing": "named", "name": NAME, "display_name": ""}, (SHOWN,)),
]


@pytest.mark.parametrize(("choice", "gone"), CHOICES)
def test_a_name_is_gone_from_every_surface_at_the_next_request(
    again: World, life: Life, choice: dict[str, str], gone: tuple[str, ...]
) -> None:
    needles = forms(*gone)
    before = public_answers(again, [NAME])
    assert {name for name in gone if any(name.encode() in seen.body for seen in before)} == {*gone}
    save(again, life.ada, **choice)
    addresses = [NAME, NOBODY, *ANONYMOUS.findall(dashboard(again, life.ada)), "countess"]
    after = public_answers(again, addresses)
    assert written.found(needles, told(after)) == []
    assert written.found(needles, held(again.data, "public.")) == []
    for seen in before:
        answer = ask(again, seen.asked, **{"If-None-Match": tag(seen)})
        if any(name.encode() in seen.body for name in gone):
            assert answer.status != 304, seen.asked
        assert written.found(needles, told([answer])) == []
    again.close()
    assert written.found(needles, held(again.data, "public.")) == []


@pytest.mark.parametrize("choice", [choice for choice, gone in CHOICES if NAME in gone])
def test_an_old_address_answers_like_one_that_never_was(
    again: World, life: Life, choice: dict[str, str]
) -> None:
    known = {path: tag(ask(again, path)) for path in public_addresses(again, NAME)}
    save(again, life.ada, **choice)
    about = [path for path in known if NAME in path and path.startswith(("/u/", "/api/v1/"))]
    assert len(about) > 30
    for path in about:
        never = ask(again, path.replace(NAME, NOBODY))
        assert never.status == 404
        for headers in ({}, {"If-None-Match": known[path]}, {"If-None-Match": "*"}):
            old = ask(again, path, **headers)
            assert old._replace(asked="") == never._replace(asked="")


def test_anybody_switches_between_a_name_and_none_at_any_time(again: World, life: Life) -> None:
    shown = again.get(f"/api/v1/profile/{NAME}").json()["days"]
    paths = [f"/u/{NAME}"]
    for number in range(6):
        again.clock.move(minutes=number)
        named = {"showing": "named", "name": NAME, "display_name": SHOWN}
        save(again, life.ada, **(named | ({} if number % 2 else {"showing": "anonymous"})))
        paths.append(path_of(again, life.ada))
        statuses = {path: again.get(path).status_code for path in paths}
        assert statuses.pop(paths[-1]) == 200
        assert set(statuses.values()) == {404}
        assert again.get(f"/api/v1/profile{paths[-1][2:]}").json()["days"] == shown
    anonymous = [path for path in paths if ANONYMOUS.fullmatch(path.removeprefix("/u/"))]
    assert len(set(anonymous)) == 3


def test_who_is_anonymous_is_called_so_everywhere(again: World, life: Life) -> None:
    save(again, life.ada, showing="anonymous", name=NAME, display_name=SHOWN)
    path = path_of(again, life.ada)
    shown = again.get(f"/api/v1/profile{path[2:]}").json()
    assert ANONYMOUS.fullmatch(shown["name"])
    assert (shown["anonymous"], shown["display_name"], shown["country"]) == (True, None, None)
    me = again.get(wire.ME_PATH, life.ada.tokens[0])
    assert me.is_success
    assert NAME not in me.text


def erase(world: World, person: Person) -> None:
    """Delete an account on its dashboard, by typing its name; the files follow soon."""
    name = path_of(world, person).removeprefix("/u/")
    as_person(world, person)
    assert "The account is deleted" in desk.post(world, "delete", name=name).text
    world.cookies = {}
    world.app.make_good()


def only_of(world: World, life: Life, person: Person) -> dict[bytes, str]:
    """Return everything by which the files know an account, and nobody else."""
    with world.app.context.store.read() as connection:
        columns = {
            column: connection.exec_driver_sql(
                f"SELECT DISTINCT {column.partition('.')[2]} FROM {column.partition('.')[0]}"  # noqa: S608 -- names of our own
                " WHERE account = ?",
                (person.account,),
            )
            .scalars()
            .all()
            for column, kind in STORED.items()
            if kind not in {Kind.MOMENT, Kind.COUNT} and not column.startswith("keys.")
        }
    assert all(values for column, values in columns.items() if "device_requests" not in column)
    found = {str(value): column for column, values in columns.items() for value in values if value}
    found |= dict.fromkeys(life.shown[person.account], "name or public id")
    return {form: what for secret, what in found.items() for form in written.in_clear(secret)}


def test_after_deletion_no_file_holds_anything_of_the_account(again: World, life: Life) -> None:
    needles = only_of(again, life, life.ada)
    assert {FORMER, NAME, SHOWN} <= life.shown[life.ada.account]
    assert len([name for name in life.shown[life.ada.account] if ANONYMOUS.fullmatch(name)]) == 1
    assert len(written.found(needles, held(again.data))) > 25
    with logged() as logs:
        erase(again, life.ada)
    assert written.found(needles, held(again.data)) == []
    assert written.found(needles, [("log", logs.text.encode())]) == []
    again.close()
    assert written.found(needles, held(again.data)) == []


def test_after_deletion_nobody_sees_the_profile_or_a_name_of_it(again: World, life: Life) -> None:
    names = [*life.shown[life.ada.account], NOBODY]
    addresses = [name for name in names if " " not in name]
    before = {path: tag(ask(again, path)) for path in public_addresses(again, NAME)}
    erase(again, life.ada)
    answers = public_answers(again, addresses)
    answers += [ask(again, path, **{"If-None-Match": known}) for path, known in before.items()]
    gone = {form: name for name in names if name != NOBODY for form in written.in_clear(name)}
    assert written.found(gone, told(answers)) == []
    assert {seen.status for seen in answers if seen.tells_of_somebody} == {404}


def test_deletion_revokes_every_token_and_every_session(again: World, life: Life) -> None:
    tokens = life.ada.tokens
    assert len(tokens) == 2
    assert all(again.get(wire.ME_PATH, token).status_code == 200 for token in tokens)
    erase(again, life.ada)
    for token in tokens:
        for path in (wire.ME_PATH, wire.DAYS_PATH, "/api/coverage?machineId=" + "a" * 64):
            assert again.get(path, token).status_code == 401
        assert again.put(token, body(day())).status_code == 401
    again.cookies = dict(life.ada.cookies)
    assert again.get("/dashboard").headers["location"].startswith("/sign-in")


def test_who_signs_in_after_a_deletion_is_somebody_new(again: World, life: Life) -> None:
    erase(again, life.bob)
    account = again.sign_in_as(BOB_SUBJECT, "github")
    assert account != life.bob.account
    assert "anonymous-" in path_of(again, Person(dict(again.cookies)))
    assert again.clock.now >= NOON
