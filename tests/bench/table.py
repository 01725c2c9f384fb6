"""What was measured, as a table: aligned for a terminal, or as Markdown for the README."""

from collections.abc import Sequence
from typing import NamedTuple

from tests.bench.measuring import Row, Spread

MEGABYTE = 1_000_000
LEAST_PEAK = 10 * MEGABYTE
"""Below this it may be the launcher's."""


class Table(NamedTuple):
    """Cells of text under a head; the first column is of names."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        rule = ("---", *("---:" for _ in self.head[1:]))
        return "\n".join(f"| {' | '.join(cells)} |" for cells in (self.head, rule, *self.rows))

    def aligned(self) -> str:
        lines = (self.head, *self.rows)
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                (cell.rjust if column else cell.ljust)(width)
                for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
            ).rstrip()
            for cells in lines
        )


def timings(title: str, rows: Sequence[Row], base: str) -> Table:
    """Put rows side by side, each as a ratio to that of the entrant with the key *base*."""
    found = {row.entrant.key: row for row in rows if row.runs}
    held_against = found.get(base)
    ratio = f"of {base}" if held_against else ""
    return Table(
        (title, "wall s", ratio, "CPU s", ratio, "peak MB", "totals"),
        tuple(_timing(row, held_against) for row in rows),
    )


def peaks(title: str, rows: Sequence[tuple[str, Row]]) -> Table:
    """List the peak memory of each process of the last run, by the size that was read."""
    return Table(
        (title, "read", "MB of each process"),
        tuple(
            (row.entrant.name, size, " + ".join(map(_megabytes, row.runs[-1].peaks)))
            for size, row in rows
            if row.runs
        ),
    )


def _timing(row: Row, base: Row | None) -> tuple[str, ...]:
    if not row.runs:
        said = row.failures[-1].errors.strip().partition("\n")[0][:100]
        return (row.entrant.name, "failed", "", "", "", "", said)
    return (
        row.entrant.name,
        _spread(row.wall),
        _ratio(row.wall, base.wall if base else None),
        _seconds(row.cpu.median),
        _ratio(row.cpu, base.cpu if base else None),
        _megabytes(row.peak.median) if row.peak.median >= LEAST_PEAK else "",
        _totals(row),
    )


def _totals(row: Row) -> str:
    if row.entrant.expected is None or not row.totals:
        return ""
    wrong = [each for each in row.totals if each != row.entrant.expected]
    return (wrong or row.totals)[-1].told_beside(row.entrant.expected)


def _spread(spread: Spread) -> str:
    least, median, most = map(_seconds, (spread.least, spread.median, spread.most))
    return f"{median} ({least}–{most})"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f}" if seconds >= 1 else f"{seconds:.3f}"


def _ratio(spread: Spread, base: Spread | None) -> str:
    if base is None or not base.median:
        return ""
    ratio = spread.median / base.median
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.3f}"


def _megabytes(size: float) -> str:
    return f"{size / MEGABYTE:.0f}"
