"""The client's side of the device authorization: when to ask again, and what an answer means.

A generator without I/O: the command line waits with a sleep, the tray with a timer, a test with
neither. After RFC 8628.
"""

from collections.abc import Generator
from dataclasses import dataclass

from claudeusage_core.errors import AnswerInvalid, LinkRefused
from claudeusage_core.wire import PollAnswer

SLOW_DOWN_SECONDS = 5
"""RFC 8628, section 3.5."""


@dataclass(frozen=True, slots=True)
class PollAfter:
    """Ask again after so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Approved:
    """The token of the linked computer, and the opaque id of the account."""

    token: str
    account: str


def poll_until_answered(
    interval: int, expires_in: int
) -> Generator[PollAfter, PollAnswer, Approved]:
    """Ask every *interval* seconds until the person has answered or the code has run out.

    Raise `LinkRefused` where the answer is not yes.
    """
    left = expires_in
    while left > 0:
        left -= interval
        answer = yield PollAfter(interval)
        match answer.status:
            case "approved":
                if answer.token is None or answer.user_id is None:
                    raise AnswerInvalid
                return Approved(answer.token, answer.user_id)
            case "slow_down":
                interval += SLOW_DOWN_SECONDS
            case "pending":
                pass
            case "denied":
                raise LinkRefused("The request to link this computer was denied.")
            case "expired":
                break
    raise LinkRefused("The code to link this computer has run out.")
