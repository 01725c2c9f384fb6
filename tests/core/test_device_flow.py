"""The client's side of linking, without a clock and without a network."""

import pytest

from claudeusage_core.device_flow import Approved, PollAfter, poll_until_answered
from claudeusage_core.errors import AnswerInvalid, LinkRefused
from claudeusage_core.wire import PollAnswer

TOKEN = "cu_live_" + "0" * 48


def answer(status: str, token: str | None = None, user_id: str | None = None) -> PollAnswer:
    members: dict[str, object] = {"status": status, "token": token, "userId": user_id}
    return PollAnswer.model_validate(members)


def test_it_asks_again_at_the_servers_pace_until_the_person_has_said_yes() -> None:
    flow = poll_until_answered(5, 600)
    assert next(flow) == PollAfter(5)
    assert flow.send(answer("pending")) == PollAfter(5)
    assert flow.send(answer("slow_down")) == PollAfter(10)
    assert flow.send(answer("pending")) == PollAfter(10)
    assert flow.send(answer("slow_down")) == PollAfter(15)
    with pytest.raises(StopIteration) as end:
        flow.send(answer("approved", TOKEN, "u1"))
    assert end.value.value == Approved(TOKEN, "u1")


@pytest.mark.parametrize("status", ["denied", "expired"])
def test_a_no_or_no_answer_ends_it(status: str) -> None:
    flow = poll_until_answered(5, 600)
    next(flow)
    with pytest.raises(LinkRefused):
        flow.send(answer(status))


@pytest.mark.parametrize(("token", "user_id"), [(None, "u1"), (TOKEN, None)])
def test_a_yes_without_a_token_or_an_account_is_no_answer(
    token: str | None, user_id: str | None
) -> None:
    flow = poll_until_answered(5, 600)
    next(flow)
    with pytest.raises(AnswerInvalid):
        flow.send(answer("approved", token, user_id))


def test_nobody_is_asked_about_a_code_that_has_run_out() -> None:
    flow = poll_until_answered(5, 10)
    next(flow)
    assert flow.send(answer("pending")) == PollAfter(5)
    with pytest.raises(LinkRefused):
        flow.send(answer("pending"))
