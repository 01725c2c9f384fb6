"""Whenever a server dies, at its next start everything that was taken away is gone, or nothing."""

import itertools
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from claudeusage_server.private.deletion import delete_account
from tests.server.killed import Act, breaks_off, is_killed
from tests.server.owners import choose, named
from tests.server.promise import acts
from tests.server.world import Link, World, day, model, public_settings

NAME, SHOWN = "ada-byron", "Ada, the countess"
DATES = ["2026-11-18", "2026-11-19", "2026-11-20"]
HERE: dict[str, object] = {"name": NAME, "display_name": SHOWN, "days": DATES}
"""What anybody is told of the account before."""
SOME_STATEMENTS = (4, 16, 40)
"""One before an act is stored, two while the public store has to follow."""


class Case(NamedTuple):
    """An act, whether the private store has it done, what it takes away, and what is told then."""

    act: Act
    done: str
    gone: tuple[str, ...]
    now: dict[str, object] | None


CASES = [
    Case(acts.rename, "name = 'countess'", (NAME,), HERE | {"name": acts.OTHER_NAME}),
    Case(
        acts.become_anonymous,
        "anonymous = 1",
        (NAME, SHOWN),
        HERE | {"name": "anonymous-", "display_name": None},
    ),
    Case(acts.hide, "visible = 0", (NAME, SHOWN), None),
    Case(acts.drop_display_name, "display_name IS NULL", (SHOWN,), HERE | {"display_name": None}),
    Case(
        acts.remove_second_computer,
        "(SELECT COUNT(*) FROM machines m WHERE m.account = accounts.account) = 1",
        (),
        HERE | {"days": DATES[:2]},
    ),
    Case(delete_account, "visible = 0", (NAME, SHOWN), None),
]
NAMES = [case.act.__name__ for case in CASES]
by_act = pytest.mark.parametrize("case", CASES, ids=NAMES)
killing = pytest.mark.skipif(sys.platform == "win32", reason="Windows kills no process by a signal")


@pytest.fixture
def ada(public_world: World) -> Link:
    """Give somebody with two computers, on the board, and somebody else beside her."""
    link = named(public_world, NAME)
    choose(public_world, link.account, display_name=SHOWN, on_board=True)
    public_world.upload(link.token, day(DATES[0]), day(DATES[1]))
    other = public_world.link_as(link.account).token
    public_world.upload(other, day(DATES[1]), day(DATES[2], model(4)), machine="cd" * 32)
    public_world.upload(named(public_world, "bob").token, day())
    public_world.app.cut()
    return link


@pytest.mark.parametrize("case", CASES[1:-1], ids=NAMES[1:-1])
def test_what_breaks_off_is_done_wholly_or_not_at_all(
    public_world: World, ada: Link, case: Case
) -> None:
    assert stopped(public_world, ada, case, breaks_off, itertools.count(1, 13)) > 1


@killing
@by_act
def test_what_is_killed_is_done_wholly_or_not_at_all(
    public_world: World, ada: Link, case: Case
) -> None:
    assert stopped(public_world, ada, case, is_killed, SOME_STATEMENTS) == 2


@killing
@pytest.mark.long
@by_act
def test_whatever_is_killed_between_any_two_statements_is_done_wholly_or_not_at_all(
    public_world: World, ada: Link, case: Case
) -> None:
    assert stopped(public_world, ada, case, is_killed, itertools.count(1)) > 15


def stopped(
    world: World,
    link: Link,
    case: Case,
    stops: Callable[[Path, Act, str, int], bool],
    statements: Iterable[int],
) -> int:
    """Let an act end before some statements, and start anew; count how often it was done then."""
    world.close()
    outcomes: list[bool] = []
    for statement in statements:
        data = world.data.with_name(f"data-{statement}")
        shutil.copytree(world.data, data)
        ended = stops(data, case.act, link.account, statement)
        again = World(data, settings=public_settings(data))
        outcomes.append(is_whole(again, link, case))
        again.close()
        shutil.rmtree(data)
        if ended:
            break
    assert outcomes == sorted(outcomes)
    return sum(outcomes)


def is_whole(again: World, link: Link, case: Case) -> bool:
    """See that public and private agree; say whether the act was done."""
    done = is_done(again, link, case)
    expected = case.now if done else HERE
    former = again.get(f"/u/{NAME}").status_code
    assert former == (200 if expected and expected["name"] == NAME else 404)
    if expected is not None:
        assert told(again, link) == expected
    again.app.make_good()
    held = b"".join(each.read_bytes() for each in again.data.iterdir() if "public." in each.name)
    assert [name for name in case.gone if name.encode() in held] == ([] if done else [*case.gone])
    assert again.get("/u/bob").status_code == 200
    return done


def is_done(again: World, link: Link, case: Case) -> bool:
    """Ask the private store; an account that is no more was deleted."""
    with again.app.context.store.read() as connection:
        asked = f"SELECT {case.done} FROM accounts WHERE account = ?"  # noqa: S608 -- a condition of our own
        found = connection.exec_driver_sql(asked, (link.account,)).scalar_one_or_none()
    return found is None or bool(found)


def told(again: World, link: Link) -> dict[str, object]:
    """Return what anybody is told of the account; of an anonymous name, how it begins."""
    profile = again.profile(again.link_as(link.account))
    name = str(profile["name"])
    return {
        "name": "anonymous-" if name.startswith("anonymous-") else name,
        "display_name": profile["display_name"],
        "days": again.dates(again.link_as(link.account)),
    }
