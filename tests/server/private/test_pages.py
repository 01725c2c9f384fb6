"""Signing in and approving a device, as a browser does it."""

import re

import httpx
import pytest

from claudeusage_server import database
from claudeusage_server.private.onward import allowed_next
from claudeusage_server.web.bodies import SMALL
from tests.server.world import JSON, World, form_token


def code_of(world: World) -> str:
    answer = world.post("/api/local/sign-in-code", world.proven("sign-in-code")).json()
    assert answer["address"] == f"{world.origin}/sign-in?code={answer['code']}"
    return str(answer["code"])


def test_looking_at_the_address_does_not_sign_in(world: World) -> None:
    code = code_of(world)
    assert world.get(f"/sign-in?code={code}").status_code == 200
    assert world.cookies == {}
    assert world.form("/sign-in", {"code": code}).status_code == 303


def test_the_button_signs_in_once(world: World) -> None:
    code = code_of(world)
    answer = world.form("/sign-in", {"code": code})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("claudeusage-8787=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert answer.headers["location"] == "/dashboard"
    assert world.form("/sign-in", {"code": code}).status_code == 403


def test_a_sign_in_code_lasts_ten_minutes(world: World) -> None:
    code = code_of(world)
    world.clock.move(minutes=10)
    assert world.form("/sign-in", {"code": code}).status_code == 403


def test_a_form_of_another_site_is_refused(world: World) -> None:
    code = code_of(world)
    assert world.form("/sign-in", {"code": code}, origin="http://evil.example").status_code == 403
    assert world.form("/sign-in", {"code": code}).status_code == 303


@pytest.mark.parametrize("host", ["localhost:8787", "LOCALHOST:8787"])
def test_a_device_is_linked_and_signed_in_on_localhost(world: World, host: str) -> None:
    origin = "http://localhost:8787"
    device = world.post("/api/cli/auth/start", {}, host).json()
    assert device["verificationUri"] == f"{origin}/device"
    assert device["verificationUriComplete"] == f"{origin}/device?code={device['userCode']}"
    signed_in = world.form("/sign-in", {"code": code_of(world)}, origin, host)
    assert signed_in.status_code == 303
    session = {"Host": host, "Cookie": signed_in.headers["set-cookie"].partition(";")[0]}
    world.cookies.clear()
    page = world.get(f"/device?code={device['userCode']}", **session)
    fields = {"code": device["userCode"], "form_token": form_token(page.text)}
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": origin}
    sent = str(httpx.QueryParams(fields | {"decision": "approve"})).encode()
    assert world.request("POST", "/device", sent, form | session).status_code == 200
    assert polled(world, device["deviceCode"])["status"] == "approved"


def test_a_form_of_the_servers_other_name_is_refused(world: World) -> None:
    code = code_of(world)
    answer = world.form("/sign-in", {"code": code}, origin="http://localhost:8787")
    assert answer.status_code == 403


def test_a_session_lasts_thirty_days(world: World) -> None:
    world.sign_in()
    assert world.get("/device").status_code == 200
    world.clock.move(days=30)
    assert world.get("/device").status_code == 303


def test_signing_in_again_ends_the_session_before(world: World) -> None:
    world.sign_in()
    old = dict(world.cookies)
    world.sign_in()
    assert world.cookies != old
    world.cookies = old
    assert world.get("/device").status_code == 303


def test_a_stranger_signs_in_first_and_comes_back(world: World) -> None:
    answer = world.get("/device?code=BCDF-GHJK")
    assert answer.headers["location"] == "/sign-in?next=%2Fdevice%3Fcode%3DBCDF-GHJK"
    signed_in = world.form("/sign-in", {"code": code_of(world), "next": "/device?code=BCDF-GHJK"})
    assert signed_in.headers["location"] == "/device?code=BCDF-GHJK"


@pytest.mark.parametrize(
    ("onward", "expected"),
    [
        ("/device", "/device"),
        ("/device?code=bcdfghjk", "/device?code=BCDF-GHJK"),
        ("/device?code=%0d%0aX", "/device"),
        ("/dashboard", "/dashboard"),
        ("/dashboard?next=//evil.example", "/dashboard"),
        ("/dashboard/../privacy", None),
        ("/dashboard?done=saved", "/dashboard"),
        ("//evil.example", None),
        ("https://evil.example/device", None),
        ("/privacy", None),
        ("", None),
    ],
)
def test_only_listed_routes_are_gone_to_after_signing_in(onward: str, expected: str) -> None:
    assert allowed_next(onward) == expected


def test_a_code_does_not_lead_to_another_site(world: World) -> None:
    for onward in ("//evil.example", "https://evil.example/device", "/privacy"):
        signed_in = world.form("/sign-in", {"code": code_of(world), "next": onward})
        assert signed_in.headers["location"] == "/dashboard"


def started(world: World) -> dict[str, str]:
    answer: dict[str, str] = world.post("/api/cli/auth/start", {}).json()
    return answer


def polled(world: World, device_code: str) -> dict[str, object]:
    world.clock.move(seconds=5)
    answer = world.post("/api/cli/auth/poll", {"deviceCode": device_code})
    assert answer.status_code == 200
    status: dict[str, object] = answer.json()
    return status


def test_a_device_is_approved_and_its_token_works(world: World) -> None:
    world.sign_in()
    device = started(world)
    assert polled(world, device["deviceCode"]) == {"status": "pending"}
    assert world.get(f"/device?code={device['userCode']}").status_code == 200
    assert polled(world, device["deviceCode"]) == {"status": "pending"}
    assert world.decide(device["userCode"], "approve") == 200
    answer = polled(world, device["deviceCode"])
    assert answer == {
        "status": "approved",
        "token": answer["token"],
        "userId": answer["userId"],
        "username": None,
    }
    assert world.get("/api/v2/me", str(answer["token"])).json()["account"] == answer["userId"]


def test_a_lost_answer_can_be_asked_for_again_until_the_token_is_used(world: World) -> None:
    world.sign_in()
    device = started(world)
    world.decide(device["userCode"], "approve")
    first, second = (polled(world, device["deviceCode"]) for _ in range(2))
    assert first == second
    world.get("/api/v2/me", str(first["token"]))
    assert polled(world, device["deviceCode"]) == {"status": "expired"}


def test_a_denied_device_is_told_so(world: World) -> None:
    world.sign_in()
    device = started(world)
    assert world.decide(device["userCode"], "deny") == 200
    assert polled(world, device["deviceCode"]) == {"status": "denied"}


def test_a_user_code_decides_once(world: World) -> None:
    world.sign_in()
    device = started(world)
    token = form_token(world.get(f"/device?code={device['userCode']}").text)
    fields = {"code": device["userCode"], "form_token": token, "decision": "deny"}
    assert world.form("/device", fields).status_code == 200
    assert world.form("/device", fields | {"decision": "approve"}).status_code == 410
    assert polled(world, device["deviceCode"]) == {"status": "denied"}


def test_a_form_without_its_token_decides_nothing(world: World) -> None:
    world.sign_in()
    device = started(world)
    fields = {"code": device["userCode"], "form_token": "0" * 64, "decision": "approve"}
    assert world.form("/device", fields).status_code == 403
    assert polled(world, device["deviceCode"]) == {"status": "pending"}


def test_codes_last_ten_minutes(world: World) -> None:
    world.sign_in()
    device = started(world)
    world.clock.move(minutes=10)
    assert world.get(f"/device?code={device['userCode']}").status_code == 404
    assert polled(world, device["deviceCode"]) == {"status": "expired"}


def test_asking_too_fast_is_answered_with_slow_down(world: World) -> None:
    device = started(world)
    polled(world, device["deviceCode"])
    answer = world.post("/api/cli/auth/poll", {"deviceCode": device["deviceCode"]})
    assert (answer.status_code, answer.json()) == (200, {"status": "slow_down"})


@pytest.mark.parametrize("sent", [{}, {"deviceCode": ""}, {"deviceCode": 7}, [], "x"])
def test_a_poll_that_cannot_be_read_has_expired(world: World, sent: object) -> None:
    answer = world.post("/api/cli/auth/poll", sent)
    assert (answer.status_code, answer.json()) == (200, {"status": "expired"})


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        ({}, b'{"deviceCode":"x"}'),
        ({"Content-Type": "text/plain"}, b'{"deviceCode":"x"}'),
        (JSON | {"Content-Encoding": "gzip"}, b"{}"),
        (JSON, b" " * (SMALL + 1)),
        (JSON, b'{"deviceCode":"' + b"x" * 201 + b'"}'),
        (JSON, b'{"deviceCode":"\\ud800"}'),
        (JSON, b"\xff"),
        (JSON, b""),
    ],
)
def test_a_poll_that_cannot_hold_a_code_has_expired(
    world: World, headers: dict[str, str], sent: bytes
) -> None:
    answer = world.request("POST", "/api/cli/auth/poll", sent, headers)
    assert (answer.status_code, answer.json()) == (200, {"status": "expired"})
    assert answer.headers["content-type"] == "application/json"


def test_a_poll_is_answered_while_another_program_writes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = world.post("/api/cli/auth/start", {}).json()
    monkeypatch.setattr(database, "_BUSY_MS", 1)
    with world.app.context.store.write():
        answer = world.post("/api/cli/auth/poll", {"deviceCode": device["deviceCode"]})
    assert (answer.status_code, answer.json()) == (200, {"status": "slow_down"})


def test_the_original_clients_start_is_taken_and_not_kept(world: World) -> None:
    sent = {"cliVersion": "0.3.1", "machineId": "M", "os": "OS-SECRET", "hostnameHash": "H"}
    answer = world.post("/api/cli/auth/start", sent).json()
    assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", answer["userCode"])
    assert answer["verificationUriComplete"].endswith(f"/device?code={answer['userCode']}")
    world.close()
    assert all(b"OS-SECRET" not in path.read_bytes() for path in world.data.iterdir())


def test_wrong_codes_are_counted(world: World) -> None:
    world.sign_in()
    answers = [world.get("/device?code=BBBB-BBBB").status_code for _ in range(11)]
    assert answers == [404] * 10 + [429]
