"""The command ``report``: day rows added up in one way, and written in one form."""

import argparse
from collections.abc import Mapping
from datetime import date

from claudeusage_app.cli.own import marked, own_members, say_own
from claudeusage_app.cli.reading import API_EQUIVALENT, read_transcripts, say_unpriced
from claudeusage_app.cli.talk import say, show, show_json
from claudeusage_app.cli.terminal import show_table
from claudeusage_app.errors import PeriodInvalid
from claudeusage_app.identity import named_zone
from claudeusage_app.installation import Installation
from claudeusage_app.report import (
    Totals,
    added,
    by_model,
    by_session,
    grouped,
    in_period,
    month_name,
    token_members,
    total_members,
    totals,
    week_name,
)
from claudeusage_core import figures
from claudeusage_core.moments import local_day, milliseconds
from claudeusage_core.usage import DailyUsage, ModelUsage, TokenCounts

_NOTHING = "No usage in this period."
_TOKENS = ("Input", "Output", "Cache write", "Cache read")

Days = tuple[DailyUsage, ...]
Groups = tuple[tuple[str, Totals], ...]
Members = Mapping[str, str | int | None]


def report(arguments: argparse.Namespace) -> int:
    """Show the figures of a period."""
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
    groups = _groups(days, arguments.by)
    if arguments.by == "session":
        groups = by_session(program.sessions(), program.zone(zone), since, arguments.until)
    sums = added(each for _, each in groups)
    if arguments.json:
        rows = _rows(days, groups, arguments.by)
        show_json(
            {
                f"{arguments.by}s": rows,
                "totals": total_members(sums),
                "unpriced_tokens": sums.unpriced_tokens,
                "skipped": program.skipped(),
                **own_members(sums.own_models),
            }
        )
    elif arguments.csv:
        show(_csv(_members(days, groups, arguments.by)))
        say_unpriced(sums.unpriced_tokens)
        say_own(sums.own_models)
    else:
        if groups:
            show_table(_table(days, groups, arguments.by))
        else:
            show(_NOTHING)
        say(API_EQUIVALENT)
        say_unpriced(sums.unpriced_tokens)
        say_own(sums.own_models)
    return code


def _groups(days: Days, by: str) -> Groups:
    return grouped(days, {"week": week_name, "month": month_name}.get(by, date.isoformat))


def _rows(days: Days, groups: Groups, by: str) -> object:
    """Return rows as plain values; those of days are exactly the upload's."""
    if by != "day":
        return _members(days, groups, by)
    from claudeusage_core.payload import day_of

    return [day_of(day).row() for day in days]


def _csv(rows: list[Members]) -> str:
    """Return rows as comma separated values under a header (RFC 4180, but for line feeds)."""
    import csv
    import io

    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue().rstrip("\n")


def _members(days: Days, groups: Groups, by: str) -> list[Members]:
    if by == "model":
        return [
            {
                "model": row.model,
                "messages": row.messages,
                **token_members(row.tokens),
                "cost_microusd": row.cost_microusd,
            }
            for row in by_model(days)
        ]
    return [{by: name, **total_members(sums)} for name, sums in groups]


def _table(days: Days, groups: Groups, by: str) -> list[tuple[str, ...]]:
    if by == "model":
        return _model_table(days)
    rows: list[tuple[str, ...]] = [
        (by.capitalize(), "Cost", "Messages", "Sessions", "Active", *_TOKENS)
    ]
    if by == "day":
        rows += map(_day_row, days)
    else:
        rows += (_sum_row(name, sums) for name, sums in groups)
    return [*rows, _sum_row("Total", added(sums for _, sums in groups))]


def _model_table(days: Days) -> list[tuple[str, ...]]:
    sums = totals(days)
    cost, messages = figures.money_exact(sums.cost_microusd), figures.count(sums.messages)
    return [
        ("Model", "Cost", "Messages", *_TOKENS),
        *map(_model_row, by_model(days)),
        (marked("Total", sums.own_models), cost, messages, *_token_cells(sums.tokens)),
    ]


def _day_row(day: DailyUsage) -> tuple[str, ...]:
    return (
        marked(f"{figures.weekday_short(day.date)} {day.date.isoformat()}", day.own_models),
        figures.money_exact(day.cost_microusd),
        figures.count(day.messages),
        figures.count(day.sessions_active),
        figures.duration(day.active_seconds),
        *_token_cells(day.tokens),
    )


def _sum_row(name: str, sums: Totals) -> tuple[str, ...]:
    return (
        marked(name, sums.own_models),
        figures.money_exact(sums.cost_microusd),
        figures.count(sums.messages),
        figures.count(sums.sessions),
        figures.duration(sums.active_seconds),
        *_token_cells(sums.tokens),
    )


def _model_row(row: ModelUsage) -> tuple[str, ...]:
    cost = "unpriced" if row.cost_microusd is None else figures.money_exact(row.cost_microusd)
    name = marked(row.model, (row.model,) if row.own_price else ())
    return (name, cost, figures.count(row.messages), *_token_cells(row.tokens))


def _token_cells(tokens: TokenCounts) -> tuple[str, str, str, str]:
    return (
        figures.tokens(tokens.input),
        figures.tokens(tokens.output),
        figures.tokens(tokens.cache_write_5m + tokens.cache_write_1h),
        figures.tokens(tokens.cache_read),
    )


def _today(program: Installation, arguments: argparse.Namespace) -> date:
    if arguments.timezone is None:
        return program.today().date
    return local_day(milliseconds(program.clock()), named_zone(arguments.timezone))
