"""Review: what no usage adds up to reaches its owner and nobody else, and history waits."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from claudeusage_core import wire
from claudeusage_server.checks import CHECKS, ReviewReason
from claudeusage_server.private.review import Reviewed, how_to_fix, reviewed_rows
from claudeusage_server.settings import Settings
from tests.server.original_bodies import bucket, ingest, share
from tests.server.original_client import OriginalClient, records
from tests.server.world import (
    JSON,
    NOON,
    Link,
    Plain,
    World,
    authorised,
    dates,
    day,
    model,
    public_settings,
    removed,
)

TODAY = NOON.date()
OLD = "2026-10-07"
"""46 days before the first upload."""
DEAR = model(cost=3_000_000_000)


@pytest.fixture
def owner(public_world: World) -> Link:
    return public_world.link_as(public_world.sign_in_as("somebody"))


def told(answer: wire.SyncAnswer) -> dict[str, str]:
    """Return the reason of each day that is under review."""
    return {each.date: each.reason for each in answer.review}


def marks(world: World) -> dict[str, str | None]:
    """Return what the private store says of each date."""
    with world.app.context.store.read() as connection:
        found = connection.execute(text("SELECT date, review FROM days ORDER BY date, machine"))
        return {row.date: row.review for row in found}


def reviewed(world: World, account: str) -> list[Reviewed]:
    with world.app.context.store.read() as connection:
        return reviewed_rows(connection, account)


def public_bytes(world: World, link: Link) -> bytes:
    """Return everything that anybody may see of a profile, and the public store itself."""
    name = link.path.removeprefix("/u/")
    paths = (link.path, link.path + "?period=all", link.path + "/grid.svg", "/")
    answers = [world.get(path).content for path in (*paths, f"/api/v1/profile/{name}")]
    statements = ("SELECT * FROM days", "SELECT * FROM day_models")
    with world.app.public.read() as connection:
        tables = [repr(connection.execute(text(each)).all()).encode() for each in statements]
    return b"\n".join((*answers, *tables))


def test_an_implausible_row_is_told_and_never_shown(public_world: World, owner: Link) -> None:
    public_world.upload(owner.token, day("2026-11-20"))
    public_world.app.cut()  # the front page says up to when there is a board
    before = public_bytes(public_world, owner)
    answer = public_world.upload(owner.token, day("2026-11-19", DEAR), sequence=2)
    assert answer.applied == ("2026-11-19",)
    assert told(answer) == {"2026-11-19": "cost_above"}
    public_world.app.cut()
    assert b"2026-11-20" in before
    assert public_bytes(public_world, owner) == before
    assert set(public_world.stored(owner.token)) == {"2026-11-19", "2026-11-20"}


def test_a_plausible_row_in_its_place_is_shown(public_world: World, owner: Link) -> None:
    public_world.upload(owner.token, day("2026-11-19", DEAR), day("2026-11-20"))
    answer = public_world.upload(owner.token, day("2026-11-19", model(2)), sequence=2)
    assert (answer.applied, told(answer)) == (("2026-11-19",), {})
    public_world.app.cut()
    assert public_world.dates(owner) == ["2026-11-19", "2026-11-20"]


def test_an_implausible_row_in_the_place_of_another_is_withdrawn(
    public_world: World, owner: Link
) -> None:
    public_world.upload(owner.token, day("2026-11-19"), day("2026-11-20"))
    assert public_world.dates(owner) == ["2026-11-19", "2026-11-20"]
    public_world.upload(owner.token, day("2026-11-19", model(2, 10**12)), sequence=2)
    public_world.app.cut()
    assert public_world.dates(owner) == ["2026-11-20"]


def test_another_computers_row_of_the_same_date_stays(public_world: World, owner: Link) -> None:
    public_world.upload(owner.token, day("2026-11-20", DEAR))
    other = public_world.link_as(owner.account)
    assert told(public_world.upload(other.token, day("2026-11-20"), machine="cd" * 32)) == {}
    public_world.app.cut()
    assert public_world.totals(owner) == (1, 1_000_000)


def test_who_asks_again_is_told_the_same(public_world: World, owner: Link) -> None:
    sent = (day("2026-11-18", DEAR), day("2026-11-19", model(5, 3_000_000_000)))
    first = public_world.upload(owner.token, *sent)
    again = public_world.upload(owner.token, *sent, day("2026-11-20"), sequence=2)
    assert again.unchanged == ("2026-11-18", "2026-11-19")
    assert told(again) == told(first) == dict.fromkeys(again.unchanged, "cost_above")
    fewer = public_world.upload(owner.token, day("2026-11-19", model(1)), sequence=3)
    assert [each.date for each in fewer.kept] == ["2026-11-19"]
    assert told(fewer) == {"2026-11-19": "cost_above"}


def test_only_days_of_the_body_are_told(public_world: World, owner: Link) -> None:
    public_world.upload(owner.token, day("2026-11-18"), day("2026-11-19", DEAR), day("2026-11-20"))
    sent = (day("2026-11-18"), day("2026-11-20", model(2)))
    assert told(public_world.upload(owner.token, *sent, sequence=2)) == {}


def test_a_row_that_was_removed_is_not_under_review(public_world: World, owner: Link) -> None:
    public_world.upload(owner.token, day("2026-11-19", DEAR))
    answer = public_world.upload(owner.token, removed("2026-11-19"), sequence=2, recount=True)
    assert (answer.applied, told(answer)) == (("2026-11-19",), {})


def test_a_local_server_checks_nothing(world: World, link: Link) -> None:
    answer = world.upload(link.token, day("2026-11-19", DEAR), day("2026-01-01"))
    assert told(answer) == {}
    assert world.dates(link) == ["2026-01-01", "2026-11-19"]


def reopened(world: World, *, review: bool) -> World:
    """Start the server anew on the same folder, at the same time, with review on or off."""
    world.close()
    made = World(world.data, settings=replace(public_settings(world.data), review=review))
    made.clock.now = world.clock.now
    return made


def unreviewed(tmp_path: Path) -> Settings:
    return replace(public_settings(tmp_path / "data"), review=False)


def test_a_server_with_review_off_checks_nothing(tmp_path: Path) -> None:
    world = World(tmp_path / "data", settings=unreviewed(tmp_path))
    link = world.link_as(world.sign_in_as("somebody"))
    assert told(world.upload(link.token, day("2026-11-19", DEAR), day(OLD))) == {}
    assert world.dates(link) == [OLD, "2026-11-19"]
    world.close()


def test_switching_review_off_shows_what_was_under_review(tmp_path: Path) -> None:
    data = tmp_path / "data"
    before = World(data, settings=public_settings(data))
    link = before.link_as(before.sign_in_as("somebody"))
    before.upload(link.token, day("2026-11-19", DEAR), day(OLD), day("2026-11-20"))
    assert before.dates(link) == ["2026-11-20"]
    world = reopened(before, review=False)
    world.app.cut()
    assert world.dates(link) == [OLD, "2026-11-19", "2026-11-20"]
    assert set(marks(world).values()) == {None}
    world.close()


def test_switching_review_on_leaves_the_rows_that_are_there(tmp_path: Path) -> None:
    before = World(tmp_path / "data", settings=unreviewed(tmp_path))
    link = before.link_as(before.sign_in_as("somebody"))
    before.upload(link.token, day("2026-11-19", DEAR), day(OLD))
    world = reopened(before, review=True)
    answer = world.upload(link.token, day("2026-11-19", DEAR), day("2026-10-01"), sequence=2)
    assert (answer.unchanged, told(answer)) == (("2026-11-19",), {})
    world.app.cut()
    assert world.dates(link) == ["2026-10-01", OLD, "2026-11-19"]
    more = model(2, 3_000_000_000)
    answer = world.upload(link.token, day("2026-11-19", more), sequence=3)
    assert told(answer) == {"2026-11-19": "cost_above"}
    world.close()


# History


def test_the_history_of_a_new_account_waits(public_world: World, owner: Link) -> None:
    answer = public_world.upload(owner.token, day(OLD), day("2026-10-08"), day("2026-11-20"))
    assert told(answer) == {OLD: "history"}
    public_world.app.cut()
    assert public_world.dates(owner) == ["2026-10-08", "2026-11-20"]


def test_history_is_let_go_by_the_first_row_that_is_seven_days_later(
    public_world: World, owner: Link
) -> None:
    past = dates(OLD, 300)
    public_world.upload(owner.token, *(day(each) for each in past), day("2026-11-22"))
    public_world.clock.move(days=7)
    assert told(public_world.upload(owner.token, day("2026-11-28"), sequence=2)) == {}
    assert list(marks(public_world).values()).count("history") == 300
    answer = public_world.upload(owner.token, day("2026-11-29"), day(OLD), sequence=3)
    assert told(answer) == {}
    assert set(marks(public_world).values()) == {None}
    public_world.app.cut()
    assert public_world.dates(owner) == [*past, "2026-11-22", "2026-11-28"]
    later = public_world.upload(owner.token, day("2025-01-01"), sequence=4)
    assert told(later) == {}


def test_one_body_may_bring_the_history_and_the_row_that_lets_it_go(
    public_world: World, owner: Link
) -> None:
    public_world.upload(owner.token, day("2026-11-22"))
    public_world.clock.move(days=7)
    answer = public_world.upload(owner.token, day("2026-10-01"), day("2026-11-29"), sequence=2)
    assert told(answer) == {}
    public_world.app.cut()
    assert public_world.dates(owner) == ["2026-10-01", "2026-11-22"]


def test_only_a_row_that_passes_lets_history_go(public_world: World, owner: Link) -> None:
    public_world.upload(owner.token, day(OLD), day("2026-11-22"))
    public_world.clock.move(days=9)
    answer = public_world.upload(owner.token, day("2026-11-30", DEAR), sequence=2)
    assert told(answer) == {"2026-11-30": "cost_above"}
    assert marks(public_world)[OLD] == "history"


def test_what_fails_another_check_is_not_let_go_with_history(
    public_world: World, owner: Link
) -> None:
    answer = public_world.upload(owner.token, day(OLD), day("2026-10-01", DEAR))
    assert told(answer) == {OLD: "history", "2026-10-01": "cost_above"}
    public_world.clock.move(days=7)
    public_world.upload(owner.token, day("2026-11-29"), sequence=2)
    kept = {"2026-10-01": "cost_above", OLD: None, "2026-11-29": None}
    assert marks(public_world) == kept


def test_an_account_does_not_grow_by_another(public_world: World, owner: Link) -> None:
    other = public_world.link_as(public_world.sign_in_as("somebody else"))
    for link, machine in ((owner, "ab" * 32), (other, "cd" * 32)):
        public_world.upload(link.token, day(OLD), machine=machine)
    public_world.clock.move(days=8)
    public_world.upload(other.token, day("2026-11-30"), machine="cd" * 32, sequence=2)
    assert reviewed(public_world, other.account) == []
    answer = public_world.upload(owner.token, day(OLD), day("2026-10-01"), sequence=2)
    assert told(answer) == {OLD: "history", "2026-10-01": "history"}


def test_an_account_from_before_the_date_was_kept_has_grown(
    public_world: World, owner: Link
) -> None:
    public_world.upload(owner.token, day("2026-11-20"))
    public_world.execute("UPDATE accounts SET first_upload_on = NULL")
    assert told(public_world.upload(owner.token, day(OLD), sequence=2)) == {}


def test_an_upload_of_nothing_begins_nothing(public_world: World, owner: Link) -> None:
    public_world.upload(owner.token)
    public_world.clock.move(days=1)
    public_world.upload(owner.token, day("2026-11-23"), sequence=2)
    with public_world.app.context.store.read() as connection:
        begun = connection.execute(text("SELECT first_upload_on FROM accounts")).scalar_one()
    assert begun == "2026-11-23"


# The original client


def original(world: World, link: Link, *buckets: Plain, **members: object) -> None:
    sent = wire.canonical(ingest(*buckets, **members))
    answer = world.request("POST", "/api/ingest", sent, JSON | authorised(link.token))
    assert answer.status_code == 200, answer.text


def test_rows_of_the_original_client_are_checked_too(public_world: World, owner: Link) -> None:
    shares = {"claude-opus-4-6": share(outputTokens=10**7)}
    original(public_world, owner, bucket(), bucket("2026-11-19", models=shares), bucket(OLD))
    expected = {OLD: "history", "2026-11-19": "output_per_message", "2026-11-20": None}
    assert marks(public_world) == expected
    public_world.app.cut()
    assert public_world.dates(owner) == ["2026-11-20"]


def test_days_that_the_original_client_counted_pass(public_world: World, owner: Link) -> None:
    client = OriginalClient(public_world, token=owner.token)
    for times in (
        ("2026-11-19 09:00", "2026-11-20 23:58"),
        ("2026-11-21 00:02", "2026-11-21 09:00"),
    ):
        client.records += records(*times)
        client.sync()
    client.sync(full=True)
    assert client.log[:2] == ["sent 2, new 2", "sent 2, new 2"]
    assert marks(public_world) == dict.fromkeys(("2026-11-19", "2026-11-20", "2026-11-21"))


# What the owner is told


def test_the_owner_is_told_what_was_reported_and_what_is_plausible(
    public_world: World, owner: Link
) -> None:
    dear = model(2, 21_200_000, input_tokens=10**6, output_tokens=0, cache_write_5m_tokens=0)
    public_world.upload(
        owner.token,
        day("2026-11-20"),
        day("2026-11-19", dear | {"cache_read_tokens": 0}),
        day("2026-11-18", model(2, 1, input_tokens=10**6)),
        day("2026-11-17", model(3, output_tokens=400_000, cost=None)),
        day("2026-11-16", model(1, input_tokens=2_000_001, cost=None)),
        day("2026-11-15", model(), active_seconds=93_600),
        day("2026-11-14", model(4), sessions_active=5),
        day("2026-11-13", model(4), sessions_started=2),
        day("2026-11-12", model(0, None), sessions_active=0, sessions_started=0),
        day(OLD),
    )
    found = [
        (each.date, each.reason, each.reported, each.plausible.replace("\u202f", " "))
        for each in reviewed(public_world, owner.account)
    ]
    titles = {reason: check.title for reason, check in CHECKS.items()}
    assert titles[ReviewReason.COST_ABOVE] == "Cost is above the dearest reading of these tokens"
    assert [(each[0], each[1]) for each in found] == [
        ("2026-11-19", titles[ReviewReason.COST_ABOVE]),
        ("2026-11-18", titles[ReviewReason.COST_BELOW]),
        ("2026-11-17", titles[ReviewReason.OUTPUT]),
        ("2026-11-16", titles[ReviewReason.PROMPT]),
        ("2026-11-15", titles[ReviewReason.ACTIVE_TIME]),
        ("2026-11-14", titles[ReviewReason.SESSIONS_ACTIVE]),
        ("2026-11-13", titles[ReviewReason.SESSIONS_STARTED]),
        ("2026-11-12", titles[ReviewReason.NO_MESSAGES]),
        (OLD, titles[ReviewReason.HISTORY]),
    ]
    assert [(each[2].replace("\u202f", " "), each[3]) for each in found] == [
        ("$21.20", "$2.00 – $10.80"),
        ("< $0.01", "$2.00 – $10.82"),
        ("400,000 tokens", "at most 384,000 tokens"),
        ("2,011,001 tokens", "at most 2,000,000 tokens"),
        ("26 h 00 m", "at most 25 h 00 m"),
        ("5 sessions", "at most 4 sessions"),
        ("2 started", "at most 1 started"),
        ("11,110 tokens", "at most 0 tokens"),
        ("7 Oct 2026", "shown from 29 Nov 2026 on"),
    ]


def test_every_reason_has_something_that_its_owner_can_do(public_world: World, owner: Link) -> None:
    public_world.upload(owner.token, day("2026-11-20", DEAR))
    (row,) = reviewed(public_world, owner.account)
    assert row.how_to_fix == how_to_fix(ReviewReason.COST_ABOVE)
    assert all(how_to_fix(reason).endswith(".") for reason in ReviewReason)
    assert "go on syncing" in how_to_fix(ReviewReason.HISTORY)


def test_nobody_is_told_of_anothers_rows(public_world: World, owner: Link) -> None:
    public_world.upload(owner.token, day("2026-11-20", DEAR))
    other = public_world.sign_in_as("somebody else")
    assert reviewed(public_world, other) == []
    assert TODAY - date.fromisoformat(OLD) == timedelta(days=46)
