"""Lettering: how wide words are in a drawing, whose reader may have any of several fonts.

The widths are the advances of Liberation Sans in thousandths of the size, which are those of Arial
and Helvetica too. Where more has to fit than they foretell, ``textLength`` makes it fit.
"""

SANS = (
    "-apple-system,BlinkMacSystemFont,Segoe UI,Helvetica Neue,Noto Sans,Liberation Sans,Arial,"
    "sans-serif"
)

SIZE = 12
"""Pixels of the letters of a drawing."""

_WIDEST = 944
_REGULAR = {
    222: "ijl",
    278: " ftI,.:\u202f",
    333: "r-",
    500: "cksvxyzJ",
    556: "abdeghnopquL0123456789$–",
    584: "<",
    611: "FTZ",
    667: "ABEKPSVXY",
    722: "wCDHNRU",
    778: "GOQ",
    833: "mM",
    944: "W",
}
_SEMIBOLD = {
    278: " ijlI,.\u202f",
    333: "ft-:",
    389: "r",
    500: "z",
    556: "aceksvxyJ0123456789$–",
    584: "<",
    611: "bdghnopquFLTZ",
    667: "EPSVXY",
    722: "ABCDHKNRU",
    778: "wGOQ",
    833: "M",
    889: "m",
    944: "W",
}
"""A narrow blank, which many fonts do not have, is counted as the blank that stands in for it."""


def width(words: str, *, semibold: bool = False) -> int:
    """Return the pixels that words take, in whole pixels upwards."""
    widths = _BOLD_WIDTHS if semibold else _WIDTHS
    return -(-sum(widths.get(letter, _WIDEST) for letter in words) * SIZE // 1_000)


def _by_letter(table: dict[int, str]) -> dict[str, int]:
    return {letter: advance for advance, letters in table.items() for letter in letters}


_WIDTHS = _by_letter(_REGULAR)
_BOLD_WIDTHS = _by_letter(_SEMIBOLD)
