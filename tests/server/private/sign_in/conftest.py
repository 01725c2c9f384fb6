"""Providers that are there for the tests of signing in."""

from collections.abc import Generator
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from tests.github_stand_in import GitHubStandIn, github_stand_in
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


@pytest.fixture
def provider(own_key: RSAKey) -> Generator[HandmadeProvider]:
    """Give a provider whose clock is that of `here`."""
    with handmade_provider.handmade_provider(own_key) as made:
        yield made


@pytest.fixture
def github() -> Generator[GitHubStandIn]:
    with github_stand_in() as made:
        yield made


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
