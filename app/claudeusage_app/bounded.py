"""Questions that may wait for ever, and how long their answer is waited for."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import NoReturn, TypeVar

Answer = TypeVar("Answer")


def answer_within(seconds: float, ask: Callable[[], Answer]) -> Answer:
    """Ask on a thread of its own; raise what it raises, or `TimeoutError` after so many *seconds*.

    A thread that waits on is left behind, and ends with the process.
    """
    answers: SimpleQueue[Callable[[], Answer]] = SimpleQueue()

    def asking() -> None:
        try:
            answer = ask()
        except BaseException as error:  # noqa: BLE001 -- raised again where it was asked
            answers.put(_raising(error))
        else:
            answers.put(lambda: answer)

    threading.Thread(target=asking, name="claudeusage-question", daemon=True).start()
    try:
        answered = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    return answered()


def _raising(error: BaseException) -> Callable[[], NoReturn]:
    def again() -> NoReturn:
        raise error

    return again
