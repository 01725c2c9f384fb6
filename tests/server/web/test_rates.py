"""What the limiter counts, when it lets somebody in again, and what it keeps."""

import dataclasses
import gc
import time
import types
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import cast

import pytest

from claudeusage_core import wire
from claudeusage_server.errors import TooManyRequests
from claudeusage_server.settings import Limits
from claudeusage_server.surroundings import Surroundings
from claudeusage_server.web.rates import Rates
from tests.processes import eventually
from tests.server.world import Clock, World, public_settings

_OPAQUE = (types.ModuleType, types.FunctionType, type, types.FrameType, types.CodeType)


def texts(root: object) -> set[bytes]:
    """Return all text and bytes that can be reached from an object, but for code."""
    seen: dict[int, object] = {}
    waiting = [root]
    while waiting:
        each = waiting.pop()
        if id(each) not in seen and not isinstance(each, _OPAQUE):
            seen[id(each)] = each
            waiting += gc.get_referents(each)
            if isinstance(each, dict):  # of which the keys are left out where all are text
                waiting += cast("dict[object, object]", each).keys()
    encoded = (each.encode() if isinstance(each, str) else each for each in seen.values())
    return {each for each in encoded if isinstance(each, bytes)}


def holds(root: object, secret: str) -> bool:
    return any(secret.encode() in each for each in texts(root))


def test_who_is_refused_is_let_in_when_it_was_told() -> None:
    rates = Rates(Surroundings())
    began = time.monotonic()
    for _ in range(2):
        rates.count("purpose", "who", "2/second")
    with pytest.raises(TooManyRequests) as told:
        rates.count("purpose", "who", "2/second")
    assert told.value.headers["Retry-After"] == "1"
    eventually(lambda: rates.within("purpose", "who", "2/second"), 10)
    assert time.monotonic() - began >= 0.99
    assert rates.within("purpose", "who", "2/second")
    assert not rates.within("purpose", "who", "2/second")


def test_being_refused_does_not_make_the_wait_longer() -> None:
    rates = Rates(Surroundings())
    rates.count("purpose", "who", "1/hour")
    waits: list[int] = []
    for _ in range(100):
        with pytest.raises(TooManyRequests) as told:
            rates.count("purpose", "who", "1/hour")
        waits.append(int(told.value.headers["Retry-After"]))
    assert waits == sorted(waits, reverse=True)
    assert 3_590 <= waits[-1] <= waits[0] <= 3_600


def test_purposes_and_visitors_are_counted_apart() -> None:
    rates = Rates(Surroundings())
    for purpose in ("one", "other"):
        for who in ("a", "b", ""):
            assert rates.within(purpose, who, "1/hour")
            assert not rates.within(purpose, who, "1/hour")
            assert rates.spent(purpose, who, "1/hour")
    assert not rates.spent("one", "c", "1/hour")


def test_neither_an_address_nor_a_token_can_be_reached_from_the_limiter() -> None:
    rates = Rates(Surroundings())
    rates.count("purpose", "203.0.113.77", "5/hour")
    for _ in range(9):
        rates.within("purpose", "cu_live_canary", "5/hour")
    assert holds(rates, "purpose")
    assert not holds(rates, "203.0.113.77")
    assert not holds(rates, "cu_live_canary")


def test_a_servers_limiter_keeps_neither_an_address_nor_a_token(public_world: World) -> None:
    link = public_world.link_as(public_world.sign_in_as("somebody"))
    public_world.get(wire.ME_PATH, link.token)
    public_world.post(wire.AUTH_START_PATH, {})
    public_world.post(wire.AUTH_POLL_PATH, {"deviceCode": "canary7f3a"})
    rates = public_world.app.context.rates
    for purpose in ("token", "visitor", "device", "poll"):
        assert holds(rates, f"LIMITER/{purpose}/")
    for secret in ("127.0.0.1", link.token, link.token[8:], "canary7f3a", link.account):
        assert not holds(rates, secret)


def test_the_key_is_another_one_each_day() -> None:
    clock = Clock(datetime(2026, 11, 22, 23, 59, tzinfo=UTC))
    draws = Random(7)  # noqa: S311 -- an example
    rates = Rates(Surroundings(clock, draws.randbytes))
    rates.count("purpose", "who", "9/hour")
    before = {each for each in texts(rates) if b"/purpose/" in each}
    clock.move(minutes=2)
    rates.count("purpose", "who", "9/hour")
    after = {each for each in texts(rates) if b"/purpose/" in each}
    assert len(before) == 1
    assert len(after) == 2
    assert before < after


def test_a_visitor_cannot_have_a_counter_for_each_token_it_thinks_up(tmp_path: Path) -> None:
    data = tmp_path / "data"
    settings = dataclasses.replace(
        public_settings(data), limits=Limits(token_requests="3/hour", device_polls="1/hour")
    )
    world = World(data, settings=settings)
    statuses = [world.get(wire.ME_PATH, f"cu_live_{n:048}").status_code for n in range(4)]
    polled = [world.post(wire.AUTH_POLL_PATH, {"deviceCode": "x"}).json() for _ in range(2)]
    world.close()
    assert statuses == [401, 401, 401, 429]
    assert polled == [{"status": "expired"}, {"status": "slow_down"}]
