"""A computer and the server that it uploads to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.computer import Computer
from tests.small_server import SmallServer


@pytest.fixture
def server() -> SmallServer:
    return SmallServer()


@pytest.fixture
def computer(tmp_path: Path, server: SmallServer) -> Iterator[Computer]:
    made = Computer(tmp_path, server)
    made.accept()
    yield made
    made.database.close()
