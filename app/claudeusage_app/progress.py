"""How far a scan is, and how long it may still take."""

import math
from collections.abc import Callable
from typing import NamedTuple

from claudeusage_core import figures

TELL_EVERY_SECONDS = 0.25
"""Four times a second are as many as anybody can read."""
_HONEST_AFTER_SECONDS = 1.0
"""Before, a rate says more of the first file than of the disk."""
_SMOOTH_SECONDS = 5.0
"""A change of pace is believed after about this long."""


class Progress(NamedTuple):
    """How far a scan is: files and bytes that had something new, and those that are read."""

    files_done: int
    files: int
    bytes_done: int
    bytes: int


class Forecast(NamedTuple):
    """How far a scan is, and the seconds that it may still take; None where nobody can tell."""

    progress: Progress
    seconds_left: int | None = None


def reading_line(forecast: Forecast) -> str:
    """Say how far a scan is, in the same words wherever that is said."""
    progress = forecast.progress
    done, whole = progress.bytes_done // 1_000_000, progress.bytes // 1_000_000
    parts = [
        f"{figures.count(progress.files_done)} of {figures.plural(progress.files, 'file')}",
        f"{figures.count(done)} of {figures.count(whole)} MB",
    ]
    if forecast.seconds_left is not None:
        parts.append(f"{figures.about(forecast.seconds_left)} left")
    return f"Reading transcripts: {' · '.join(parts)}"


class Meter:
    """Counts what a scan has read, and tells it at every step."""

    def __init__(
        self, files: int, size: int, on_progress: Callable[[Progress], None] | None
    ) -> None:
        """Take how many files of which *size* together are to be read."""
        self._files = files
        self._bytes = size
        self._on_progress = on_progress
        self._files_done = 0
        self._bytes_done = 0

    def within(self, read: int, size: int) -> None:
        """Tell that so many bytes are read of a file of which *size* bytes are new."""
        if read < size:
            self._tell(read)

    def file_done(self, size: int) -> None:
        """Tell that a file is read of which *size* bytes were new."""
        self._files_done += 1
        self._bytes_done += size
        self._tell(0)

    def _tell(self, more: int) -> None:
        if self._on_progress is not None:
            done = self._bytes_done + more
            self._on_progress(Progress(self._files_done, self._files, done, self._bytes))


class Pace:
    """The pace of one scan: told at most four times a second, and smoothed."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Begin the scan now."""
        self._monotonic = monotonic
        self._began = self._told = monotonic()
        self._bytes = 0
        self._rate: float | None = None

    def told(self, progress: Progress) -> Forecast | None:
        """Return what is worth telling of *progress*, None where it is too soon after the last."""
        now = self._monotonic()
        passed = now - self._told
        if passed < TELL_EVERY_SECONDS:
            return None
        rate = (progress.bytes_done - self._bytes) / passed
        if self._rate is not None:
            rate = self._rate + (rate - self._rate) * (1 - math.exp(-passed / _SMOOTH_SECONDS))
        self._told, self._bytes, self._rate = now, progress.bytes_done, rate
        left = progress.bytes - progress.bytes_done
        if now - self._began < _HONEST_AFTER_SECONDS or not left or rate <= 0:
            return Forecast(progress)
        return Forecast(progress, math.ceil(left / rate))
