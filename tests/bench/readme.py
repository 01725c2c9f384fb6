"""The measurements in the README: which lines are theirs, and where they were taken."""

import os
import platform
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from tests.bench.table import Table

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN = "<!-- bench -->"
END = "<!-- end of bench -->"


def machine(day: date) -> str:
    """Say in a sentence where and when something was measured."""
    return (
        f"Measured on {day.day} {day:%B %Y}: {_processor()}, {os.cpu_count()} cores,"
        f" {platform.system()}, Python {platform.python_version()}."
    )


def with_tables(text: str, where: str, tables: Iterable[Table]) -> str:
    """Replace what stands between the two markers."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The markers {BEGIN} and {END} do not both stand in the text.")
    parts = (where, *(table.markdown() for table in tables))
    return "\n\n".join((f"{before}{BEGIN}", *parts, f"{END}{after}"))


def _processor() -> str:
    """Return the name of the processor, as Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
