"""The headers that keep an answer where it belongs, on every kind of answer there is."""

from collections.abc import Callable, Generator
from pathlib import Path

import httpx
import pytest

from claudeusage_core import wire
from claudeusage_server.settings import Limits
from claudeusage_server.web.bodies import SMALL
from tests.server.everywhere import everywhere
from tests.server.world import JSON, PUBLIC_URL, World, authorised, day, public_settings

NEVER = ("server", "last-modified", "x-powered-by", "access-control-allow-origin")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
STORED_NOWHERE = "no-store"
ASKED_AGAIN = "no-cache"
FOR_MINUTES = "max-age=300"
FOR_GOOD = "public, max-age=31536000, immutable"


def is_safe(world: World, answer: httpx.Response, *, elsewhere: bool = False) -> bool:
    """Check what every answer has; *elsewhere* is for drawings that other sites show."""
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy)
    assert "unsafe-inline" not in str(policy) or elsewhere
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["referrer-policy"] == "same-origin"
    resource = "cross-origin" if elsewhere else "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == resource
    transport = answer.headers.get("strict-transport-security")
    assert transport == ("max-age=31536000" if world.origin == PUBLIC_URL else None)
    assert not [name for name in NEVER if name in answer.headers]
    assert all(len(answer.headers.get_list(name)) == 1 for name in answer.headers)
    return True


@pytest.fixture(params=["local", "public"])
def named(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[tuple[World, str]]:
    """Give a server of either kind, and the name of somebody on it."""
    data = tmp_path / "data"
    made = World(data, settings=public_settings(data) if request.param == "public" else None)
    link = made.link_as(made.sign_in_as("somebody"))
    made.cookies.clear()
    made.upload(link.token, day())
    yield made, link.path.removeprefix("/u/")
    made.close()


@pytest.mark.parametrize("signed_in", [False, True])
def test_every_answer_at_every_address_is_safe(named: tuple[World, str], signed_in: bool) -> None:
    world, name = named
    statuses: set[int] = set()
    if signed_in:
        world.sign_in_as("somebody")
    cookies = dict(world.cookies)
    for method, path in everywhere(world, name):
        answer = world.request(method, path, headers=FORM | {"Origin": world.origin})
        drawing = path.endswith(".svg") and path.startswith("/u/") and answer.status_code == 200
        assert is_safe(world, answer, elsewhere=drawing), path
        private = path.startswith(("/api/", "/sign-in", "/device", "/dashboard"))
        told = path.startswith(("/api/v1/profile/", "/api/v1/leaderboard"))
        public_json = told and answer.status_code == 200
        nothing = answer.status_code == 404 and answer.headers["content-type"].startswith("text/")
        if private and not public_json and not nothing:
            assert answer.headers["cache-control"] == STORED_NOWHERE, (method, path)
        if path.startswith(("/u/", "/api/", "/static/", "/privacy", "/healthz")) or path == "/":
            assert "set-cookie" not in answer.headers
            assert "cookie" not in answer.headers.get("vary", "").lower()
        statuses.add(answer.status_code)
        world.cookies = dict(cookies)
    assert {200, 404, 405} <= statuses


@pytest.mark.parametrize(
    ("path", "cache"),
    [
        ("/", ASKED_AGAIN),
        ("/privacy", ASKED_AGAIN),
        ("/u/NAME", ASKED_AGAIN),
        ("/u/NAME?period=7", ASKED_AGAIN),
        ("/api/v1/profile/NAME", ASKED_AGAIN),
        ("/api/v1/leaderboard", ASKED_AGAIN),
        ("/u/NAME/badge.svg?measure=streak", FOR_MINUTES),
        ("/u/NAME/grid.svg", FOR_MINUTES),
        ("/u/NAME/grid.svg?theme=dark", FOR_MINUTES),
        ("/static/site.css?v=1", FOR_GOOD),
        ("/static/icon.svg?v=1", FOR_GOOD),
        ("/static/site.css", ASKED_AGAIN),
        ("/favicon.ico", ASKED_AGAIN),
    ],
)
def test_public_answers_are_kept_as_long_as_they_may_be(
    named: tuple[World, str], path: str, cache: str
) -> None:
    world, name = named
    drawing = path.startswith("/u/") and ".svg" in path
    answer = world.get(path.replace("NAME", name))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, cache)
    again = world.get(path.replace("NAME", name), **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, cache)
    assert is_safe(world, answer, elsewhere=drawing)
    assert is_safe(world, again, elsewhere=drawing)


Asking = Callable[[World], httpx.Response]


def broken(world: World, path: str) -> httpx.Response:
    with world.public_store_broken():
        return world.get(path)


def again_and_again(world: World) -> httpx.Response:
    answers = [world.get(wire.ME_PATH, "cu_live_" + "0" * 48) for _ in range(4)]
    return answers[-1]


KINDS: dict[str, tuple[int, str, Asking]] = {
    "a page that sends on": (303, STORED_NOWHERE, lambda world: world.get("/device")),
    "a page for signing in": (200, STORED_NOWHERE, lambda world: world.get("/sign-in")),
    "no token": (401, STORED_NOWHERE, lambda world: world.get(wire.ME_PATH)),
    "a foreign form": (
        403,
        STORED_NOWHERE,
        lambda world: world.form("/device", {}, origin="https://evil.example"),
    ),
    "no page": (404, ASKED_AGAIN, lambda world: world.get("/u/nobody")),
    "no badge": (404, ASKED_AGAIN, lambda world: world.get("/u/nobody/badge.svg")),
    "no drawing": (404, ASKED_AGAIN, lambda world: world.get("/u/nobody/grid.svg")),
    "no endpoint": (404, STORED_NOWHERE, lambda world: world.get("/api/nothing")),
    "no such method": (405, STORED_NOWHERE, lambda world: world.request("PUT", "/privacy")),
    "no such method of the api": (
        405,
        STORED_NOWHERE,
        lambda world: world.request("POST", wire.ME_PATH),
    ),
    "a large body": (
        413,
        STORED_NOWHERE,
        lambda world: world.request("POST", wire.AUTH_START_PATH, b" " * (SMALL + 1), JSON),
    ),
    "a large form": (
        413,
        STORED_NOWHERE,
        lambda world: world.request(
            "POST", "/device", b" " * (SMALL + 1), FORM | {"Origin": world.origin}
        ),
    ),
    "another type": (
        415,
        STORED_NOWHERE,
        lambda world: world.request("POST", wire.AUTH_START_PATH, b"{}", FORM),
    ),
    "another host": (421, STORED_NOWHERE, lambda world: world.get("/", Host="evil.example")),
    "no object": (422, STORED_NOWHERE, lambda world: world.post(wire.AUTH_START_PATH, [])),
    "too often": (429, STORED_NOWHERE, again_and_again),
    "a page that fails": (500, STORED_NOWHERE, lambda world: broken(world, "/u/nobody")),
    "an endpoint that fails": (
        500,
        STORED_NOWHERE,
        lambda world: broken(world, "/api/v1/profile/x"),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_of_each_kind_is_safe(tmp_path: Path, kind: str) -> None:
    world = World(tmp_path / "data", Limits(uploads="2/minute"))
    status, cache, ask = KINDS[kind]
    answer = ask(world)
    assert (answer.status_code, answer.headers["cache-control"]) == (status, cache)
    assert is_safe(world, answer)
    assert "set-cookie" not in answer.headers
    world.close()


def test_signing_in_sets_a_cookie_that_scripts_and_other_sites_do_not_get(world: World) -> None:
    code = world.post("/api/local/sign-in-code", world.proven("sign-in-code")).json()["code"]
    answer = world.form("/sign-in", {"code": code})
    assert (answer.status_code, answer.headers["cache-control"]) == (303, STORED_NOWHERE)
    assert is_safe(world, answer)
    flags = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= flags
    assert not any(flag.startswith("domain") for flag in flags)


def test_an_upload_is_answered_safely(named: tuple[World, str]) -> None:
    world, _name = named
    token = world.link_as(world.sign_in_as("somebody")).token
    for path in (wire.DAYS_PATH, wire.ME_PATH):
        answer = world.request("GET", path, headers=authorised(token))
        assert (answer.status_code, answer.headers["cache-control"]) == (200, STORED_NOWHERE)
        assert is_safe(world, answer)
