"""Ending sessions: on this browser, or on every one."""

import pytest

from tests.server.sign_in import form_token
from tests.server.world import World

COOKIE = "__Host-claudeusage"


def signed_in(world: World, session: str) -> bool:
    world.cookies = {COOKIE: session}
    return world.get("/device").status_code == 200


def three_sessions(world: World) -> list[str]:
    """Sign one person in on two browsers, and somebody else on a third; return the sessions."""
    found: list[str] = []
    for subject in ("one", "other", "one"):
        world.sign_in_as(subject)
        found.append(world.cookies.pop(COOKIE))
    first, other, second = found
    return [first, second, other]


@pytest.mark.parametrize(
    ("path", "remaining"),
    [("/sign-out", [False, True, True]), ("/sign-out-everywhere", [False, False, True])],
)
def test_sessions_end_where_they_are_meant_to(
    public_world: World, path: str, remaining: list[bool]
) -> None:
    sessions = three_sessions(public_world)
    assert all(signed_in(public_world, session) for session in sessions)
    public_world.cookies = {COOKIE: sessions[0]}
    answer = public_world.form(path, {"form_token": form_token(public_world)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert public_world.cookies == {}
    assert [signed_in(public_world, session) for session in sessions] == remaining


@pytest.mark.parametrize("path", ["/sign-out", "/sign-out-everywhere"])
def test_another_site_signs_nobody_out(public_world: World, path: str) -> None:
    public_world.sign_in_as("one")
    token = {"form_token": form_token(public_world)}
    assert public_world.form(path, token, origin="https://evil.example").status_code == 403
    assert public_world.form(path, {"form_token": "0" * 64}).status_code == 403
    assert public_world.get(path).status_code == 405
    assert public_world.get("/device").status_code == 200
