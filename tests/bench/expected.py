"""What the slow reader of `tests.reference` counts in a corpus, and how long it takes.

python3 -m tests.bench.expected HOME prints it as JSON. A process of its own, because every
line is decoded whole and every copy is kept, and what that needs would be measured with the rest.
"""

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tests import reference
from tests.bench import totals
from tests.bench.corpora import APPENDED, Corpus
from tests.bench.totals import Totals

ROOT = Path(__file__).resolve().parents[2]


class Expected(msgspec.Struct, frozen=True):
    """The true totals of a corpus, and what it holds."""

    usage_lines: int
    responses: int
    before: Totals
    after: Totals
    """With the line that is appended."""
    seconds: float


def expected(corpus: Corpus) -> Expected:
    """Have a corpus read in a process of its own."""
    command = (sys.executable, "-m", "tests.bench.expected", str(corpus.home))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return msgspec.json.decode(done.stdout, type=Expected)


def read(corpus: Corpus, now: datetime) -> Expected:
    """Read a corpus, and once more with the line that is appended."""
    started = time.perf_counter()
    copies = reference.copies_below(corpus.projects)
    before = totals.of_rows(reference.rows(copies, UTC, now))
    seconds = time.perf_counter() - started
    own = reference.own_session(corpus.last.relative_to(corpus.projects))
    grown = [*copies, *reference.copies_in(APPENDED, own)]
    return Expected(
        usage_lines=len(copies),
        responses=before.messages or 0,
        before=before,
        after=totals.of_rows(reference.rows(grown, UTC, now)),
        seconds=seconds,
    )


if __name__ == "__main__":
    home = Path(sys.argv[1])
    sys.stdout.buffer.write(msgspec.json.encode(read(Corpus(home, 0, 0), datetime.now(UTC))))
