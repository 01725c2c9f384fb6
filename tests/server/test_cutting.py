"""Who makes the cut."""

from tests.server.world import World


def test_one_process_at_a_time_makes_the_cut(world: World) -> None:
    world.execute("INSERT INTO leases VALUES ('cut', 'another', 1795348805)")
    assert world.clock().timestamp() == 1_795_348_800
    assert world.app.cut() is False
    world.clock.move(seconds=5)
    assert world.app.cut() is True
    assert world.app.cut() is True
