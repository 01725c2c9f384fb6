"""The one style sheet: the tokens of both themes, then the rules of each part of the pages."""

from claudeusage_resources.tokens import Theme, colours
from claudeusage_server.web.assets import asset

PARTS = ("site.css", "board.css")
"""The files of rules, in their order: a later one may narrow what an earlier one says."""


def style_sheet() -> bytes:
    """Return the sheet; the system's theme holds until ``data-theme`` names another."""
    light, dark = _block(Theme.LIGHT), _block(Theme.DARK)
    themes = (
        f":root {{ color-scheme: light dark; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        f':root[data-theme="light"] {{ color-scheme: light; {light} }}\n'
        f':root[data-theme="dark"] {{ color-scheme: dark; {dark} }}\n'
        f"@media print {{ :root:root {{ color-scheme: light; {light} }} }}\n"
    )
    return themes.encode() + b"".join(asset(part) for part in PARTS)


def _block(theme: Theme) -> str:
    return " ".join(f"--{token}: {colour};" for token, colour in colours(theme).items())
