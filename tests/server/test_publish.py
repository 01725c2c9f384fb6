"""Publish: what reaches the public store, and when."""

import sqlite3
import threading
from contextlib import closing
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.processes import eventually
from tests.server.owners import choices_of, choose, named
from tests.server.world import NOON, Link, World, body, dates, day, digest, model, removed


@pytest.fixture
def slow(world: World, link: Link) -> Link:
    """Give an account that is not live, and has published no day yet."""
    world.execute("UPDATE accounts SET live = 0")
    world.app.cut()
    return link


def test_a_live_profile_shows_an_upload_at_once(world: World, link: Link) -> None:
    world.upload(link.token, day("2026-11-23"))
    assert world.dates(link) == ["2026-11-23"]


def test_a_first_upload_shows_the_dates_up_to_the_last_cut(world: World, slow: Link) -> None:
    world.upload(slow.token, *(day(when) for when in dates("2026-11-23", 4)))
    assert world.dates(slow) == ["2026-11-20", "2026-11-21"]


def test_later_uploads_wait_for_the_cut(world: World, slow: Link) -> None:
    world.upload(slow.token, day("2026-11-19"))
    world.upload(slow.token, day("2026-11-20"), day("2026-11-22"), sequence=2)
    assert world.dates(slow) == ["2026-11-19"]
    world.clock.now = NOON + timedelta(days=1)
    world.app.cut()
    assert world.dates(slow) == ["2026-11-19", "2026-11-20", "2026-11-22"]


def test_a_cut_lets_earlier_uploads_through_when_their_date_has_ended(
    world: World, slow: Link
) -> None:
    world.upload(slow.token, day("2026-11-21"), day("2026-11-22"))
    assert world.dates(slow) == ["2026-11-21"]
    world.clock.now = NOON + timedelta(days=1)
    world.app.cut()
    assert world.dates(slow) == ["2026-11-21", "2026-11-22"]


def test_a_profile_that_is_no_longer_live_withdraws_its_last_days(world: World, link: Link) -> None:
    world.upload(link.token, day("2026-11-21"), day("2026-11-22"))
    world.execute("UPDATE accounts SET live = 0")
    world.app.cut()
    assert world.dates(link) == ["2026-11-21"]


def test_a_hidden_account_is_withdrawn(world: World, link: Link) -> None:
    world.upload(link.token, day())
    world.execute("UPDATE accounts SET visible = 0")
    world.app.cut()
    assert world.get(link.path).status_code == 404


def test_publishing_again_changes_nothing(world: World, link: Link) -> None:
    world.upload(link.token, day("2026-11-20"), day("2026-11-21"))
    before = world.get(link.path).content
    world.app.cut()
    world.execute("UPDATE accounts SET generation = generation + 1")
    world.app.cut()
    assert world.get(link.path).content == before


def test_active_time_of_several_computers_ends_with_the_day(world: World, link: Link) -> None:
    world.upload(link.token, day(active_seconds=60_000))
    world.upload(world.link().token, day(active_seconds=50_000), machine="cd" * 32)
    assert world.days(link)[0]["active_seconds"] == 90_000


def test_what_could_not_be_priced_is_told_apart(world: World, link: Link) -> None:
    world.upload(link.token, day("2026-11-20", model(), model(cost=None, model="other")))
    assert world.days(link)[0]["unpriced_tokens"] == 11_110
    assert world.days(link)[0]["tokens"] == 22_220
    assert world.days(link)[0]["cost_microusd"] == 1_000_000


def test_an_upload_is_answered_though_it_cannot_be_published(world: World, link: Link) -> None:
    world.upload(link.token, day("2026-11-19"))
    with world.public_store_broken():
        answer = world.put(link.token, body(day("2026-11-20"), sequence=2))
        assert (answer.status_code, answer.json()["applied"]) == (200, ["2026-11-20"])
        assert world.link().account == link.account
        world.sign_in()
    assert world.dates(link) == ["2026-11-19"]
    assert "2026-11-20" in world.stored(link.token)


def test_what_could_not_be_published_is_published_soon(world: World, link: Link) -> None:
    with world.public_store_broken():
        world.upload(link.token, day())
        world.app.make_good()
    world.app.make_good()
    assert world.dates(link) == ["2026-11-20"]


def test_an_unchanged_upload_makes_good_what_was_not_published(world: World, link: Link) -> None:
    with world.public_store_broken():
        world.upload(link.token, day())
    assert world.upload(link.token, day()).unchanged == ("2026-11-20",)
    assert world.dates(link) == ["2026-11-20"]


def test_an_unchanged_upload_does_not_wait_for_the_public_store(
    world: World, link: Link, caplog: pytest.LogCaptureFixture
) -> None:
    world.upload(link.token, day())
    with closing(sqlite3.connect(world.data / "public.sqlite3")) as other:
        other.execute("BEGIN IMMEDIATE")
        assert world.upload(link.token, day()).unchanged == ("2026-11-20",)
    assert "could not be published" not in caplog.text


def test_uploads_go_on_while_somebody_waits_for_the_public_store(
    public_world: World,
) -> None:
    ada = named(public_world, "ada")
    other = public_world.link_as(public_world.sign_in_as("bob"))
    public_world.upload(ada.token, day("2026-11-19"))
    public_world.upload(other.token, day("2026-11-19"))
    waiting = threading.Thread(
        target=choose, args=(public_world, ada.account), kwargs={"name": "x1"}
    )
    with closing(sqlite3.connect(public_world.data / "public.sqlite3")) as locked:
        locked.execute("BEGIN IMMEDIATE")
        waiting.start()
        eventually(lambda: choices_of(public_world, ada.account).name == "x1")
        for number in range(2, 8):
            public_world.upload(other.token, day("2026-11-20", model(number)), sequence=number)
        assert waiting.is_alive()
    waiting.join()
    assert public_world.get("/u/x1").status_code == 200


EDITS = st.lists(
    st.tuples(st.sampled_from(dates("2026-11-20", 4)), st.integers(0, 3)), min_size=1, max_size=8
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EDITS)
def test_whatever_is_uploaded_the_public_sums_equal_the_private(
    world: World, link: Link, edits: list[tuple[str, int]]
) -> None:
    sequence = world.get("/api/v2/days", link.token).json()["sequence"]
    for when, messages in edits:
        sequence += 1
        was = world.stored(link.token).get(when)
        sent = day(when, model(messages)) if messages else removed(when)
        world.upload(link.token, {**sent, **({"was": was} if was else {})}, sequence=sequence)
    latest = dict(edits)
    left = {when: count for when, count in latest.items() if count}
    stored = world.stored(link.token)
    assert {when: stored.get(when) for when in latest} == {
        when: digest(day(when, model(count))) if count else None for when, count in latest.items()
    }
    visible = {str(entry["date"]): entry["messages"] for entry in world.days(link)}
    assert {when: visible.get(when) for when in latest} == {when: left.get(when) for when in latest}
