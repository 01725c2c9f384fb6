"""Trying again what passes by itself: a server that is away, or that asks for patience."""

import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
    wait_random_exponential,
)

from claudeusage_app.errors import ServerBusy, ServerNotVerified, ServerUnreachable

ATTEMPTS = 4
LONGEST_PAUSE_SECONDS = 3600
"""In the background."""
PATIENCE_SECONDS = 15
"""A server that asks for more is not waited for while a person looks on."""

Result = TypeVar("Result")

_wait = wait_random_exponential(multiplier=0.5, max=4)
_back_off = wait_exponential(multiplier=60, max=LONGEST_PAUSE_SECONDS)


def again(run: Callable[[], Result], wait: Callable[[float], None] = time.sleep) -> Result:
    """Run what may be run twice, at most `ATTEMPTS` times, and return its result.

    Between two runs it *waits* so many seconds as the server asks for, else by chance, up to one,
    two and four. Raise what the last run raised.
    """
    retrying = Retrying(
        sleep=wait,
        stop=stop_after_attempt(ATTEMPTS),
        wait=_pause,
        retry=retry_if_exception(_passes),
        reraise=True,
    )
    return retrying(run)


def back_off(failures: int) -> float:
    """Return after how many seconds to try again in the background: a minute, then ever later."""
    state = RetryCallState(Retrying(), fn=None, args=(), kwargs={})
    state.attempt_number = failures
    return _back_off(state)


def _passes(error: BaseException) -> bool:
    if isinstance(error, ServerBusy):
        return error.seconds is not None and error.seconds <= PATIENCE_SECONDS
    return isinstance(error, ServerUnreachable) and not isinstance(error, ServerNotVerified)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return float(getattr(error, "seconds", None) or _wait(state))
