"""The colours of the app, light and dark, by their role."""

import functools
from dataclasses import dataclass

from claudeusage_resources.tokens import Theme, colours


@dataclass(frozen=True, slots=True)
class Tokens:
    """One colour per role, as ``#RRGGBB``."""

    bg: str
    surface: str
    sunk: str
    line: str
    control: str
    ink: str
    ink2: str
    ink3: str
    accent: str
    on_accent: str
    tint: str
    warn: str
    bad: str
    models: tuple[str, ...]
    """By slot; the last one is for all others."""


@functools.cache
def tokens_of(theme: Theme) -> Tokens:
    """Return the colours of a theme."""
    of = colours(theme)
    return Tokens(
        bg=of["bg"],
        surface=of["surface"],
        sunk=of["sunk"],
        line=of["line"],
        control=of["control"],
        ink=of["ink"],
        ink2=of["ink2"],
        ink3=of["ink3"],
        accent=of["accent"],
        on_accent=of["on-accent"],
        tint=of["tint"],
        warn=of["warn"],
        bad=of["bad"],
        models=(*(of[f"model{slot}"] for slot in range(6)), of["other"]),
    )
