"""What the original client uploaded after its account was deleted, and what is shown of it."""

import pytest

from tests.server.original_client import OriginalClient, records
from tests.server.world import World

PAST = ("2026-11-19 09:00", "2026-11-20 10:00")
NAMES = (
    "claude-opus-5-5",
    "claude-opus-5-5-20260901",
    "us.anthropic.claude-opus-5-5-v1:0",
    "claude-opus-5-5[1m]",
)
COST = 40 + 2_000 + 5_000 + 2_000
"""Micro-USD of 10 input at 4, 100 output at 20, 1,000 writes at 5, 10,000 reads at 0.2 a token."""


@pytest.fixture
def client(world: World) -> OriginalClient:
    return OriginalClient(world, records=records(*PAST))


def test_an_account_that_was_made_anew_gets_everything_though_nothing_is_new(
    world: World, client: OriginalClient
) -> None:
    client.sync()
    old = client.token
    world.delete_accounts()
    client.sync()
    assert client.token != old
    assert client.log == ["sent 2, new 2", "sent 2, new 2"]
    client.sync()
    assert client.log[-1] == "nothing new"
    shown = world.days(world.link())
    assert {str(each["date"]): each["messages"] for each in shown if each["messages"]} == {
        "2026-11-19": 1,
        "2026-11-20": 1,
    }


def test_an_account_that_was_made_anew_gets_everything_with_what_is_new(
    world: World, client: OriginalClient
) -> None:
    client.sync()
    world.delete_accounts()
    client.records += records("2026-11-20 11:00")
    client.sync()
    assert client.log[-1] == "sent 3, new 3"
    assert world.totals(world.link()) == (3, 3 * COST)


def test_a_new_account_is_told_nothing_of_the_one_before(
    world: World, client: OriginalClient
) -> None:
    client.sync()
    world.delete_accounts()
    client.link()
    assert world.get(f"/api/coverage?machineId={client.machine}", client.token).json() == {
        "accountWindowEnd": None,
        "hasData": False,
        "machineWindowEnd": None,
    }


def test_rows_of_the_original_client_are_priced_by_the_server_and_shown(
    world: World, client: OriginalClient
) -> None:
    client.sync()
    assert world.totals(world.link()) == (2, 2 * COST)
    assert "$0.02" in world.get(world.link().path).text


def test_names_of_one_model_are_added_up_within_a_share_and_between_two(
    world: World, client: OriginalClient
) -> None:
    client.records = [
        each
        for number, name in enumerate(NAMES)
        for each in records(f"2026-11-20 10:0{number}", model=name)
    ]
    client.sync()
    client.records += records("2026-11-20 11:00", model=NAMES[-1])
    client.sync()
    link = world.link()
    assert world.totals(link) == (5, 5 * COST)
    with world.app.context.store.read() as connection:
        found = connection.exec_driver_sql("SELECT model, messages FROM day_models").all()
    assert [*map(tuple, found)] == [("claude-opus-5-5", 5)]
