"""Text that a server may say and that nobody may be shown as it is."""

import unicodedata

UNSHOWN = {
    "control": "\x00\x07\x08\x7f\x9b",
    "line ends": "\r\n\x0b\x0c\x85\u2028\u2029",
    "ansi": "\x1b[2J\x1b[31m",
    "osc": "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\\x1b]0;title\x07",
    "bidi": "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    "zero width": "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\ufe0f\U000e0101",
    "invisible letters": "\u115f\u1160\u3164\uffa0\u2800",
    "tags": "\U000e0041\U000e007f",
    "spaces": "\u00a0\u2003\u3000",
    "private": "\ue000\U000f0000",
}
"""What acts on a terminal, turns text around, or cannot be seen."""

_INVISIBLE = set("".join(UNSHOWN["zero width"] + UNSHOWN["invisible letters"]))


def is_plain(text: str) -> bool:
    """Say whether text holds only what can be seen, and the usual blank."""
    kinds = {unicodedata.category(each) for each in text if each != " "}
    return not kinds & {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp", "Zs"} and not (
        set(text) & _INVISIBLE
    )
