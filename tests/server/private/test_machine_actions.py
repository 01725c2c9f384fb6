"""Merging and removing computers: what counts afterwards, and what uploads go on to do."""

from collections.abc import Generator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from claudeusage_core import wire
from claudeusage_server.private import machine_actions
from claudeusage_server.private.machines import find_repeating
from claudeusage_server.private.rows import Owner
from tests.server.world import Link, World, dates, day, model

ONE, OTHER, THIRD = "a1" * 32, "b2" * 32, "c3" * 32
DATES = dates("2026-11-20", 5)

Counts = Mapping[str, int]
COUNTS = st.dictionaries(st.sampled_from(DATES), st.integers(1, 4), max_size=5)


def hashed(world: World, link: Link, machine: str) -> str:
    return world.app.context.hashes.machine(link.account, machine)


def merge(world: World, link: Link, machine: str, into: str) -> None:
    with world.app.context.store.write() as connection:
        owner = Owner(link.account, hashed(world, link, machine))
        machine_actions.merge_machine(connection, owner, hashed(world, link, into))
    world.app.context.publish_at_once(link.account)


def remove(world: World, link: Link, machine: str) -> None:
    with world.app.context.store.write() as connection:
        machine_actions.remove_machine(
            connection, Owner(link.account, hashed(world, link, machine))
        )
    world.app.context.publish_at_once(link.account)


def upload(world: World, token: str, machine: str, counts: Counts, sequence: int = 1) -> None:
    days = [day(when, model(number, number * 10)) for when, number in counts.items()]
    world.upload(token, *days, machine=machine, sequence=sequence, twin="separate")


def counted(world: World, link: Link) -> dict[str, int]:
    return {str(each["date"]): each["messages"] for each in world.days(link)}


def rows(world: World, table: str) -> int:
    with world.app.context.store.read() as connection:
        return int(connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one())  # noqa: S608


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    made = World(tmp_path_factory.mktemp("shared"))
    yield made
    made.close()


@settings(max_examples=40)
@given(one=COUNTS, other=COUNTS)
def test_a_day_that_both_have_counts_once_with_more_messages(
    shared: World, one: Counts, other: Counts
) -> None:
    first = shared.link()
    second = shared.link()
    for machine in (ONE, OTHER):
        remove(shared, first, machine)
    upload(shared, first.token, ONE, {**one, "2026-10-01": 1})
    upload(shared, second.token, OTHER, {**other, "2026-10-02": 2})
    merge(shared, first, OTHER, ONE)
    expected = {when: max(one.get(when, 0), other.get(when, 0)) for when in sorted({*one, *other})}
    assert counted(shared, first) == {"2026-10-01": 1, "2026-10-02": 2, **expected}


def two(world: World) -> tuple[Link, Link]:
    """Link two computers of which the second repeats a part of the first."""
    first, second = world.link(), world.link()
    upload(world, first.token, ONE, dict.fromkeys(DATES, 5), sequence=7)
    upload(world, second.token, OTHER, {DATES[0]: 5, DATES[1]: 9})
    upload(world, second.token, OTHER, {DATES[0]: 5, DATES[1]: 9, DATES[2]: 5}, sequence=2)
    return first, second


def test_both_go_on_uploading_and_are_told_that_they_are_one(world: World) -> None:
    first, second = two(world)
    merge(world, first, OTHER, ONE)
    for link, machine in ((first, ONE), (second, OTHER)):
        known = world.get(wire.DAYS_PATH, link.token).json()
        assert (known["shared"], known["sequence"], len(known["days"])) == (True, 7, 5)
        more = day(DATES[4], model(6 if machine == ONE else 4, 10))
        answer = world.upload(link.token, more, machine=machine, sequence=8)
        assert [answer.applied, [kept.reason for kept in answer.kept]] == (
            [(DATES[4],), []] if machine == ONE else [(), ["fewer_messages"]]
        )
    assert counted(world, first) == {**dict.fromkeys(DATES, 5), DATES[1]: 9, DATES[4]: 6}


def test_of_as_many_messages_the_row_with_more_tokens_stays(world: World) -> None:
    first, second = world.link(), world.link()
    world.upload(first.token, day(DATES[0], model(5, input_tokens=20)), machine=ONE)
    world.upload(second.token, day(DATES[0], model(5, input_tokens=30)), machine=OTHER)
    merge(world, first, OTHER, ONE)
    assert [each["tokens"] for each in world.days(first)] == [11_130]


def test_what_is_left_of_a_merged_computer_is_its_id(world: World) -> None:
    first, _second = two(world)
    merge(world, first, OTHER, ONE)
    counts = {table: rows(world, table) for table in ("machines", "machine_names", "tokens")}
    assert counts == {"machines": 1, "machine_names": 2, "tokens": 2}
    assert rows(world, "receipts") == 3
    assert rows(world, "days") == rows(world, "day_models") == 5


def test_a_third_that_repeated_the_merged_one_repeats_the_one_that_stays(world: World) -> None:
    links = [world.link() for _ in range(3)]
    past = dict.fromkeys(DATES[:3], 5)
    upload(world, links[0].token, ONE, past)
    upload(world, links[1].token, OTHER, {"2026-10-01": 1})
    upload(world, links[2].token, THIRD, {**past, DATES[4]: 1})
    assert counted(world, links[0])[DATES[0]] == 5
    merge(world, links[0], ONE, OTHER)
    upload(world, links[2].token, THIRD, {**past, DATES[4]: 2}, sequence=2)
    assert counted(world, links[0])[DATES[0]] == 5


def test_what_the_merged_one_repeated_is_not_counted_under_the_one_that_stays(
    world: World,
) -> None:
    links = [world.link() for _ in range(3)]
    past = dict.fromkeys(DATES[:3], 5)
    upload(world, links[0].token, ONE, past)
    upload(world, links[1].token, OTHER, past)
    upload(world, links[2].token, THIRD, {"2026-10-01": 1})
    merge(world, links[0], OTHER, THIRD)
    upload(world, links[1].token, OTHER, past, sequence=2)
    assert counted(world, links[0])[DATES[0]] == 5


def test_a_removed_computer_takes_its_days_and_its_token_along(world: World) -> None:
    first, second = two(world)
    remove(world, first, OTHER)
    assert counted(world, first) == dict.fromkeys(DATES, 5)
    assert world.get(wire.DAYS_PATH, second.token).status_code == 401
    assert world.get(wire.DAYS_PATH, first.token).status_code == 200
    assert (rows(world, "machine_names"), rows(world, "receipts")) == (1, 1)


def test_the_last_computers_removal_leaves_an_empty_profile(world: World) -> None:
    first, _second = two(world)
    for machine in (ONE, OTHER):
        remove(world, first, machine)
    assert counted(world, first) == {}


@pytest.mark.parametrize(("equal", "found"), [(2, False), (3, True)])
def test_three_equal_days_make_a_later_computer_look_like_an_earlier_one(
    world: World, equal: int, found: bool
) -> None:
    first, second = world.link(), world.link()
    upload(world, first.token, ONE, dict.fromkeys(DATES, 5))
    upload(world, second.token, OTHER, {DATES[4]: 5})
    upload(world, second.token, OTHER, dict.fromkeys(DATES[-equal:], 5), sequence=2)
    with world.app.context.store.read() as connection:
        repeating = find_repeating(connection, first.account)
    pair = {hashed(world, first, OTHER): hashed(world, first, ONE)}
    assert repeating == (pair if found else {})
