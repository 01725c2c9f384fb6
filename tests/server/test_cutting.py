"""Who makes the cut, and who makes good what could not be published."""

import asyncio
from dataclasses import replace

import pytest

from claudeusage_server import cutting
from claudeusage_server.cutting import CutTimer
from claudeusage_server.private.deletion import delete_account
from claudeusage_server.publish import Publisher
from claudeusage_server.surroundings import Surroundings
from tests.processes import PATIENCE_SECONDS
from tests.server.world import Link, World, day


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
