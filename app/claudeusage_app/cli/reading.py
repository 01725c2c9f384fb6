"""Reading the transcripts before anything is shown, and saying what stood in the way."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from claudeusage_app.addresses import printable
from claudeusage_app.cli.talk import say
from claudeusage_app.identity import kept_zone, zone_moved
from claudeusage_app.installation import Installation
from claudeusage_app.ledger.damage import untold
from claudeusage_app.looked import Collected, Progress
from claudeusage_app.places import named_folders
from claudeusage_core import figures

API_EQUIVALENT = "API-equivalent: what the tokens would cost at API list prices, not a bill."
_MEGABYTE = 1_000_000
_LONG_SCAN = 50 * _MEGABYTE


def read_transcripts(program: Installation) -> int:
    """Read what is new, say what could not be read, and return the exit code so far."""
    collected = program.collect(show_progress if sys.stderr.isatty() else None)
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


def show_progress(progress: Progress) -> None:
    """Show how far a long scan is, on one line of a terminal."""
    if progress.bytes < _LONG_SCAN:
        return
    end = "\n" if progress.files_done == progress.files else ""
    sys.stderr.write(
        f"\rReading transcripts: {figures.count(progress.files_done)} of"
        f" {figures.count(progress.files)} files, {progress.bytes_done // _MEGABYTE} of"
        f" {progress.bytes // _MEGABYTE} MB{end}"
    )
    sys.stderr.flush()
