"""Trying again what passes by itself: a server that is away, or that asks for patience."""

import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from claudeusage_app.errors import ServerBusy, ServerUnreachable

ATTEMPTS = 4
PATIENCE_SECONDS = 15
"""A server that asks for more is not waited for while a person looks on."""

Result = TypeVar("Result")

_wait = wait_random_exponential(multiplier=0.5, max=4)


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


def _passes(error: BaseException) -> bool:
    if isinstance(error, ServerBusy):
        return error.seconds is not None and error.seconds <= PATIENCE_SECONDS
    return isinstance(error, ServerUnreachable)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return float(getattr(error, "seconds", None) or _wait(state))
