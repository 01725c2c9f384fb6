"""One life, lived once; and a server on a copy of what it left behind."""

import logging
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.github_stand_in import GitHubStandIn
from tests.loopback import loopback
from tests.server import handmade_provider
from tests.server.handmade_provider import HandmadeProvider
from tests.server.promise.life import Life, live
from tests.server.promise.marked import copied, settings_for
from tests.server.world import World, logged


class Everything(logging.Handler):
    """All that any logger says, down to the least of it, but for the browser of these tests."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record with its arguments."""
        if record.name.partition(".")[0] not in {"httpx", "httpcore"}:
            self.text += f"{record.name} {self.format(record)} {record.args}\n"


@dataclass(frozen=True)
class Left:
    """A life that is over, and copies of its data folder: amid it, and after the server stopped."""

    life: Life
    amid: Path
    after: Path
    said: str
    """By the loggers of all libraries."""


@pytest.fixture(scope="session")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    folder = tmp_path_factory.mktemp("life")
    google, github = HandmadeProvider(handmade_provider.key("own"), ""), GitHubStandIn()
    everything, root = Everything(), logging.getLogger()
    level = root.level
    root.addHandler(everything)
    root.setLevel(logging.DEBUG)
    try:
        with loopback(google.answer) as one, loopback(github.answer) as other, logged() as logs:
            google.origin, github.origin = one.origin, other.origin
            world = World(
                folder / "data",
                settings=settings_for(folder / "data", google.settings, github.settings),
            )
            google.now = world.app.context.surroundings.seconds
            life = Life(world, google, github, logs)
            live(life)
            amid = copied(world.data, folder / "amid")
            world.close()
    finally:
        root.removeHandler(everything)
        root.setLevel(level)
    return Left(life, amid, world.data, everything.text)


@pytest.fixture
def life(left: Left) -> Life:
    """Give the life that is over; its server answers no more."""
    return left.life


def started(left: Left, data: Path) -> World:
    """Start a server on a copy of what was left."""
    copied(left.after, data)
    return World(data, settings=replace(left.life.world.settings, data=data))


@pytest.fixture
def again(left: Left, tmp_path: Path) -> Generator[World]:
    """Give a server that was started on a copy of what was left."""
    made = started(left, tmp_path / "data")
    yield made
    made.close()
