"""Rate limits, through the application."""

import ipaddress
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from claudeusage_core import wire
from claudeusage_server.settings import Limits, Proxies, Settings
from tests.server.world import (
    JSON,
    World,
    authorised,
    body,
    day,
    form_token,
    public_settings,
)


@pytest.fixture
def strict(tmp_path: Path) -> Generator[World]:
    made = World(tmp_path / "strict", Limits(uploads="2/minute", device_starts="2/hour"))
    yield made
    made.close()


def test_too_many_requests_with_one_token_wait(strict: World) -> None:
    token = strict.link().token
    answers = [strict.get(wire.ME_PATH, token) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    assert strict.get(wire.ME_PATH, strict.link().token).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "most"),
    [
        ("PUT", wire.DAYS_PATH, 60),
        ("GET", wire.DAYS_PATH, 60),
        ("GET", wire.ME_PATH, 60),
        ("DELETE", wire.TOKEN_PATH, 60),
        ("POST", wire.AUTH_START_PATH, 3_600),
    ],
)
def test_who_has_to_wait_is_told_for_how_many_whole_seconds(
    strict: World, method: str, path: str, most: int
) -> None:
    token = strict.link().token
    for _ in range(2):
        strict.get(wire.ME_PATH, token)
        strict.post(wire.AUTH_START_PATH, {})
    sent = wire.canonical(body(day()))
    answer = strict.request(method, path, sent, JSON | authorised(token))
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"].isdecimal()
    assert 1 <= int(answer.headers["retry-after"]) <= most
    assert answer.headers["retry-after"] in answer.json()["detail"]


def test_a_token_that_has_to_wait_is_not_called_dead(strict: World) -> None:
    dead = "cu_live_" + "0" * 48
    statuses = [strict.get(wire.ME_PATH, dead).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]
    assert strict.get(wire.ME_PATH).status_code == 401


@pytest.mark.parametrize("trusted", ["127.0.0.1", "192.0.2.1"])
def test_visitors_behind_a_trusted_proxy_are_counted_apart(tmp_path: Path, trusted: str) -> None:
    settings = Settings(
        tmp_path / "data",
        limits=Limits(device_starts="1/hour"),
        proxies=Proxies((ipaddress.ip_network(trusted),)),
    )
    world = World(settings.data, settings=settings)
    visitors = ("203.0.113.1", "203.0.113.2", "203.0.113.2", "2001:db8::1", "2001:db8::2")
    statuses = [
        world.request(
            "POST", wire.AUTH_START_PATH, b"{}", JSON | {"X-Forwarded-For": visitor}
        ).status_code
        for visitor in visitors
    ]
    world.close()
    is_proxy = trusted == "127.0.0.1"
    assert statuses == ([200, 200, 429, 200, 429] if is_proxy else [200, 429, 429, 429, 429])


def test_a_dashboard_that_is_asked_for_too_often_waits_and_nobody_elses(tmp_path: Path) -> None:
    data = tmp_path / "counted"
    world = World(
        data, settings=replace(public_settings(data), limits=Limits(dashboard="3/10minute"))
    )
    world.sign_in_as("ada")
    token = form_token(world.get("/dashboard").text)
    wrong = {"form_token": token, "name": "somebody"}
    answers = [world.form("/dashboard/delete", wrong) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 600
    assert "Try again in" in answers[2].text
    assert world.get("/dashboard").status_code == 429
    world.sign_in_as("grace")
    assert world.get("/dashboard").status_code == 200
    world.close()
