"""What passes by itself is tried again, a few times, and everything else is said at once."""

from collections.abc import Callable, Iterator

import pytest

from claudeusage_app.api import Api
from claudeusage_app.errors import (
    ClientError,
    ServerBusy,
    ServerStrange,
    ServerUnreachable,
    TokenRejected,
)
from claudeusage_app.retrying import ATTEMPTS, again
from claudeusage_core.wire import Day, DayModel, SyncRequest
from tests.small_server import TOKEN, SmallServer

BODY = SyncRequest(
    schema=2,
    accounting=1,
    prices="2026-11-22",
    machine="ab" * 32,
    sequence=1,
    days=(
        Day(
            date="2026-11-22",
            active_seconds=60,
            sessions_active=1,
            sessions_started=1,
            models=(
                DayModel(
                    model="claude-opus-5-5",
                    messages=3,
                    input_tokens=1,
                    output_tokens=30,
                    cache_write_5m_tokens=2,
                    cache_write_1h_tokens=3,
                    cache_read_tokens=4,
                    cost_microusd=500,
                ),
            ),
        ),
    ),
).body()


class Server:
    """Fails some times, and then answers; keeps how long it was left alone."""

    def __init__(self, *errors: ClientError) -> None:
        self._errors: Iterator[ClientError] = iter(errors)
        self.asked = 0
        self.pauses: list[float] = []

    def ask(self) -> str:
        self.asked += 1
        for error in self._errors:
            raise error
        return "answer"

    def tried(self) -> str:
        return again(self.ask, self.pauses.append)


@pytest.mark.parametrize("error", [ServerUnreachable(), ServerStrange(), ServerBusy(3)])
def test_a_server_that_comes_back_is_not_noticed(error: ClientError) -> None:
    server = Server(error, error)
    assert server.tried() == "answer"
    assert server.asked == 3


def test_after_a_few_times_it_is_said_that_nobody_answers() -> None:
    server = Server(*[ServerUnreachable()] * 99)
    with pytest.raises(ServerUnreachable):
        server.tried()
    assert server.asked == ATTEMPTS


def test_the_pauses_are_left_to_chance_and_grow() -> None:
    pauses: list[list[float]] = []
    for _ in range(200):
        server = Server(*[ServerUnreachable()] * (ATTEMPTS - 1))
        server.tried()
        pauses.append(server.pauses)
    for number, most in enumerate((0.5, 1, 2)):
        found = [each[number] for each in pauses]
        assert 0 <= min(found) < most / 4
        assert most * 3 / 4 < max(found) <= most
        assert len(set(found)) > 100


def test_a_server_that_says_how_long_to_wait_is_left_alone_for_so_long() -> None:
    server = Server(ServerBusy(7), ServerBusy(2))
    server.tried()
    assert server.pauses == [7, 2]


@pytest.mark.parametrize("error", [ServerBusy(16), ServerBusy(), TokenRejected()])
def test_what_does_not_pass_soon_is_said_at_once(error: ClientError) -> None:
    server = Server(error)
    with pytest.raises(type(error)):
        server.tried()
    assert (server.asked, server.pauses) == (1, [])


def test_an_upload_whose_answer_is_lost_is_sent_again_byte_for_byte() -> None:
    server = SmallServer(loses_answers=True)

    def asking(request: Callable[[], bytes]) -> bytes:
        def wait(_: float) -> None:
            server.loses_answers = len(server.uploads) < 2

        return again(request, wait)

    with Api(server.origin, server.transport(), asking=asking) as api:
        answer = api.put_days(TOKEN, BODY)
    assert server.uploads == [BODY] * 3
    assert answer.unchanged == ("2026-11-22",)
    assert server.stored().keys() == {"2026-11-22"}
