"""The world that the server's tests play in."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.server.world import Link, World, public_settings


@pytest.fixture
def world(tmp_path: Path) -> Generator[World]:
    made = World(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def link(world: World) -> Link:
    return world.link()


@pytest.fixture
def public_world(tmp_path: Path) -> Generator[World]:
    """Give a server for everybody."""
    data = tmp_path / "public-data"
    made = World(data, settings=public_settings(data))
    yield made
    made.close()
