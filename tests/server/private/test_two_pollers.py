"""Several polls for one approved computer at once, and the one token that comes of them."""

import json
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path
from sqlite3 import connect

import httpx
import pytest

from claudeusage_core import wire
from claudeusage_server.settings import Limits
from tests.processes import ended
from tests.server.private.test_simultaneous import at_once
from tests.server.world import World, authorised

ROUNDS = 20
POLLS = """
import sys
from datetime import datetime
from pathlib import Path
from claudeusage_server.application import create_app
from claudeusage_server.private.device import DeviceAuthorization
from claudeusage_server.settings import Settings
from claudeusage_server.surroundings import Surroundings

now = datetime.fromisoformat(sys.argv[2])
app = create_app(Settings(Path(sys.argv[1])), Surroundings(lambda: now))
polling = DeviceAuthorization(app.context)
print("ready", flush=True)
for line in sys.stdin:
    print(polling.poll(line.encode()).decode(), flush=True)
app.close()
"""
Answer = dict[str, str | None]


def approved(world: World) -> str:
    """Begin to link a computer, and approve it; return its device code."""
    started = world.post(wire.AUTH_START_PATH, {}).json()
    assert world.decide(started["userCode"], "approve") == 200
    return str(started["deviceCode"])


def tokens(world: World) -> list[str]:
    """Return the hash of every token that there is."""
    with closing(connect(world.data / "private.sqlite3")) as store:
        return [row[0] for row in store.execute("SELECT token FROM tokens")]


def test_many_polls_at_once_get_one_token(world: World) -> None:
    world.sign_in()
    for number in range(ROUNDS):
        code = approved(world)
        jobs = [lambda: world.post(wire.AUTH_POLL_PATH, {"deviceCode": code})] * 6  # noqa: B023 -- run at once
        answers: list[Answer] = [answer.json() for answer in at_once(jobs)]
        assert Counter(answer["status"] for answer in answers) == {"approved": 1, "slow_down": 5}
        assert len(tokens(world)) == number + 1


def test_a_lost_answer_is_repeated_to_many_at_once_with_the_same_token(world: World) -> None:
    world.sign_in()
    code = approved(world)
    found: set[str | None] = set()
    for _ in range(ROUNDS):
        world.clock.move(seconds=5)
        jobs = [lambda: world.post(wire.AUTH_POLL_PATH, {"deviceCode": code})] * 3
        answers: list[Answer] = [answer.json() for answer in at_once(jobs)]
        assert Counter(answer["status"] for answer in answers) == {"approved": 1, "slow_down": 2}
        found |= {answer.get("token") for answer in answers} - {None}
    assert len(found) == len(tokens(world)) == 1


def test_a_poll_beside_the_first_use_gives_no_second_token(world: World) -> None:
    world.sign_in()
    for number in range(ROUNDS):
        code = approved(world)
        first: Answer = world.post(wire.AUTH_POLL_PATH, {"deviceCode": code}).json()
        token = str(first["token"])
        world.clock.move(seconds=5)

        def poll(code: str = code) -> httpx.Response:
            return world.post(wire.AUTH_POLL_PATH, {"deviceCode": code})

        def use(token: str = token) -> httpx.Response:
            return world.get(wire.ME_PATH, token)

        answers = at_once([poll, use])
        assert {answer.status_code for answer in answers} == {200}
        again: list[Answer] = [each.json() for each in answers if "status" in each.json()]
        assert [each.get("token") for each in again] in ([token], [None])
        assert len(tokens(world)) == number + 1
        world.clock.move(seconds=5)
        assert poll().json() == {"status": "expired"}


def test_a_revoked_token_is_not_given_out_again(world: World) -> None:
    world.sign_in()
    code = approved(world)
    answer: Answer = world.post(wire.AUTH_POLL_PATH, {"deviceCode": code}).json()
    headers = authorised(str(answer["token"]))
    assert world.request("DELETE", wire.TOKEN_PATH, headers=headers).status_code == 204
    world.clock.move(seconds=5)
    assert world.post(wire.AUTH_POLL_PATH, {"deviceCode": code}).json() == {"status": "expired"}
    assert tokens(world) == []


@pytest.mark.parametrize("rounds", [5, pytest.param(100, marks=pytest.mark.long)])
def test_two_processes_on_one_folder_give_out_one_token(tmp_path: Path, rounds: int) -> None:
    world = World(tmp_path / "shared", Limits(device_starts="1000/minute"))
    world.sign_in()
    codes = [approved(world) for _ in range(rounds)]
    command = (sys.executable, "-c", POLLS, str(world.data), world.clock().isoformat())
    with ExitStack() as stack:
        pollers = [
            stack.enter_context(ended(subprocess.Popen(command, stdin=-1, stdout=-1, text=True)))
            for _ in range(2)
        ]
        assert [read_line(poller) for poller in pollers] == ["ready", "ready"]
        for number, code in enumerate(codes):
            for poller in pollers:
                assert poller.stdin is not None
                poller.stdin.write(json.dumps({"deviceCode": code}) + "\n")
                poller.stdin.flush()
            answers: list[Answer] = [json.loads(read_line(poller)) for poller in pollers]
            assert {str(answer["status"]) for answer in answers} == {"approved", "slow_down"}
            assert len(tokens(world)) == number + 1
        for poller in pollers:
            for pipe in (poller.stdin, poller.stdout):
                assert pipe is not None
                pipe.close()
    world.close()


def read_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
