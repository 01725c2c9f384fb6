"""Where the time of a first reading goes: the CPU time of each stage, each with those before it.

Run it with ``python -m tests.bench.stages``; a size in MB may follow.
"""

import gc
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from claudeusage_app.collect import Collector
from claudeusage_app.ledger.database import Database
from claudeusage_app.transcripts import Buffer, Reading
from claudeusage_app.walk import TranscriptFile, find
from claudeusage_core.gathering import Gathering
from claudeusage_core.line_fields import decode_usual
from claudeusage_core.models import ModelNames
from claudeusage_resources.price_table import shipped_prices
from tests import transcript_corpus

MEGABYTE = 1_000_000
AT_ONCE = 3_000
REPEATS = 3

Take = Callable[[memoryview], Any]


def main() -> int:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "projects")
        transcript_corpus.write(folder, size * MEGABYTE)
        files = find([folder]).files
        gc.disable()
        stages: dict[str, Callable[[], object]] = {
            "find the transcripts": lambda: find([folder]),
            "read their bytes": lambda: bytes_only(files),
            "and find the lines that may report usage": lambda: lines_only(files),
            "and decode them": lambda: decoded(files),
            "and gather the responses": lambda: gathered(files),
            "all, and write the ledger": lambda: collected(folder, Path(name)),
        }
        print(f"{len(files):,} files, {size:,} MB; seconds of CPU, the best of {REPEATS}")
        for what, stage in stages.items():
            print(f"{what:42} {min(map(cpu, [stage] * REPEATS)):6.2f}")
    return 0


def cpu(stage: Callable[[], object]) -> float:
    began = time.process_time()
    stage()
    return time.process_time() - began


def bytes_only(files: tuple[TranscriptFile, ...]) -> None:
    buffer = bytearray(1 << 18)
    for file in files:
        descriptor = os.open(file.path, os.O_RDONLY)
        while os.readv(descriptor, [buffer]):
            pass
        os.close(descriptor)


def lines_only(files: tuple[TranscriptFile, ...]) -> None:
    through(files, lambda _: lambda line: line)


def decoded(files: tuple[TranscriptFile, ...]) -> None:
    through(files, lambda _: decode_usual)


def gathered(files: tuple[TranscriptFile, ...]) -> None:
    found = Gathering(ModelNames(shipped_prices().names, b"salt").key)

    def taken(file: TranscriptFile) -> Take:
        if len(found) >= AT_ONCE:
            found.clear()
        return found.reader(file.session, 1, Counter())

    through(files, taken)


def through(files: tuple[TranscriptFile, ...], taken: Callable[[TranscriptFile], Take]) -> None:
    buffer = Buffer()
    for file in files:
        for _ in Reading(file, None, bytes, 1, buffer).give_out(taken(file)):
            pass


def collected(folder: Path, place: Path) -> None:
    ledger = place / f"ledger-{time.monotonic_ns()}.sqlite3"
    with Database(ledger) as database:
        Collector(database, shipped_prices()).collect((folder,))
    ledger.unlink()


if __name__ == "__main__":
    raise SystemExit(main())
