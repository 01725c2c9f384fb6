"""Providers that are there for the tests of signing in."""

from collections.abc import Generator
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from tests.github_stand_in import GitHubStandIn
from tests.loopback import Loopback, Request, loopback
from tests.server import handmade_provider
from tests.server.handmade_provider import HandmadeProvider
from tests.server.sign_in import site
from tests.server.world import Logs, World, logged


@pytest.fixture(scope="session")
def own_key() -> RSAKey:
    return handmade_provider.key("own")


@pytest.fixture(scope="session")
def other_key() -> RSAKey:
    return handmade_provider.key("other")


def _silent(_request: Request) -> None:
    """Hang up."""


@pytest.fixture(scope="session")
def sockets() -> Generator[tuple[Loopback, Loopback]]:
    """Give what two providers listen on, one after another: to open and close it takes long."""
    with loopback(_silent) as one, loopback(_silent) as other:
        yield one, other


@pytest.fixture
def provider(own_key: RSAKey, sockets: tuple[Loopback, Loopback]) -> HandmadeProvider:
    """Give a provider whose clock is that of `here`."""
    made = HandmadeProvider(own_key, sockets[0].origin)
    sockets[0].answer = made.answer
    return made


@pytest.fixture
def github(sockets: tuple[Loopback, Loopback]) -> GitHubStandIn:
    made = GitHubStandIn(sockets[1].origin)
    sockets[1].answer = made.answer
    return made


@pytest.fixture
def here(tmp_path: Path, provider: HandmadeProvider, github: GitHubStandIn) -> Generator[World]:
    """Give a server on which both providers sign in."""
    made = site(tmp_path / "data", provider.settings, github.settings)
    provider.now = made.app.context.surroundings.seconds
    yield made
    made.close()


@pytest.fixture
def logs() -> Generator[Logs]:
    with logged() as kept:
        yield kept
