"""What the tests of the dashboard share: the page as its owner gets it, and its forms sent."""

import re
from html import unescape

import httpx

from tests.server.world import World, form_token

MACHINE = re.compile(r"/dashboard/machines/remove\?machine=([0-9a-f]{12})")
TOKEN = re.compile(r"/dashboard/tokens/revoke\?token=([0-9a-f]{12})")


def page(world: World, query: str = "") -> str:
    """Return the dashboard."""
    answer = world.get(f"/dashboard{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


def said(page_: str) -> str:
    """Return the words of a page."""
    return " ".join(unescape(re.sub("<[^>]+>", " ", page_)).split())


def machines(world: World) -> list[str]:
    """Return what forms call the computers by, in the order of the page."""
    return MACHINE.findall(page(world))


def tokens(world: World) -> list[str]:
    """Return what forms call the tokens by, in the order of the page."""
    return TOKEN.findall(page(world))


def post(world: World, path: str, **fields: str) -> httpx.Response:
    """Send a form as the page does."""
    token = form_token(page(world))
    return world.form(f"/dashboard/{path}", {"form_token": token, **fields})
