"""A private store from a backup beside a public one that went on: in the end they agree."""

import re
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from claudeusage_server.backup import back_up
from claudeusage_server.private.accounts import raise_generation
from claudeusage_server.restored import withdraw_unknown
from tests.server.owners import named
from tests.server.world import Link, World, day, model, public_settings

HOSTING = Path(__file__).parents[2] / "docs" / "hosting.md"


class Restoring:
    """A public server, a backup of it, and what it becomes with the backup's private store."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.backup = folder / "backup"
        self.world = World(self.data, settings=public_settings(self.data))

    def joined(self, subject: str) -> Link:
        """Sign somebody up, who uploads a day."""
        link = self.world.link_as(self.world.sign_in_as(subject))
        self.world.upload(link.token, day())
        return link

    def restore(self, *files: str) -> World:
        """Stop the server, copy files back, and start it."""
        self.world.close()
        for name in files:
            shutil.copy(self.backup / name, self.data / name)
        self.world = World(self.data, settings=public_settings(self.data))
        return self.world

    def named(self, public_id: str) -> list[str]:
        """Return the names under which the public store has a profile."""
        with self.world.app.public.read() as connection:
            values = {"public_id": public_id}
            found = text("SELECT name FROM profiles WHERE public_id = :public_id")
            return list(connection.execute(found, values).scalars())


@pytest.fixture
def restoring(tmp_path: Path) -> Generator[Restoring]:
    made = Restoring(tmp_path)
    yield made
    made.world.close()


def test_what_was_uploaded_after_the_backup_is_no_longer_public(restoring: Restoring) -> None:
    link = restoring.joined("first")
    back_up(restoring.data, restoring.backup)
    before = restoring.world.profile(link)
    restoring.world.upload(link.token, day("2026-11-20", model(messages=77)), sequence=2)
    restoring.world.upload(link.token, day("2026-11-19"), sequence=3)
    restoring.world.app.cut()
    assert restoring.world.dates(link) == ["2026-11-19", "2026-11-20"]
    world = restoring.restore("private.sqlite3")
    assert world.app.cut()
    assert world.profile(link) == before


def test_an_account_that_the_backup_does_not_know_is_no_longer_public(
    restoring: Restoring,
) -> None:
    old = restoring.joined("old")
    back_up(restoring.data, restoring.backup)
    new = restoring.joined("new")
    assert restoring.world.get(new.path).status_code == 200
    world = restoring.restore("private.sqlite3")
    assert world.app.cut()
    assert world.get(new.path).status_code == 404
    assert world.get(old.path).status_code == 200


def test_a_country_that_too_few_are_left_with_is_no_longer_shown(restoring: Restoring) -> None:
    names = ["ada", "bob", "cyd", "dan"]
    for name in names:
        named(restoring.world, name, "gb")
    back_up(restoring.data, restoring.backup)
    named(restoring.world, "eve", "gb")
    restoring.world.app.cut()
    assert restoring.world.get("/api/v1/profile/ada").json()["country"] == "gb"
    world = restoring.restore("private.sqlite3")
    countries = [world.get(f"/api/v1/profile/{name}").json()["country"] for name in names]
    assert countries == [None] * 4


def test_a_profile_under_a_later_name_is_taken_back(restoring: Restoring) -> None:
    link = restoring.joined("first")
    back_up(restoring.data, restoring.backup)
    context = restoring.world.app.context
    with context.store.write() as connection:
        values = {"account": link.account}
        change = "UPDATE accounts SET public_id = 'later', anonymous_name = 'anonymous-later'"
        connection.execute(text(f"{change} WHERE account = :account"), values)
        raise_generation(connection, link.account)
    context.publish_at_once(link.account)
    assert restoring.named("later") == ["anonymous-later"]
    world = restoring.restore("private.sqlite3")
    assert world.app.cut()
    assert restoring.named("later") == []
    assert world.get("/u/anonymous-later").status_code == 404
    assert world.get(link.path).status_code == 200


def test_both_stores_of_a_backup_agree_as_they_are(restoring: Restoring) -> None:
    link = restoring.joined("first")
    before = restoring.world.get(link.path).content
    back_up(restoring.data, restoring.backup)
    restoring.world.upload(link.token, day("2026-11-19"), sequence=2)
    world = restoring.restore("private.sqlite3", "public.sqlite3")
    assert world.get(link.path).content == before
    assert withdraw_unknown(world.app.context.store, world.app.public) == 0


def test_a_start_takes_nothing_back_where_nothing_was_restored(restoring: Restoring) -> None:
    links = [restoring.joined(str(number)) for number in range(3)]
    before = [restoring.world.get(link.path).content for link in links]
    world = restoring.restore()
    assert [world.get(link.path).content for link in links] == before


def test_more_profiles_than_are_looked_at_at_once_are_all_looked_at(restoring: Restoring) -> None:
    public = restoring.world.app.public
    with public.write() as connection:
        add = text(
            "INSERT INTO profiles (public_id, name, anonymous, joined_month, live, through,"
            " generation) VALUES (:name, :name, 1, '2026-11', 0, '2026-11-20', 1)"
        )
        connection.execute(add, [{"name": f"{number:04}"} for number in range(2_001)])
    assert withdraw_unknown(restoring.world.app.context.store, public) == 2_001
    assert restoring.named("0000") == restoring.named("2000") == []


def test_who_deleted_an_account_since_is_taken_out_of_the_backup_as_the_page_says(
    restoring: Restoring,
) -> None:
    stays, goes = restoring.joined("stays"), restoring.joined("goes")
    back_up(restoring.data, restoring.backup)
    with restoring.world.app.context.store.write() as connection:
        delete = text("DELETE FROM accounts WHERE account = :account")
        connection.execute(delete, {"account": goes.account})
    restoring.world.close()
    found = re.search(r"sqlite3 \S+ <<'END'\n(.*?)\nEND\n", HOSTING.read_text("utf-8"), re.DOTALL)
    assert found
    statements = found[1].replace("'/var/lib/claudeusage.broken/private.sqlite3'", ":newer")
    with closing(sqlite3.connect(restoring.backup / "private.sqlite3")) as store:
        store.isolation_level = None
        for each in filter(str.strip, statements.split(";")):
            newer = {"newer": str(restoring.data / "private.sqlite3")}
            store.execute(each, newer if ":newer" in each else {})
        assert store.execute("SELECT account FROM days").fetchall() == [(stays.account,)]
    world = restoring.restore("private.sqlite3", "public.sqlite3")
    assert world.app.cut()
    assert world.get(goes.path).status_code == 404
    assert world.get(stays.path).status_code == 200
