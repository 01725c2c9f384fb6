"""The time zone whose calendar days are counted: which days move when it is changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from claudeusage_app.identity import kept_zone
from claudeusage_app.installation import Installation
from claudeusage_core.usage import DailyUsage


@dataclass(frozen=True, slots=True)
class Moved:
    """A day whose row differs between two zones; None where it has no row."""

    date: date
    before: DailyUsage | None
    after: DailyUsage | None


def moved_days(program: Installation, zone: ZoneInfo) -> tuple[Moved, ...]:
    """Return the days that would change if *zone* were kept, by date."""
    before = {day.date: day for day in program.figures()}
    after = {day.date: day for day in program.figures(zone)}

    def found() -> Iterator[Moved]:
        for day in sorted(before.keys() | after.keys()):
            if before.get(day) != after.get(day):
                yield Moved(day, before.get(day), after.get(day))

    return tuple(found())


def keep_zone(program: Installation, zone: ZoneInfo) -> None:
    """Count the days of *zone* from now on, those of the past too."""
    with program.ledger() as database, database.writing():
        kept_zone(database)
        database.set_fact("zone", zone.key)
