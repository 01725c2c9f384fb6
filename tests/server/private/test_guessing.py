"""Guessing codes and tokens: it never succeeds, and it is slowed."""

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

from claudeusage_core import wire
from claudeusage_server.private.device import CODE_LENGTH, CODE_LETTERS
from claudeusage_server.private.guessing import OF_ALL
from claudeusage_server.settings import Limits
from tests.server.world import World, form_token, public_settings

CHANCE = random.Random(5)  # noqa: S311 -- guesses
WINDOW_SECONDS = 600


def started(world: World) -> dict[str, str]:
    answer: dict[str, str] = world.post(wire.AUTH_START_PATH, {}).json()
    return answer


def guess() -> str:
    return "".join(CHANCE.choices(CODE_LETTERS, k=CODE_LENGTH))


def pending(world: World, device_code: str) -> bool:
    world.clock.move(seconds=5)
    answer = world.post(wire.AUTH_POLL_PATH, {"deviceCode": device_code})
    return bool(answer.json() == {"status": "pending"})


def variants(code: str) -> list[str]:
    """Write one code in many ways."""
    return [
        code,
        code.lower(),
        f"{code[:4]}-{code[4:]}",
        f" {code[:4]} {code[4:]} ",
        ".".join(code),
        "-".join(code.lower()),
        code + "%00",
        code.translate({ord(letter): ord(letter) + 0xFEE0 for letter in code}),
    ]


def test_one_account_has_few_guesses_however_they_are_typed(public_world: World) -> None:
    device = started(public_world)
    public_world.sign_in_as("guesser")
    answers = [
        public_world.get("/device?code=" + typed) for _ in range(130) for typed in variants(guess())
    ]
    assert Counter(answer.status_code for answer in answers) == {404: 10, 429: 1_030}
    assert all(1 <= int(answer.headers["retry-after"]) <= WINDOW_SECONDS for answer in answers[10:])
    assert public_world.get("/device?code=" + device["userCode"]).status_code == 429
    assert pending(public_world, device["deviceCode"])


def test_forms_are_counted_like_pages(public_world: World) -> None:
    device = started(public_world)
    public_world.sign_in_as("guesser")
    token = form_token(public_world.get("/device?code=" + device["userCode"]).text)
    statuses: Counter[int] = Counter()
    for number in range(60):
        fields = {"code": guess(), "form_token": token, "decision": "approve"}
        statuses[public_world.form("/device", fields).status_code] += 1
        if number % 2:
            statuses[public_world.get("/device?code=" + guess()).status_code] += 1
    assert (statuses[410] + statuses[404], statuses[429]) == (10, 80)
    fields = {"code": device["userCode"], "form_token": token, "decision": "approve"}
    assert public_world.form("/device", fields).status_code == 429
    assert pending(public_world, device["deviceCode"])


def test_many_accounts_have_few_guesses_together(public_world: World) -> None:
    device = started(public_world)
    most = int(OF_ALL.partition("/")[0])
    accounts, tries = 40, 50
    statuses: Counter[int] = Counter()
    for number in range(accounts):
        public_world.sign_in_as(f"guesser-{number}")
        for _ in range(tries):
            statuses[public_world.get("/device?code=" + guess()).status_code] += 1
    assert most <= statuses[404] <= most + accounts
    assert statuses[429] == tries * accounts - statuses[404]
    public_world.sign_in_as("guesser-0")
    refused = public_world.get("/device?code=" + device["userCode"])
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= WINDOW_SECONDS
    assert pending(public_world, device["deviceCode"])


def test_guessers_keep_nobody_from_linking_their_own_computer(public_world: World) -> None:
    for number in range(int(OF_ALL.partition("/")[0]) // 10):
        public_world.sign_in_as(f"guesser-{number}")
        for _ in range(10):
            assert public_world.get("/device?code=" + guess()).status_code == 404
    public_world.sign_in_as("owner")
    device = started(public_world)
    assert public_world.decide(device["userCode"], "approve") == 200
    assert public_world.get("/device?code=" + guess()).status_code == 404
    assert public_world.get("/device?code=" + guess()).status_code == 429


def test_nobody_guesses_without_being_signed_in(public_world: World) -> None:
    device = started(public_world)
    for code in [device["userCode"], guess()]:
        answer = public_world.get("/device?code=" + code)
        assert (answer.status_code, answer.content) == (303, b"")
        form = public_world.form("/device", {"code": code, "decision": "approve"})
        assert (form.status_code, form.content) == (303, b"")
    assert pending(public_world, device["deviceCode"])


def test_a_user_code_is_no_device_code_and_the_reverse(public_world: World) -> None:
    device = started(public_world)
    for code in (device["userCode"], device["userCode"].replace("-", ""), guess()):
        answer = public_world.post(wire.AUTH_POLL_PATH, {"deviceCode": code})
        assert answer.json() == {"status": "expired"}
    public_world.sign_in_as("owner")
    assert public_world.get("/device?code=" + device["deviceCode"]).status_code == 404
    assert pending(public_world, device["deviceCode"])


def test_wrong_device_codes_open_nothing(public_world: World) -> None:
    device = started(public_world)
    public_world.sign_in_as("owner")
    public_world.decide(device["userCode"], "approve")
    right, told = device["deviceCode"], Counter[str]()
    guesses = [f"{CHANCE.getrandbits(256):064x}" for _ in range(1_500)]
    guesses += [right[:-1], right + "0", right.upper(), " " + right, right[::-1], right + "\0"]
    for code in guesses:
        answer = public_world.post(wire.AUTH_POLL_PATH, {"deviceCode": code})
        assert answer.status_code == 200
        told[answer.json()["status"]] += 1
    assert told.keys() == {"expired", "slow_down"}
    assert told["slow_down"] > 0


def test_thousands_of_wrong_tokens_open_nothing_and_are_slowed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    often = Limits(token_requests="500/hour")
    world = World(data, settings=replace(public_settings(data), limits=often))
    right = world.link_as(world.sign_in_as("owner")).token
    tokens = [right[:-1] + "x", right.upper(), right[8:], right + "0", right[:-1]]
    tokens += [f"cu_live_{CHANCE.getrandbits(192):048x}" for _ in range(2_000)]
    answers = [world.get(wire.ME_PATH, token) for token in tokens]
    world.close()
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() == {401, 429}
    assert statuses[429] >= 1_000  # however the hour may fall
    refused = [answer for answer in answers if answer.status_code == 429]
    assert all(1 <= int(answer.headers["retry-after"]) <= 3_600 for answer in refused)


def test_wrong_sign_in_codes_are_slowed_and_the_right_one_is_taken(world: World) -> None:
    code = world.post("/api/local/sign-in-code", world.proven("sign-in-code")).json()["code"]
    wrong = [f"{CHANCE.getrandbits(128):032x}" for _ in range(60)] + [
        code[:-1],
        code.upper() + " x",
    ]
    answers = [world.form("/sign-in", {"code": each}) for each in wrong]
    assert Counter(answer.status_code for answer in answers) == {403: 30, 429: 32}
    assert all(1 <= int(answer.headers["retry-after"]) <= 60 for answer in answers[30:])
    assert not world.cookies
    assert world.form("/sign-in", {"code": code}).status_code == 303
