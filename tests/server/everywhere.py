"""Every address of a server, with every method: what is walked over by tests about all of them."""

import re
from collections.abc import Iterator

from tests.server.world import World

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
_UNNAMED = ("/static/icon.svg", "/api/openapi.json", "/nothing", "/api/nothing", "/u/x/nothing")
"""Addresses whose routes share an endpoint with others, are not ours, or are none."""


def addresses(world: World, name: str) -> list[str]:
    """Return the path of every route; *name* is whose profile is asked for."""
    paths = {*world.app.paths, *_UNNAMED}
    named = {path.replace("{name}", name) for path in paths}
    return sorted(re.sub(r"\{.*?\}", "google", path) for path in named)


def everywhere(world: World, name: str) -> Iterator[tuple[str, str]]:
    """Return each method with each path."""
    return ((method, path) for path in addresses(world, name) for method in METHODS)
