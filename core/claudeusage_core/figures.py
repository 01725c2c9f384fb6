"""How a number is written: money, tokens, counts, times, shares, changes and dates.

One place for the tray, the command line and the pages, so that a figure reads the same
everywhere. Sums are rounded once, from the same integers as their parts.
"""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

UNKNOWN = "–"
_NARROW = "\u202f"
_MICRO = 1_000_000
_CENT = 10_000
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def money(microusd: int | None) -> str:
    """Write dollars: cents below $1,000, then whole dollars, then k and M with one decimal."""
    if microusd is None:
        return UNKNOWN
    if 0 < microusd < _CENT // 2:
        return "< $0.01"
    if microusd < 1_000 * _MICRO - _CENT // 2:
        return money_exact(microusd)
    dollars = _rounded(microusd, _MICRO)
    if dollars < 10_000:
        return f"${dollars:,}"
    if microusd < 999_950 * _MICRO:
        return f"${_tenths(microusd, 1_000 * _MICRO)}k"
    return f"${_tenths(microusd, 1_000_000 * _MICRO)}M"


def money_exact(microusd: int | None) -> str:
    """Write dollars with two decimals at any size, as in table columns."""
    if microusd is None:
        return UNKNOWN
    if 0 < microusd < _CENT // 2:
        return "< $0.01"
    cents = _rounded(microusd, _CENT)
    return f"${cents // 100:,}.{cents % 100:02d}"


def money_short(microusd: int) -> str:
    """Write dollars for an axis or a badge: no trailing zeros, k from $1,000."""
    if microusd < 1_000 * _MICRO - _CENT // 2:
        text = money_exact(microusd)
        return text.removesuffix(".00")
    unit, scale = ("M", 10**6) if microusd >= 999_950 * _MICRO else ("k", 10**3)
    return f"${_tenths(microusd, scale * _MICRO).removesuffix('.0')}{unit}"


def tray_label(microusd: int) -> str:
    """Write dollars in at most four glyphs, rounded down so that it never shows too much."""
    dollars = microusd // _MICRO
    if dollars < 100:
        return f"${dollars}"
    if dollars < 1_000:
        return str(dollars)
    if dollars < 10_000:
        return f"{dollars // 1_000}.{dollars % 1_000 // 100}k"
    if dollars < 1_000_000:
        return f"{dollars // 1_000}k"
    return f"{min(dollars // 1_000_000, 999)}M"


def tokens(count: int) -> str:
    """Write tokens with three significant digits and k, M or B; exact below a thousand."""
    if count < 1_000:
        return str(count)
    for unit, scale in (("k", 10**3), ("M", 10**6), ("B", 10**9), ("T", 10**12)):
        text = _three_digits(count, scale)
        if Decimal(text) < 1_000 or unit == "T":
            return text + unit
    raise AssertionError


def count(number: int) -> str:
    """Write a count exactly, in comma groups."""
    return f"{number:,}"


def duration(seconds: int) -> str:
    """Write hours and two-digit minutes; under an hour minutes only. Seconds are cut."""
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes}{_NARROW}m"
    return f"{minutes // 60}{_NARROW}h {minutes % 60:02d}{_NARROW}m".replace(" ", _NARROW)


def about(seconds: int) -> str:
    """Write how long something may take: roughly, as nobody knows it better."""
    if seconds < 10:
        return "a few seconds"
    if seconds <= 55:
        return f"about {-(-seconds // 5) * 5}{_NARROW}s"
    minutes = -(-seconds // 60)
    if minutes < 60:
        return f"about {minutes}{_NARROW}m"
    return f"about {duration(minutes * 60)}"


def plural(number: int, one: str, many: str = "") -> str:
    """Write a count with its noun: ``1 day``, ``2 days``."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def share(part: int, whole: int) -> str:
    """Write a share with one decimal, as in tables."""
    if not whole:
        return UNKNOWN
    return f"{_tenths(part * 100, whole)}%"


def change(now: int, before: int) -> str:
    """Write how *now* compares with *before*: an arrow and whole percent, or words."""
    if now == before:
        return f"{UNKNOWN} unchanged"
    if not before:
        return "first period"
    percent = _rounded(abs(now - before) * 100, before)
    if percent > 999:
        return "more than tenfold"
    return f"{'▲' if now > before else '▼'} {percent}%"


def change_spoken(now: int, before: int) -> str:
    """Write what a screen reader says instead of `change`."""
    text = change(now, before)
    if text[0] not in "▲▼":
        return text.removeprefix(f"{UNKNOWN} ")
    return f"{'up' if text[0] == '▲' else 'down'} {text[2:-1]} percent"


def ordinal(number: int) -> str:
    """Write a place in a row: ``1st``, ``214th``, ``1,002nd``."""
    teen = number // 10 % 10 == 1
    ending = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{count(number)}{ending}"


def rank_move(rank: int, before: int | None) -> str:
    """Write how a rank has moved since it was *before*: an arrow and places, or ``new``."""
    if before is None:
        return "new"
    if rank == before:
        return UNKNOWN
    return f"{'▲' if rank < before else '▼'} {count(abs(rank - before))}"


def rank_move_spoken(rank: int, before: int | None) -> str:
    """Write what a screen reader says instead of `rank_move`."""
    if before is None:
        return "new"
    if rank == before:
        return "unchanged"
    return f"{'up' if rank < before else 'down'} {plural(abs(rank - before), 'place')}"


def rank_move_long(rank: int, before: int | None) -> str:
    """Write `rank_move` in a sentence: ``▲ 31 places``, ``– unchanged``, ``new``."""
    short = rank_move(rank, before)
    if before is None:
        return short
    if rank == before:
        return f"{short} unchanged"
    return f"{short} {'place' if abs(rank - before) == 1 else 'places'}"


def day_long(day: date, today: date) -> str:
    """Write ``22 November``, with the year when it is not this year's."""
    text = f"{day.day} {_MONTHS[day.month - 1]}"
    return text if day.year == today.year else f"{text} {day.year}"


def day_short(day: date) -> str:
    """Write ``22 Nov 2026``, as in tables."""
    return f"{day.day} {month_short(day)} {day.year}"


def day_range(first: date, last: date, today: date) -> str:
    """Write ``14 – 21 Nov``: each month and year once, and this year not at all."""
    if first == last:
        return _day_in(last, today)
    if first.year != last.year:
        start = f"{first.day} {month_short(first)} {first.year}"
    elif first.month != last.month:
        start = f"{first.day} {month_short(first)}"
    else:
        start = str(first.day)
    return f"{start} – {_day_in(last, today)}"


def month_short(day: date) -> str:
    """Write ``Nov``."""
    return _MONTHS[day.month - 1][:3]


def month_long(day: date) -> str:
    """Write ``November 2026``."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def weekday_short(day: date) -> str:
    """Write ``Sun``."""
    return _WEEKDAYS[day.weekday()]


def _day_in(day: date, today: date) -> str:
    text = f"{day.day} {month_short(day)}"
    return text if day.year == today.year else f"{text} {day.year}"


def _rounded(number: int, unit: int) -> int:
    return (2 * number + unit) // (2 * unit)


def _tenths(number: int, unit: int) -> str:
    tenths = _rounded(number * 10, unit)
    return f"{tenths // 10}.{tenths % 10}"


def _three_digits(number: int, scale: int) -> str:
    value = Decimal(number) / scale
    for places in ("0.01", "0.1", "1"):
        rounded = value.quantize(Decimal(places), ROUND_HALF_UP)
        if len(rounded.as_tuple().digits) <= 3 or places == "1":
            return str(rounded)
    raise AssertionError
