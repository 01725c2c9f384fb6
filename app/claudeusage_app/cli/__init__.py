"""The command line: figures on stdout, talk on stderr, and an exit code that says how it went.

0 done · 1 failed · 2 wrong usage · 3 not linked · 4 no preview accepted · 5 server not reachable
"""

import gc
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

from claudeusage_app.cli.parser import parser
from claudeusage_app.cli.talk import INTERRUPTED, drop_stdout, say
from claudeusage_core.errors import ClaudeusageError

_MANY_VALUES = 50_000
"""After how many values garbage is looked for: most commands end before they made as many."""


def _parsed(words: Sequence[str]) -> Namespace:
    return parser(words).parse_args(words)


def main(
    argv: Sequence[str] | None = None,
    parse: Callable[[Sequence[str]], Namespace] = _parsed,
) -> int:
    """Run one command and return its exit code; *parse* reads the words of the program."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 -- until the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    gc.set_threshold(_MANY_VALUES)
    arguments = parse(sys.argv[1:] if argv is None else argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except ClaudeusageError as error:
        say(str(error))
        return int(getattr(error, "exit_code", 1))
    except BrokenPipeError:
        drop_stdout()
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 -- one of the program's two broad handlers
        say(_unexpected(error))
        return 1
    return code


def program() -> NoReturn:
    """Run one command as a whole process."""
    _end(main())


def sync_program() -> NoReturn:
    """Run ``claudeusage-sync`` as a whole process."""
    from claudeusage_app.cli.sync_parser import parsed

    _end(main(parse=parsed))


def _end(code: int) -> NoReturn:
    """End the process without freeing value by value what the system frees at once.

    That is a tenth of the time of ``today``. Files are closed by then; a thread that still runs
    is waited for in the usual way.
    """
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # closed
            stream.flush()
    os._exit(code)


def _unexpected(error: Exception) -> str:
    """Name an error by its kind and place only: its text may hold what must not be shown."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = ""
    if trace is not None:
        code = trace.tb_frame.f_code
        place = f" in {Path(code.co_filename).name}, line {trace.tb_lineno}"
    return (
        f"Something unexpected happened: {type(error).__name__}{place}. Nothing was lost."
        " Try again, and report this line if it stays."
    )
