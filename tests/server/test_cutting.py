"""Who makes the cut, and who makes good what could not be published."""

import asyncio
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.exc import OperationalError

from claudeusage_server import cutting
from claudeusage_server.cutting import CutTimer
from claudeusage_server.private.deletion import delete_account
from claudeusage_server.public.board import Board
from claudeusage_server.publish import Publisher
from claudeusage_server.surroundings import Surroundings
from tests.processes import PATIENCE_SECONDS
from tests.server.world import Link, Logs, World, day, logged, model


def test_one_process_at_a_time_makes_the_cut(world: World) -> None:
    world.execute("INSERT INTO leases VALUES ('cut', 'another', 1795348805)")
    assert world.clock().timestamp() == 1_795_348_800
    assert world.app.cut() is False
    world.clock.move(seconds=5)
    assert world.app.cut() is True
    assert world.app.cut() is True


@pytest.mark.parametrize("running_before", [True, False])
def test_the_timer_publishes_what_could_not_be_published(
    world: World, link: Link, monkeypatch: pytest.MonkeyPatch, running_before: bool
) -> None:
    monkeypatch.setattr(cutting, "SOON_SECONDS", 0.01)
    world.execute("INSERT INTO leases VALUES ('cut', 'another', 9999999999)")
    context = world.app.context
    publisher = Publisher(context.store, world.app.public, Surroundings(world.clock))
    timer = CutTimer(context.store, publisher, Surroundings(world.clock))

    def fail() -> None:
        with world.public_store_broken():
            world.upload(link.token, day())
            timer.publish(link.account)

    async def run() -> None:
        async with timer.running(), asyncio.timeout(PATIENCE_SECONDS):
            if running_before:
                await asyncio.to_thread(fail)
            while not await asyncio.to_thread(world.dates, link):
                pass

    if not running_before:
        fail()

    asyncio.run(run())


def test_the_timer_erases_what_a_deletion_left(
    public_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "SOON_SECONDS", 0.01)
    context, around = public_world.app.context, Surroundings(public_world.clock)
    account = public_world.sign_in_as("ada")
    publisher = Publisher(context.store, public_world.app.public, around)
    timer = CutTimer(context.store, publisher, around)
    own = replace(context, publish_at_once=timer.publish_at_once)

    async def run() -> None:
        async with timer.running(), asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.to_thread(delete_account, own, account)
            while await asyncio.to_thread(publisher.has_traces):
                pass

    asyncio.run(run())


def test_an_account_that_cannot_be_published_keeps_nobody_else_from_the_cut(
    public_world: World,
) -> None:
    broken, other = (
        public_world.link_as(public_world.sign_in_as(subject)) for subject in ("ada", "grace")
    )
    second = public_world.link_as(broken.account)
    marked = day("2026-11-20", model(input_tokens=11))
    public_world.upload(broken.token, marked)
    public_world.upload(other.token, day("2026-11-20"))
    public_world.upload(second.token, marked, machine="cd" * 32)
    public_world.upload(other.token, day("2026-11-21"), sequence=2)
    # Two of these are more than a BIGINT, so they cannot be added up.
    public_world.execute(
        "UPDATE day_models SET input_tokens = 9223372036854775807 WHERE input_tokens = 11"
    )
    public_world.clock.move(days=1)

    with pytest.raises(OperationalError, match="overflow"):
        public_world.app.cut()
    assert public_world.dates(other) == ["2026-11-20", "2026-11-21"]
    assert public_world.dates(broken) == ["2026-11-20"]
    with public_world.app.public.read() as connection:
        assert Board(connection).through == date(2026, 11, 22)


def test_the_timer_goes_on_after_whatever_a_cut_failed_with(
    world: World, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "_RETRY_AFTER", 0.01)
    context = world.app.context
    publisher = Publisher(context.store, world.app.public, Surroundings(world.clock))
    timer = CutTimer(context.store, publisher, Surroundings(world.clock))
    with world.public_store_broken():
        world.upload(link.token, day())
    world.execute("UPDATE published SET through = 'never'")

    async def run(logs: Logs) -> None:
        async with timer.running(), asyncio.timeout(PATIENCE_SECONDS):
            while "error=ValueError" not in logs.text:
                await asyncio.to_thread(world.get, "/healthz")
            world.execute("DELETE FROM published")
            while not await asyncio.to_thread(world.dates, link):
                pass

    with logged() as logs:
        asyncio.run(run(logs))
