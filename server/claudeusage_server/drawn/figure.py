"""A figure as a page sets it: numerals with small units, every digit, and what it compares with."""

import re

from markupsafe import Markup

from claudeusage_core import figures

_WITH_UNIT = re.compile(r"(.*\d)([kMBT])")
_NARROW_SPACE = "\u202f"
_MICRO = 1_000_000


def parts(text: str) -> list[tuple[str, str]]:
    """Split a figure into numerals and the units that stand smaller beside them."""
    pieces = text.split(_NARROW_SPACE)
    if len(pieces) > 1:
        return list(zip(pieces[::2], pieces[1::2], strict=True))
    found = _WITH_UNIT.fullmatch(text)
    return [(found[1], found[2])] if found else [(text, "")]


def dollars(microusd: int | None) -> str:
    """Write every digit that is known, for titles."""
    if microusd is None:
        return "unpriced"
    return f"${microusd // _MICRO:,}.{microusd % _MICRO:06d}"


def compared(now: int, before: int) -> Markup:
    """Write how a figure has changed, as seen and as said aloud."""
    seen = figures.change(now, before)
    if seen[0] not in "▲▼":
        return Markup.escape(seen)
    return Markup('<span aria-hidden="true">{} <b>{}</b></span><span class="sr">{}</span>').format(
        seen[0], seen[2:], figures.change_spoken(now, before)
    )


def streak_words(running: int, longest: int) -> str:
    """Write how a running streak, in days, stands to the longest one."""
    if not longest:
        return ""
    if running == longest:
        return "the longest so far"
    return f"longest {figures.plural(longest, 'day')}"
