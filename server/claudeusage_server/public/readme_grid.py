"""The contribution grid as one drawing that stands alone, for a README."""

from markupsafe import escape

from claudeusage_core import figures
from claudeusage_resources.tokens import Theme, colours
from claudeusage_server.public import grid
from claudeusage_server.public.answers import Shown
from claudeusage_server.public.board import Board
from claudeusage_server.public.grid import Layout

LAYOUT = Layout(11, 3, 34)
_WIDTH, _HEIGHT = 773, 168
_LEGEND_Y = 150
_FONT = (
    "-apple-system,BlinkMacSystemFont,Segoe UI,Helvetica Neue,Noto Sans,Liberation Sans,Arial,"
    "sans-serif"
)


def draw(theme: Theme, shown: Shown, _board: Board) -> bytes:
    """Draw the grid in a theme, transparent, with its name, day and legend."""
    tokens = colours(theme)
    ink, edge = tokens["ink3"], tokens["readme-edge"]
    span = grid.grid_span(shown.last)
    found = grid.levels(shown.history, span)
    active = figures.plural(len(found.by_day), "active day")
    name = escape(shown.profile.name)
    as_of = figures.day_short(shown.last)
    texts = "".join(
        f'<text x="{LAYOUT.gutter + week * LAYOUT.pitch}" y="12">{text}</text>'
        for week, text in grid.month_labels(span, range(grid.WEEKS), LAYOUT.pitch)
    )
    texts += "".join(
        f'<text y="{32 + row * LAYOUT.pitch}">{day}</text>'
        for row, day in ((0, "Mon"), (2, "Wed"), (4, "Fri"))
    )
    cells = "".join(
        f'<path class="l{level}" d="{path}"/>'
        for level, path in enumerate(grid.outlined(found, span, LAYOUT))
        if path
    )
    rules = "".join(
        f".l{number}{{fill:{colour};stroke:{colour};stroke-width:4;stroke-linejoin:round}}"
        for number in range(1, grid.LEVELS + 1)
        for colour in [tokens[f"level{number}"]]
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}"'
        f' viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="t d">'
        f'<title id="t">{name}: {active}</title>'
        f'<desc id="d">API-equivalent cost per day, 53 weeks to {as_of}.</desc>'
        f"<style>text{{font:12px {_FONT};fill:{ink}}}.l0{{fill:none;stroke:{edge}}}"
        f"{rules}</style>{texts}"
        f'<g transform="translate({LAYOUT.gutter})">{cells}</g>'
        f'<text y="{_LEGEND_Y + 10}">{name} · {active} · as of {as_of}</text>{_legend()}</svg>'
    )
    return svg.encode()


def _legend() -> str:
    left = _WIDTH - 34 - (grid.LEVELS + 1) * LAYOUT.pitch
    swatches = f'<path class="l0" d="M{left}.5 {_LEGEND_Y}.5h10v10h-10z"/>'
    swatches += "".join(
        f'<path class="l{level}" d="M{left + level * LAYOUT.pitch + 2} {_LEGEND_Y + 2}h7v7h-7z"/>'
        for level in range(1, grid.LEVELS + 1)
    )
    words = ((left - 6, "less"), (_WIDTH, "more"))
    return swatches + "".join(
        f'<text x="{x}" y="{_LEGEND_Y + 10}" text-anchor="end">{word}</text>' for x, word in words
    )
