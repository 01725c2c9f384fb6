"""Somebody with three computers: one that repeats another, and a day of one under review."""

from datetime import timedelta

from sqlalchemy import text

from tests.server.world import NOON, Link, Plain, World, dates, day, model

WORKBENCH, LAPTOP, BUILD_BOX = ("a1" * 32, "b2" * 32, "c3" * 32)
_SHARES = {
    "claude-opus-5-5": 5,
    "claude-sonnet-5": 3,
    "claude-haiku-5": 1,
    "claude-opus-5": 1,
    "claude-sonnet-4-5": 1,
    "claude-fable-5": 2,
}


def settle(world: World, account: str) -> list[Link]:
    """Upload 40 days of a workbench, 31 of a laptop, and 8 of a build box that repeats it."""
    links = [world.link_as(account) for _ in range(3)]
    workbench = [_day(when, 7 + number % 9) for number, when in enumerate(dates("2026-11-22", 40))]
    laptop = [_day(when, 2 + number % 3) for number, when in enumerate(dates("2026-11-20", 31))]
    build_box = [each for each in workbench if "2026-11-14" <= str(each["date"]) <= "2026-11-21"]
    world.clock.now = NOON - timedelta(days=2)
    world.upload(links[0].token, *workbench[:-1], machine=WORKBENCH)
    world.upload(links[1].token, *laptop, machine=LAPTOP)
    world.clock.now = NOON - timedelta(days=1)
    # Two equal days make no twin of a new computer; the others come when it is known.
    world.upload(links[2].token, *build_box[:2], machine=BUILD_BOX)
    world.upload(links[2].token, *build_box, machine=BUILD_BOX, sequence=2)
    world.clock.now = NOON - timedelta(minutes=4)
    world.upload(links[0].token, *workbench, machine=WORKBENCH, sequence=2)
    world.clock.now = NOON
    return links


def fill_dashboard(world: World) -> None:
    """Sign somebody in who has everything that the dashboard can show."""
    account = world.sign_in_as("somebody")
    settle(world, account)
    for number, words in ((1, "workbench"), (2, "travel laptop"), (3, "build box")):
        label(world, account, number, words)
    put_under_review(world, account, 2, "2026-11-18")


def label(world: World, account: str, number: int, words: str) -> None:
    """Call a computer something."""
    with world.app.context.store.write() as connection:
        connection.execute(
            text("UPDATE machines SET label = :w WHERE account = :a AND number = :n"),
            {"w": words, "a": account, "n": number},
        )


def put_under_review(world: World, account: str, number: int, when: str) -> None:
    """Have a day of a computer wait for its owner."""
    with world.app.context.store.write() as connection:
        connection.execute(
            text(
                "UPDATE days SET review = 'cost_above' WHERE account = :a AND date = :d"
                " AND machine = (SELECT machine FROM machines WHERE account = :a AND number = :n)"
            ),
            {"a": account, "d": when, "n": number},
        )


def _day(when: str, size: int) -> Plain:
    models = [
        model(
            size * share,
            size * share * 310_000,
            model=name,
            cache_read_tokens=size * share * 600_000,
        )
        for name, share in _SHARES.items()
    ]
    return day(when, *models, active_seconds=900 * size, sessions_active=3, sessions_started=2)
