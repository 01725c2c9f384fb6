"""A table on a terminal: every figure whole at any width, and the total set apart.

What is piped stays plain text, and rich is not even loaded for it.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from claudeusage_app.cli.talk import show, table

if TYPE_CHECKING:
    from rich.box import Box
    from rich.table import Table

_WIDE, _NARROW = 2, 1
"""Blanks between two columns."""

Rows = list[tuple[str, ...]]


def show_table(rows: Rows, environ: Mapping[str, str] = os.environ) -> None:
    """Print a table on stdout; its first row is the head, its last one the total."""
    if not sys.stdout.isatty():
        show(table(rows))
        return
    from rich.console import Console

    plain = bool(environ.get("NO_COLOR"))
    console = Console(color_system=None if plain else "auto", highlight=False, markup=False)
    box = _box("-" if console.options.ascii_only else "─")
    for number, part in enumerate(fitted(rows, console.width)):
        if number:
            console.line()
        console.print(_table(*part, box))


def fitted(rows: Rows, width: int) -> Iterator[tuple[Rows, int]]:
    """Yield tables that fit a *width*, each with the blanks between its columns.

    Heads are broken at their blanks before columns move closer. What still does not fit goes on
    in a further table under the same names, so that no figure is ever cut or folded.
    """
    stacked = [tuple(head.replace(" ", "\n") for head in rows[0]), *rows[1:]]
    for candidate, gap in ((rows, _WIDE), (stacked, _WIDE), (stacked, _NARROW)):
        if _width(candidate, gap) <= width:
            yield candidate, gap
            return
    columns = list(zip(*stacked, strict=True))
    taken = columns[:1]
    for column in columns[1:]:
        if len(taken) > 1 and _width(_rows([*taken, column]), _WIDE) > width:
            yield _rows(taken), _WIDE
            taken = columns[:1]
        taken.append(column)
    yield _rows(taken), _WIDE


def _rows(columns: Rows) -> Rows:
    return list(zip(*columns, strict=True))


def _width(rows: Rows, gap: int) -> int:
    columns = zip(*rows, strict=True)
    widths = [max(len(line) for cell in column for line in cell.split("\n")) for column in columns]
    return sum(widths) + gap * (len(widths) - 1)


def _table(rows: Rows, gap: int, box: "Box") -> "Table":
    from rich.table import Table

    head, *body, total = rows
    made = Table(
        box=box,
        show_edge=False,
        show_header=False,  # rich would draw a line below it
        show_footer=True,
        pad_edge=False,
        padding=(0, gap - 1, 0, 0),
        footer_style="bold",
        border_style="dim",
    )
    for number, cell in enumerate(total):
        made.add_column(
            footer=cell,
            justify="right" if number else "left",
            vertical="bottom",
            overflow="fold",
        )
    made.add_row(*head, style="dim")
    for row in body:
        made.add_row(*row)
    return made


def _box(line: str) -> "Box":
    """Draw nothing but one line above the total; each column's last blank belongs to the box."""
    from rich.box import Box

    blank = "    "
    drawn = [blank] * 8
    drawn[5] = line * 4
    return Box("\n".join(drawn) + "\n", ascii=line == "-")
