"""What an owner does, broken off: its process is killed, or an error comes in between."""

import itertools
import os
import signal
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import Engine, event

from claudeusage_server.private.context import Context
from tests.server.world import World, public_settings

Act = Callable[[Context, str], None]
"""What is done to an account; a function of a module, so that another process finds it."""


class BrokenOff(BaseException):
    """What the program does not catch."""


def breaks_off(data: Path, act: Act, account: str, statement: int) -> bool:
    """Do something to an account until an error comes before a *statement*, counted from 1.

    A commit counts as one. Returns whether the act ended before that.
    """
    try:
        _act(data, act, account, statement, _raise)
    except BrokenOff:
        return False
    return True


def is_killed(data: Path, act: Act, account: str, statement: int) -> bool:
    """Do the same in a process that kills itself there, which leaves it no time for anything."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.server.killed"])
    process = context.Process(target=_act, args=(data, act, account, statement, _kill))
    process.start()
    process.join()
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode == 0


def _act(data: Path, act: Act, account: str, statement: int, stop: Callable[[], None]) -> None:
    world = World(data, settings=public_settings(data))
    counted = itertools.count(1)

    def reached(*_arguments: object) -> None:
        if next(counted) == statement:
            stop()

    for name in ("before_cursor_execute", "commit"):
        event.listen(Engine, name, reached)
    try:
        act(world.app.context, account)
        world.app.make_good()
    finally:
        for name in ("before_cursor_execute", "commit"):
            event.remove(Engine, name, reached)
        world.close()


def _raise() -> None:
    raise BrokenOff


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
