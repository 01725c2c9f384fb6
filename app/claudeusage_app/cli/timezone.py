"""The command ``timezone``: whose days are counted, and which of them another zone moves."""

import argparse

from claudeusage_app.cli.reading import read_transcripts
from claudeusage_app.cli.talk import confirm, say, show, show_json, table
from claudeusage_app.identity import named_zone, system_zone
from claudeusage_app.installation import Installation
from claudeusage_app.zones import Moved, keep_zone, moved_days
from claudeusage_core import figures
from claudeusage_core.usage import DailyUsage

_HEAD = ("Day", "Messages", "then", "Cost", "then")


def timezone(arguments: argparse.Namespace) -> int:
    """Show the zone, or change it after showing which days will move."""
    wanted = named_zone(arguments.zone) if arguments.zone is not None else None
    program = Installation.open()
    if wanted is None:
        return _shown(program, as_json=arguments.json)
    code = read_transcripts(program)
    kept = program.zone(None)
    moved = moved_days(program, wanted)
    if arguments.json:
        show_json({"timezone": wanted.key, "was": kept.key, "moved": [*map(_members, moved)]})
    elif moved:
        show(table([_HEAD, *map(_row, moved)]))
    if kept.key == wanted.key:
        say(f"The days of {wanted.key} are counted already.")
        return code
    if moved:
        what = figures.plural(len(moved), "day changes", "days change")
        say(f"{what}. Days that were uploaded are sent again by the next upload.")
        confirm(f"Count the days of {wanted.key} instead of {kept.key}?", yes=arguments.yes)
    keep_zone(program, wanted)
    say(f"The days of {wanted.key} are counted from now on, those of the past too.")
    return code


def _shown(program: Installation, *, as_json: bool) -> int:
    kept, system = program.zone(None).key, system_zone()
    if as_json:
        show_json({"timezone": kept, "system": system})
    else:
        show(kept)
        if system != kept:
            say(f"This computer's zone is {system} now; `claudeusage timezone {system}` takes it.")
    return 0


def _row(moved: Moved) -> tuple[str, ...]:
    return (
        f"{figures.weekday_short(moved.date)} {moved.date.isoformat()}",
        *(figures.count(day.messages if day else 0) for day in (moved.before, moved.after)),
        *(figures.money_exact(_cost(day)) for day in (moved.before, moved.after)),
    )


def _members(moved: Moved) -> dict[str, object]:
    return {
        "date": moved.date.isoformat(),
        "messages_before": moved.before.messages if moved.before else 0,
        "messages_after": moved.after.messages if moved.after else 0,
        "cost_microusd_before": _cost(moved.before),
        "cost_microusd_after": _cost(moved.after),
    }


def _cost(day: DailyUsage | None) -> int | None:
    return day.cost_microusd if day else 0
