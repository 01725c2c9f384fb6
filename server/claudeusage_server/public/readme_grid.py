"""The contribution grid as one drawing that stands alone, for a README."""

from markupsafe import escape

from claudeusage_core import figures
from claudeusage_resources.tokens import Theme, colours
from claudeusage_server.drawn.lettering import SANS, SIZE, width
from claudeusage_server.public import grid
from claudeusage_server.public.answers import Shown
from claudeusage_server.public.board import Board
from claudeusage_server.public.grid import Layout

LAYOUT = Layout(11, 3, 34)
_WIDTH, _HEIGHT = 773, 168
_NAME_AT = 12
_LOWER = 24
"""How far the grid and its months stand below the line with the name."""
_WEEKDAYS_AT = 56
_LEGEND_AT = 155
_SWATCH = 18
_LEGEND_GAP = 14


def draw(theme: Theme, shown: Shown, _board: Board) -> bytes:
    """Draw the grid in a theme, transparent, with its name, days, last day and legend."""
    span = grid.grid_span(shown.last)
    found = grid.levels(shown.history, span)
    active = f"{figures.plural(len(found.by_day), 'active day')} of {span.length}"
    name = escape(shown.profile.name)
    as_of = figures.day_short(shown.last)
    months = "".join(
        f'<text x="{LAYOUT.gutter + week * LAYOUT.pitch}" y="{12 + _LOWER}">{text}</text>'
        for week, text in grid.month_labels(span, range(grid.WEEKS), LAYOUT.pitch)
    )
    weekdays = "".join(
        f'<text y="{_WEEKDAYS_AT + row * LAYOUT.pitch}">{day}</text>'
        for row, day in ((0, "Mon"), (2, "Wed"), (4, "Fri"))
    )
    cells = "".join(
        f'<path class="l{level}" d="{path}"/>'
        for level, path in enumerate(grid.outlined(found, span, LAYOUT))
        if path
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}"'
        f' viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="t d">'
        f'<title id="t">{name}: {active}</title>'
        f'<desc id="d">API-equivalent cost of Claude Code per day, 53 weeks to {as_of}.</desc>'
        f"<style>{_style(theme)}</style>"
        f'<text y="{_NAME_AT}"><tspan class="name">{name}</tspan>'
        f'<tspan dx="10">{active}</tspan></text>'
        f'<text x="{_WIDTH}" y="{_NAME_AT}" text-anchor="end">as of {as_of}</text>'
        f'{months}{weekdays}<g transform="translate({LAYOUT.gutter} {_LOWER})">{cells}</g>'
        f"{_legend(found)}</svg>"
    ).encode()


def _style(theme: Theme) -> str:
    tokens = colours(theme)
    levels = "".join(
        f".l{number}{{fill:{colour};stroke:{colour};stroke-width:4;stroke-linejoin:round}}"
        for number in range(1, grid.LEVELS + 1)
        for colour in [tokens[f"level{number}"]]
    )
    return (
        f"text{{font:{SIZE}px {SANS};fill:{tokens['ink3']}}}"
        f".name{{font-weight:600;fill:{tokens['ink']}}}"
        f".l0{{fill:none;stroke:{tokens['readme-edge']};stroke-linejoin:round}}{levels}"
    )


def _legend(found: grid.Levels) -> str:
    """Set a swatch and its limit for each level, in a row below the first week."""
    limits = [f"to {figures.money(limit)}" for limit in found.limits]
    drawn, x = "", LAYOUT.gutter
    for level, words in enumerate(("none", *limits, "more")):
        inner = LAYOUT.cell - 4
        swatch = (
            f"M{x + 2} {_LEGEND_AT + 2}h{inner}v{inner}h-{inner}z"
            if level
            else f"M{x}.5 {_LEGEND_AT}.5h10v10h-10z"
        )
        drawn += f'<path class="l{level}" d="{swatch}"/>'
        drawn += f'<text x="{x + _SWATCH}" y="{_LEGEND_AT + 10}">{escape(words)}</text>'
        x += _SWATCH + width(words) + _LEGEND_GAP
    return drawn
