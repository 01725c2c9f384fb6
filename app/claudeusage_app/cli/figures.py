"""The figures of now: the command ``today``, and the overview where there is no display."""

import argparse
from contextlib import closing
from datetime import timedelta

from claudeusage_app.cli.own import marked, own_members, say_own
from claudeusage_app.cli.reading import API_EQUIVALENT, read_transcripts, say_unpriced
from claudeusage_app.cli.talk import say, show, show_json, table
from claudeusage_app.installation import Installation
from claudeusage_app.today import Today
from claudeusage_core import figures


def today(arguments: argparse.Namespace) -> int:
    """Show today's figures."""
    with closing(Installation.open().on_one_thread()) as program:
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
                **own_members(now.own_models),
            }
        )
        return code
    show(_line("Today", now))
    say(API_EQUIVALENT)
    say_unpriced(now.unpriced_tokens)
    say_own(now.own_models)
    return code


def overview(program: Installation) -> int:
    """Show today and the last 30 days: what the tray would, in two lines."""
    from claudeusage_app.report import in_period, totals

    read_transcripts(program)
    now = program.today()
    sums = totals(in_period(program.figures(), now.date - timedelta(29), now.date))
    show(
        table(
            [
                ("", "Cost", "Sessions", "Active", "Tokens"),
                (
                    "Today",
                    marked(figures.money(now.cost_microusd), now.own_models),
                    figures.count(now.sessions),
                    figures.duration(now.active_seconds),
                    figures.tokens(now.tokens),
                ),
                (
                    "Last 30 days",
                    marked(figures.money(sums.cost_microusd or 0), sums.own_models),
                    figures.count(sums.sessions),
                    figures.duration(sums.active_seconds),
                    figures.tokens(sums.tokens.total),
                ),
            ]
        )
    )
    say(API_EQUIVALENT)
    say_unpriced(sums.unpriced_tokens)
    say_own(sums.own_models)
    return 0


def _line(name: str, now: Today) -> str:
    sessions = figures.plural(now.sessions, "session")
    active = figures.duration(now.active_seconds)
    cost = marked(figures.money(now.cost_microusd), now.own_models)
    return f"{name} {cost} · {sessions} · {active}"
