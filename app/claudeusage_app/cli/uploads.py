"""The commands that show and make an upload: ``preview`` and ``sync``."""

import argparse
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from claudeusage_app.cli.reading import read_transcripts
from claudeusage_app.cli.talk import confirm, is_attended, say, show, show_bytes, table
from claudeusage_app.consent import what_is_accepted, yes_is_assumed
from claudeusage_app.errors import (
    NotLinked,
    PreviewNotAccepted,
    RecountNotConfirmed,
    ServerUnreachable,
)
from claudeusage_app.program import Program
from claudeusage_core import figures
from claudeusage_core.preview import ASSUMED, NEVER_LEAVES, Change, DayRow, Preview

if TYPE_CHECKING:
    from claudeusage_app.sync import Prepared, Uploaded
    from claudeusage_core.payload import Wish

_NO_RECOUNT = "The server holds nothing that a recount would replace; this is a usual upload."
_NO_RECOUNT_YET = (
    "The server tells what it holds only after an upload, so this is a usual one. If it keeps days,"
    " run `claudeusage sync --recount` again."
)
_HEAD = ("Day and model", "Messages", "Input", "Output", "Cache write", "Cache read", "Cost")


def preview(arguments: argparse.Namespace) -> int:
    """Show what the next upload would send."""
    return show_upload(Program.open(), arguments, as_json=arguments.json)


def show_upload(program: Program, arguments: argparse.Namespace, *, as_json: bool) -> int:
    """Show what an upload with these options would send, and send nothing."""
    code = read_transcripts(program)
    try:
        with program.connected() as connection:
            prepared = connection.prepare(
                same_computer=arguments.same_computer, wish=_wish(arguments)
            )
            only_there = connection.only_there
    except (NotLinked, ServerUnreachable) as error:
        _assumed(program, error, arguments, as_json=as_json)
        return code
    if prepared is None:
        _say_nothing(arguments.since)
    elif as_json:
        show_bytes(prepared.body)
        _say_unasked(prepared)
    else:
        show_prepared(prepared, options(arguments))
    _say_also(only_there)
    return code


def sync(arguments: argparse.Namespace) -> int:
    """Upload what changed, if a preview was accepted; or see to the timer that does."""
    program = Program.open()
    if arguments.install_timer or arguments.remove_timer:
        from claudeusage_app.cli import timer

        return timer.install(program) if arguments.install_timer else timer.remove(program)

    def refused(_: "Prepared") -> PreviewNotAccepted:
        more = options(arguments)
        seen = f"Look at `claudeusage preview{more}`, then run `claudeusage sync{more} --yes`."
        return PreviewNotAccepted(remedy=seen)

    return upload(program, arguments, refused)


def upload(
    program: Program,
    arguments: argparse.Namespace,
    refused: "Callable[[Prepared], PreviewNotAccepted]",
) -> int:
    """Upload what changed; raise what *refused* makes of an upload that nobody has accepted."""
    assumed = yes_is_assumed(program.environ)
    code = read_transcripts(program)
    with program.connected(patient=True) as connection:
        prepared = connection.prepare(same_computer=arguments.same_computer, wish=_wish(arguments))
        if prepared is None:
            _say_nothing(arguments.since)
            _say_also(connection.only_there)
            return code
        if arguments.recount:
            _name_recounted(prepared)
        if not (arguments.yes or assumed or prepared.accepted_before):
            raise refused(prepared)
        if prepared.request.recount:
            _confirm_recount(yes=arguments.yes)
        if arguments.yes or not prepared.accepted_before:
            show_prepared(prepared, options(arguments))
            program.accept(prepared)
            if not arguments.yes:
                say(what_is_accepted(prepared.origin))
        _tell(prepared, connection.upload(prepared))
    return code


def _name_recounted(prepared: "Prepared") -> None:
    """Name the days that a recount replaces, or say why it replaces none."""
    from claudeusage_core.payload import overruled

    if not prepared.request.recount:
        say(_NO_RECOUNT_YET if prepared.server_unasked else _NO_RECOUNT)
        return
    stored, held = prepared.known.stored, prepared.known.held
    days = overruled(prepared.request.days, prepared.known)
    more = [day for day in days if day in held and held[day][1] == stored[day]]
    others = [day for day in days if day not in more]
    if more:
        say(f"The server holds more for {', '.join(more)}. A recount replaces that.")
    if others:
        say(
            f"For {', '.join(others)} the server holds numbers that this ledger never sent, and"
            " that may be more. A recount replaces them."
        )


def _confirm_recount(*, yes: bool) -> None:
    """Ask; raise `RecountNotConfirmed` where nobody is there, `NotConfirmed` for a no."""
    if not yes and not is_attended():
        raise RecountNotConfirmed
    confirm("Replace them?", yes=yes)


def _wish(arguments: argparse.Namespace) -> "Wish":
    from claudeusage_core.payload import Wish

    return Wish(arguments.recount, arguments.twin, arguments.since)


def _say_nothing(since: date | None) -> None:
    days = "Everything" if since is None else f"Every day from {since} on"
    say(f"{days} is already there.")


def options(arguments: argparse.Namespace) -> str:
    """Return the options that make this upload another one, as the next command repeats them."""
    words = (
        f" --since {arguments.since}" if arguments.since else "",
        f" --twin {arguments.twin}" if arguments.twin else "",
        " --recount" if arguments.recount else "",
        " --same-computer" if arguments.same_computer else "",
    )
    return "".join(words)


def show_prepared(prepared: "Prepared", more: str = "") -> None:
    """Show an upload as it would be sent: rows, address, headers, size.

    *more* are the options that its body is shown by.
    """
    shown = prepared.preview
    what = figures.plural(len(shown.days), "day has changed", "days have changed")
    show(f"{what}. This is all that will be sent.\n")
    show(_rows(shown))
    show(f"\n{prepared.method} {prepared.address}")
    for name, value in prepared.headers:
        show(f"{name}: {value}")
    rows = figures.plural(shown.model_rows, "model row")
    days = figures.plural(len(shown.days), "day")
    size = figures.plural(len(prepared.body), "byte")
    show(f"\n{days}, {rows}, {size}; the body: `claudeusage preview{more} --json`.")
    show(_never())
    _say_unasked(prepared)


def _say_also(sentence: str) -> None:
    if sentence:
        say(sentence)


def _say_unasked(prepared: "Prepared") -> None:
    if prepared.server_unasked:
        say("The server will tell which of these days it already has.")


def _assumed(
    program: Program,
    error: NotLinked | ServerUnreachable,
    arguments: argparse.Namespace,
    *,
    as_json: bool,
) -> None:
    prepared = program.assumed_upload(arguments.since)
    if as_json:
        show_bytes(prepared.body)
    else:
        show_prepared(prepared, options(arguments))
    say(f"{error} {ASSUMED}")


def _rows(shown: Preview) -> str:
    rows: list[tuple[str, ...]] = [_HEAD]
    for day in shown.days:
        rows.append(_day(day))
        rows.extend(
            (
                f"  {model.model}{' (new)' if model.is_new else ''}",
                _count(model.messages),
                _tokens(model.input),
                _tokens(model.output),
                _tokens(model.cache_write),
                _tokens(model.cache_read),
                _money(model.cost_microusd),
            )
            for model in day.models
        )
    return table(rows)


def _day(day: DayRow) -> tuple[str, ...]:
    name = f"{figures.weekday_short(day.date)} {day.date.isoformat()}"
    if day.removed:
        return (f"{name}, taken back", *[""] * 6)
    sessions = figures.plural(day.sessions.now or 0, "session")
    head = f"{name}, {figures.duration(day.active_seconds.now or 0)}, {sessions}"
    return (head, "", "", "", "", "", _money(day.cost_microusd))


def _never() -> str:
    return (
        "\nNever leaves this computer: "
        + "; ".join(each[0].lower() + each[1:] for each in NEVER_LEAVES)
        + "."
    )


def _tell(prepared: "Prepared", uploaded: "Uploaded") -> None:
    from claudeusage_app.cli.fates import not_taken

    if uploaded.applied or uploaded.unchanged:
        there = f", {figures.count(uploaded.unchanged)} of them there already"
        days = figures.plural(uploaded.applied + uploaded.unchanged, "day")
        show(f"Uploaded {days} to {prepared.origin}{there if uploaded.unchanged else ''}.")
    else:
        sent = figures.plural(len(prepared.request.days), "day")
        show(f"Sent {sent} to {prepared.origin}; none was taken.")
    for sentence in not_taken(uploaded):
        say(sentence)
    _say_also(uploaded.only_there)


def _count(change: Change) -> str:
    return figures.count(change.now or 0) + _was(change, figures.count)


def _tokens(change: Change) -> str:
    return figures.tokens(change.now or 0) + _was(change, figures.tokens)


def _money(change: Change) -> str:
    return figures.money_exact(change.now) + _was(change, figures.money_exact)


def _was(change: Change, written: Callable[[int], str]) -> str:
    if not change.known or not change.changed or change.was is None:
        return ""
    return f" (was {written(change.was)})"
