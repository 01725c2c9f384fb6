"""The colours of the app, light and dark, by their role."""

from dataclasses import dataclass


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


LIGHT = Tokens(
    bg="#F4F5F2",
    surface="#FCFCFA",
    sunk="#EAECE7",
    line="#D9DDD6",
    control="#7F8782",
    ink="#161B19",
    ink2="#454D49",
    ink3="#5F6763",
    accent="#0B6670",
    on_accent="#FCFCFA",
    tint="#DCE9E8",
    warn="#855200",
    bad="#A3261C",
    models=("#0B6670", "#CD7707", "#312785", "#1577C8", "#9B3300", "#610030", "#7F8782"),
)
DARK = Tokens(
    bg="#101413",
    surface="#181D1B",
    sunk="#0B0E0D",
    line="#2B3330",
    control="#707A75",
    ink="#E8ECE9",
    ink2="#B2BBB6",
    ink3="#8F9994",
    accent="#5CC3CD",
    on_accent="#0B0E0D",
    tint="#15302F",
    warn="#E0AC4B",
    bad="#F08A7E",
    models=("#4DB9C4", "#E7A226", "#6985E7", "#02669F", "#A54400", "#FFDAE0", "#78827D"),
)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, after WCAG 2."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 -- of the sRGB standard
