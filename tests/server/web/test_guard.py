"""What stands around every request."""

import pytest

from claudeusage_core import wire
from tests.server.world import World


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8787", 200),
        ("localhost:8787", 200),
        ("LOCALHOST:8787", 200),
        ("127.0.0.1", 421),
        ("127.0.0.1:8788", 421),
        ("evil.example", 421),
        ("", 421),
    ],
)
def test_only_the_bound_names_are_answered(world: World, host: str, status: int) -> None:
    for path in ("/", "/api/v1/profile/x"):
        answer = world.get(path, Host=host)
        assert (answer.status_code == 421) is (status == 421)


def test_another_method_is_a_problem_that_names_the_right_ones(world: World) -> None:
    for path in ("/privacy", "/api/v2/me"):
        answer = world.request("PATCH", path)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert "GET" in answer.headers["allow"]


def test_an_address_with_an_endpoint_for_each_method_names_them_all(world: World) -> None:
    for path, methods in ((wire.DAYS_PATH, "GET, PUT"), ("/sign-in", "GET, HEAD, POST")):
        assert world.request("PATCH", path).headers["allow"] == methods


@pytest.mark.parametrize("path", ["/api/x", "/api/v1/profile/a%0Ab", "/api/%0A", "/api/v2/days/"])
def test_nothing_below_the_api_is_a_problem_and_no_page(world: World, path: str) -> None:
    answer = world.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_problem_has_its_members_and_is_not_stored(world: World) -> None:
    answer = world.get("/api/v2/me")
    assert answer.json() == {
        "type": "about:blank",
        "title": "This sync token is not valid.",
        "detail": "Link the computer again.",
        "status": 401,
        "code": "token_dead",
    }
    assert answer.headers["cache-control"] == "no-store"


def test_the_api_describes_itself(world: World) -> None:
    paths = world.get("/api/openapi.json").json()["paths"]
    assert {"/v2/days", "/v2/me", "/v2/token", "/cli/auth/start", "/v1/profile/{name}"} <= {
        path.removeprefix("/api") for path in paths
    }
