"""Reading the transcripts before anything is shown, and saying what stood in the way."""

import os
import sys
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from claudeusage_app.addresses import printable
from claudeusage_app.cli.talk import say
from claudeusage_app.identity import kept_zone, zone_moved
from claudeusage_app.installation import Installation
from claudeusage_app.ledger.damage import untold
from claudeusage_app.looked import Collected
from claudeusage_app.places import named_folders
from claudeusage_core import figures

if TYPE_CHECKING:
    from claudeusage_app.progress import Forecast, Pace, Progress

_COLUMNS = 80
"""Of a terminal that does not know its width."""
API_EQUIVALENT = "API-equivalent: what the tokens would cost at API list prices, not a bill."
_LONG_SCAN = 50_000_000
"""Bytes; less is read before anybody looks."""


def read_transcripts(program: Installation) -> int:
    """Read what is new, say what could not be read, and return the exit code so far."""
    with progress_line() as on_progress:
        collected = program.collect(on_progress)
    with program.ledger() as database:
        moved, kept = zone_moved(database), kept_zone(database)
        aside = untold(database)
    if aside is not None:
        say(
            f"The ledger was damaged. It is set aside as {program.places.data / aside}, and what"
            " the transcripts still hold was read again. If you have an export of it, run"
            " `claudeusage ledger import FILE`."
        )
    if moved is not None:
        say(
            f"This computer's zone is {moved} now; the days of {kept.key} are still counted."
            f" `claudeusage timezone {moved}` shows what would move, and asks."
        )
    return 1 if _missing(program, collected) or _unreadable(collected) else 0


def say_unpriced(tokens: int) -> None:
    """Say how many tokens no price is known for, if any."""
    if tokens:
        amount = figures.tokens(tokens)
        say(f"And {amount} tokens unpriced: their models are not in the price table.")


def _missing(program: Installation, collected: Collected) -> bool:
    """Say where no transcripts are; true where the person named a folder that is not there."""
    named = bool(named_folders(program.environ))
    absent = [folder for folder in collected.folders if not os.path.lexists(folder)]
    remedy = (
        "Check CLAUDE_CONFIG_DIR" if named else "Use Claude Code once"
    ) + ", or run `claudeusage demo` to see it with sample transcripts."
    if collected.unreadable:
        return False
    if not collected.transcripts:
        say(f"No transcripts found. Looked in {_listed(collected.folders)}. {remedy}")
    elif named and absent:
        say(f"There is no folder {_listed(absent)}. {remedy}")
    return named and bool(absent)


def _listed(folders: Iterable[Path]) -> str:
    return ", ".join(printable(str(folder)) for folder in folders)


def _unreadable(collected: Collected) -> bool:
    if not collected.unreadable:
        return False
    what = figures.plural(collected.unreadable, "transcript or folder", "transcripts or folders")
    say(
        f"{what} could not be read, so these figures may be too low."
        " Check that everything in the transcripts' folder belongs to you, then run this again."
    )
    return True


@contextmanager
def progress_line() -> "Generator[Callable[[Progress], None] | None]":
    """Show how far a long scan is, on one line of a terminal; nothing where there is none."""
    if not sys.stderr.isatty():
        yield None
        return
    from claudeusage_app.progress import Pace

    line = _ProgressLine(Pace(time.monotonic))
    try:
        yield line.show
    finally:
        line.end()


class _ProgressLine:
    def __init__(self, pace: "Pace") -> None:
        self._pace = pace
        self._shown = ""
        self._last: Forecast | None = None

    def show(self, progress: "Progress") -> None:
        if progress.bytes < _LONG_SCAN:
            return
        from claudeusage_app.progress import Forecast

        self._last = Forecast(progress)
        forecast = self._pace.told(progress)
        if forecast is not None:
            self._write(forecast)

    def end(self) -> None:
        """Leave the line at what was reached, whether or not the scan came to its end."""
        if self._shown and self._last is not None:
            self._write(self._last)
            sys.stderr.write("\n")
            sys.stderr.flush()

    def _write(self, forecast: "Forecast") -> None:
        from claudeusage_app.progress import reading_line

        columns = os.get_terminal_size(sys.stderr.fileno()).columns or _COLUMNS
        line = reading_line(forecast)[: columns - 1]
        sys.stderr.write(f"\r{line.ljust(len(self._shown))}")
        sys.stderr.flush()
        self._shown = line
