"""What SQLite leaves behind of a name is gone from the public file soon after the name itself."""

import sqlite3
from contextlib import closing

import pytest

from claudeusage_server.private.visibility import Showing
from tests.server.owners import Choices, choose, named
from tests.server.world import Link, World, day

SHOWN = "Ada, the countess"


@pytest.fixture
def ada(public_world: World) -> Link:
    """Give somebody whose names stand in pages of the public file that nothing refers to."""
    link = named(public_world, "ada-byron")
    choose(public_world, link.account, display_name=SHOWN)
    public_world.upload(link.token, day())
    public_world.app.cut()
    with closing(sqlite3.connect(public_world.data / "public.sqlite3")) as other:
        other.execute("PRAGMA secure_delete = OFF")
        other.execute("CREATE TABLE moved AS SELECT * FROM profiles")
        other.execute("DROP TABLE moved")
        other.commit()
    return link


def held(world: World) -> bytes:
    return b"".join(
        path.read_bytes() for path in world.data.iterdir() if path.name.startswith("public.")
    )


@pytest.mark.parametrize(
    ("choices", "gone"),
    [
        (Choices(showing=Showing.ANONYMOUS), ("ada-byron", SHOWN)),
        (Choices(showing=Showing.HIDDEN), ("ada-byron", SHOWN)),
        (Choices(name="ada-lovelace"), ("ada-byron",)),
        (Choices(display_name=None), (SHOWN,)),
        (Choices(display_name="Ada"), (SHOWN,)),
    ],
)
def test_a_name_that_was_taken_away_is_erased_from_the_public_file(
    public_world: World, ada: Link, choices: Choices, gone: tuple[str, ...]
) -> None:
    choose(public_world, ada.account, **choices)
    assert all(name.encode() in held(public_world) for name in gone)
    public_world.app.make_good()
    assert not any(name.encode() in held(public_world) for name in gone)


@pytest.mark.parametrize(
    "choices", [Choices(live=True), Choices(country="gb"), Choices(on_board=True)]
)
def test_what_takes_no_name_away_writes_no_file_anew(
    public_world: World, ada: Link, choices: Choices
) -> None:
    choose(public_world, ada.account, **choices)
    public_world.app.make_good()
    assert held(public_world).count(SHOWN.encode()) > 1


def test_an_anonymous_name_is_not_worth_a_new_file(public_world: World, ada: Link) -> None:
    eve = public_world.sign_in_as("eve")
    choose(public_world, eve, showing=Showing.NAMED, name="eve")
    public_world.app.make_good()
    assert held(public_world).count(b"ada-byron") > 1
    choose(public_world, ada.account, showing=Showing.HIDDEN)
    public_world.app.make_good()
    assert b"ada-byron" not in held(public_world)
