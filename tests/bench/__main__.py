"""Measure what a person waits for, beside other programs that read the same transcripts.

Everything runs in turns, as whole processes, with the transcripts in the page cache. The only
failure is a total of claudeusage that differs from a plain reading of every line.
"""

import argparse
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import peers, readme
from tests.bench.measuring import CommandFailed, Row
from tests.bench.sections import Bench, Section

STORE = Path(__file__).resolve().parents[2] / ".bench"
"""Where the peers are installed and the transcripts are written."""
_READERS = ("cat", "grep", "ccusage", "tokscale", "first", "unchanged", "appended")
GROUPS = {
    "large": _READERS,
    "medium": _READERS,
    "files": _READERS,
    "start": ("python", "today", "clone"),
    "memory": ("ccusage", "tokscale", "first"),
}
ROWS = """groups of rows for --only, and one row as in large/first:
  large    cat, grep, ccusage, tokscale, first, unchanged, appended
  medium   the same on 100 MB
  files    the same on 5,000 small files
  start    python, today, clone; no transcripts
  memory   ccusage, tokscale, first: the peak of each process, at 100 MB and at --size
"""
_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9}


def size(text: str) -> int:
    """Read a size as in ``1GB`` or ``250MB``."""
    match = re.fullmatch(r"(\d+)(KB|MB|GB)", text)
    if match is None:
        raise argparse.ArgumentTypeError("write it as 250MB or 1GB")
    return int(match[1]) * _UNITS[match[2]]


def row(text: str) -> str:
    """Read the name of a group, or of a row in it."""
    group, _, key = text.partition("/")
    if group not in GROUPS or (key and key not in GROUPS[group]):
        raise argparse.ArgumentTypeError("--help lists the rows")
    return text


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python3 -m tests bench",
        description=__doc__,
        epilog=ROWS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--size", type=size, default=size("1GB"), metavar="SIZE", help="of the large group; 1GB"
    )
    made.add_argument(
        "--oddities",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="mix in lines as they should not be, from 0 to 1 of the bytes; 0",
    )
    made.add_argument("--rounds", type=int, metavar="N", help="how often everything runs")
    made.add_argument(
        "--only", type=row, action="append", default=[], metavar="ROW", help="may be repeated"
    )
    made.add_argument("--no-peers", action="store_true", help="measure claudeusage alone")
    made.add_argument("--keep", action="store_true", help="keep the transcripts for the next time")
    made.add_argument("--write-readme", action="store_true", help="put the tables into README.md")
    return made


def main(arguments: Sequence[str], store: Path = STORE) -> int:
    options = parser().parse_args(arguments)
    found = peers.Peers(None) if options.no_peers else peers.installed(store / "peers")
    if found.problem:
        print(found.problem, file=sys.stderr)
    bench = Bench(
        peers=found,
        store=store / "corpora",
        size=options.size,
        oddities=options.oddities,
        rounds=options.rounds,
        only=tuple(options.only),
    )
    where = readme.machine(datetime.now(UTC).astimezone().date())
    print(where)
    sections: list[Section] = []
    try:
        for section in bench.sections():
            print(f"\n{section.table.aligned()}", flush=True)
            sections.append(section)
    except CommandFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    finally:
        if not options.keep:
            shutil.rmtree(bench.store, ignore_errors=True)
    if options.write_readme:
        text = readme.README.read_text("utf-8")
        tables = [section.table for section in sections]
        readme.README.write_text(readme.with_tables(text, where, tables), "utf-8")
    return verdict(row for section in sections for row in section.rows)


def verdict(rows: Iterable[Row]) -> int:
    """Say which rows differ from a plain reading, and return the exit code."""
    differing = [row.entrant.name for row in rows if row.differs]
    for name in differing:
        print(f"\nThe totals of {name} are not those of a plain reading.")
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
