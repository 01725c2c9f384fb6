"""The commands that show figures: ``today``, ``report``, and the overview without a display."""

import argparse
from datetime import date, timedelta

from claudeusage_app.cli.reading import API_EQUIVALENT, read_transcripts, say_unpriced
from claudeusage_app.cli.talk import say, show, show_json, table
from claudeusage_app.errors import PeriodInvalid
from claudeusage_app.identity import named_zone
from claudeusage_app.installation import Installation, Today
from claudeusage_app.report import Totals, in_period, total_members, totals
from claudeusage_core import figures
from claudeusage_core.moments import local_day, milliseconds
from claudeusage_core.usage import DailyUsage

_HEAD = (
    "Day",
    "Cost",
    "Messages",
    "Sessions",
    "Active",
    "Input",
    "Output",
    "Cache write",
    "Cache read",
)


def today(arguments: argparse.Namespace) -> int:
    """Show today's figures."""
    program = Installation.open()
    code = read_transcripts(program)
    now = program.today()
    if arguments.json:
        show_json(
            {
                "date": now.date.isoformat(),
                "timezone": now.zone,
                "cost_microusd": now.cost_microusd,
                "messages": now.messages,
                "tokens": now.tokens,
                "sessions": now.sessions,
                "active_seconds": now.active_seconds,
                "unpriced_tokens": now.unpriced_tokens,
            }
        )
        return code
    show(_line("Today", now))
    say(API_EQUIVALENT)
    say_unpriced(now.unpriced_tokens)
    return code


def report(arguments: argparse.Namespace) -> int:
    """Show a row for each day, and their totals."""
    zone = named_zone(arguments.timezone) if arguments.timezone is not None else None
    if arguments.since and arguments.until and arguments.since > arguments.until:
        raise PeriodInvalid
    program = Installation.open()
    code = read_transcripts(program)
    since = arguments.since
    if arguments.days:
        last = arguments.until or _today(program, arguments)
        since = date.fromordinal(max(last.toordinal() - arguments.days + 1, 1))
    days = in_period(program.figures(zone), since, arguments.until)
    sums = totals(days)
    if arguments.json:
        from claudeusage_core.payload import day_of

        show_json(
            {
                "days": [day_of(day).row() for day in days],
                "totals": total_members(sums),
                "unpriced_tokens": sums.unpriced_tokens,
                "skipped": program.skipped(),
            }
        )
        return code
    show(
        table([_HEAD, *(_row(day) for day in days), _total(sums)])
        if days
        else "No usage in this period."
    )
    say(API_EQUIVALENT)
    say_unpriced(sums.unpriced_tokens)
    return code


def overview(program: Installation) -> int:
    """Show today and the last 30 days: what the tray would, in two lines."""
    read_transcripts(program)
    now = program.today()
    sums = totals(in_period(program.figures(), now.date - timedelta(29), now.date))
    show(
        table(
            [
                ("", "Cost", "Sessions", "Active", "Tokens"),
                (
                    "Today",
                    figures.money(now.cost_microusd),
                    figures.count(now.sessions),
                    figures.duration(now.active_seconds),
                    figures.tokens(now.tokens),
                ),
                (
                    "Last 30 days",
                    figures.money(sums.cost_microusd or 0),
                    figures.count(sums.sessions),
                    figures.duration(sums.active_seconds),
                    figures.tokens(sums.tokens.total),
                ),
            ]
        )
    )
    say(API_EQUIVALENT)
    say_unpriced(sums.unpriced_tokens)
    return 0


def _today(program: Installation, arguments: argparse.Namespace) -> date:
    if arguments.timezone is None:
        return program.today().date
    return local_day(milliseconds(program.clock()), named_zone(arguments.timezone))


def _line(name: str, now: Today) -> str:
    sessions = figures.plural(now.sessions, "session")
    active = figures.duration(now.active_seconds)
    return f"{name} {figures.money(now.cost_microusd)} · {sessions} · {active}"


def _row(day: DailyUsage) -> tuple[str, ...]:
    return (
        f"{figures.weekday_short(day.date)} {day.date.isoformat()}",
        figures.money_exact(day.cost_microusd),
        figures.count(day.messages),
        figures.count(day.sessions_active),
        figures.duration(day.active_seconds),
        figures.tokens(day.tokens.input),
        figures.tokens(day.tokens.output),
        figures.tokens(day.tokens.cache_write_5m + day.tokens.cache_write_1h),
        figures.tokens(day.tokens.cache_read),
    )


def _total(sums: Totals) -> tuple[str, ...]:
    return (
        "Total",
        figures.money_exact(sums.cost_microusd),
        figures.count(sums.messages),
        figures.count(sums.sessions),
        figures.duration(sums.active_seconds),
        figures.tokens(sums.tokens.input),
        figures.tokens(sums.tokens.output),
        figures.tokens(sums.tokens.cache_write_5m + sums.tokens.cache_write_1h),
        figures.tokens(sums.tokens.cache_read),
    )
