"""Claude Code's own settings file, of which one setting is read and nothing is ever changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import cast

USUAL_DAYS = 30
LONGEST = 1 << 22
"""Bytes of a settings file that are read."""
MOST_DAYS = 1e9


class ToldBy(StrEnum):
    """Who says how long transcripts are kept."""

    SETTINGS = "settings"
    DEFAULT = "default"
    UNREADABLE = "unreadable"
    """There is a file, but what it says is not understood; the default is assumed."""


@dataclass(frozen=True, slots=True)
class Cleanup:
    """After how many days Claude Code deletes transcripts; after 0 it keeps none."""

    days: int
    told_by: ToldBy


def cleanup_period(projects: Path) -> Cleanup:
    """Read ``cleanupPeriodDays`` from the settings beside a folder of projects."""
    try:
        settings = _settings(projects.parent / "settings.json")
    except (OSError, ValueError, TypeError, RecursionError):
        return Cleanup(USUAL_DAYS, ToldBy.UNREADABLE)
    period = settings.get("cleanupPeriodDays")
    if period is None:
        return Cleanup(USUAL_DAYS, ToldBy.DEFAULT)
    number = isinstance(period, int | float) and not isinstance(period, bool)
    if not number or not 0 <= cast("float", period) < MOST_DAYS:
        return Cleanup(USUAL_DAYS, ToldBy.UNREADABLE)
    return Cleanup(int(cast("float", period)), ToldBy.SETTINGS)


def _settings(path: Path) -> Mapping[str, object]:
    """Read all settings, none where there is no file; raise `ValueError` or `OSError`."""
    if not path.exists():
        return {}
    if not path.is_file():  # reading something else might never end
        raise ValueError
    with path.open("rb") as file:
        settings: object = json.loads(file.read(LONGEST).decode("utf-8-sig"))
    if not isinstance(settings, dict):
        raise TypeError
    return cast("dict[str, object]", settings)
