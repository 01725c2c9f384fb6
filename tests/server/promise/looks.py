"""What anybody is answered without a session: every address, period and theme, with its headers."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import httpx

from claudeusage_server.drawn.periods import Period
from tests.server.everywhere import addresses, everywhere
from tests.server.world import World

PRIVATE = ("/dashboard", "/device", "/sign-", "/api/")
"""Where addresses begin that are not public; of the API, profiles and the board are."""

PROFILE_JSON = "/api/v1/profile/"
BOARD_JSON = "/api/v1/leaderboard"
ABOUT = ("/u/", PROFILE_JSON)
"""Where addresses begin that tell of one person."""

QUERIES = (
    *(f"?period={period.value}" for period in Period),
    "?period=nothing",
    "?theme=dark",
    "?theme=light",
    "?measure=tokens&period=7",
    "?measure=active",
    "?measure=streak",
    "?measure=sessions&period=all&theme=dark",
    "?country=nl",
    "?around=NAME",
    "?v=1",
)


class Seen(NamedTuple):
    """One answer."""

    asked: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def head(self) -> bytes:
        """Every header but the date."""
        return "\n".join(f"{name}: {value}" for name, value in self.headers).encode()

    @property
    def tells_of_somebody(self) -> bool:
        """Say whether it is about one person."""
        return self.asked.startswith(ABOUT)


def ask(world: World, path: str, **headers: str) -> Seen:
    """Ask as a stranger."""
    return _seen(path, world.get(path, **headers))


def public_addresses(world: World, name: str) -> list[str]:
    """Return every public address, with every query."""
    paths = [path for path in addresses(world, name) if _is_public(path)]
    return [path + query.replace("NAME", name) for path in paths for query in ("", *QUERIES)]


def public_answers(world: World, names: Iterable[str]) -> list[Seen]:
    """Return what every public address answers about some names."""
    asked = {path for name in names for path in public_addresses(world, name)}
    assert not world.cookies
    return [ask(world, path) for path in sorted(asked)]


def other_answers(world: World, name: str) -> Iterator[Seen]:
    """Return what all other addresses and methods answer a stranger."""
    for method, path in everywhere(world, name):
        if method != "GET" or not _is_public(path):
            answer = world.request(method, path, headers={"Origin": world.origin})
            world.cookies.clear()
            yield _seen(f"{method} {path}", answer)


def _is_public(path: str) -> bool:
    return path.startswith((PROFILE_JSON, BOARD_JSON)) or not path.startswith(PRIVATE)


def _seen(asked: str, answer: httpx.Response) -> Seen:
    headers = [(name, value) for name, value in answer.headers.multi_items() if name != "date"]
    return Seen(asked, answer.status_code, tuple(headers), answer.content)
