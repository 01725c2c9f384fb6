"""Active time: how long somebody was at work, told from the moments of their messages."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from claudeusage_core.moments import Calendar

IDLE_AFTER_MS = 600_000
"""A pause of ten minutes, or longer, is not work."""


def active_seconds(times_ms: Iterable[int], calendar: Calendar) -> dict[date, int]:
    """Add up, by local day, the pauses between moments that are shorter than ten minutes.

    A pause over midnight is split; each day's sum is cut to whole seconds.
    """
    active: defaultdict[date, int] = defaultdict(int)
    for earlier, later in pairwise(sorted(times_ms)):
        if later - earlier >= IDLE_AFTER_MS:
            continue
        start = earlier
        while (midnight := calendar.next_start(start)) is not None and midnight < later:
            active[calendar.day(start)] += midnight - start
            start = midnight
        active[calendar.day(start)] += later - start
    return {day: total // 1000 for day, total in active.items()}
