"""The report as text that can be pasted anywhere: facts, and each problem with what to do."""

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain

from claudeusage_app.claude_settings import ToldBy
from claudeusage_app.doctor.ledger import megabytes
from claudeusage_app.doctor.report import (
    CredentialFacts,
    FolderFacts,
    LedgerFacts,
    OriginalFacts,
    Report,
    Section,
    ServerFacts,
    WatchingFacts,
)
from claudeusage_core import figures
from claudeusage_core.transcript import SkipReason

_WIDTH = 80
_MODE = "0600"
_SKIPPED = {
    SkipReason.NOT_UNDERSTOOD: ("was not understood", "were not understood"),
    SkipReason.NO_TIMESTAMP: ("had no time", "had no time"),
    SkipReason.NO_MODEL: ("had no model", "had no model"),
    SkipReason.NO_USAGE: ("had no usage", "had no usage"),
}
_TOLD = {
    ToldBy.SETTINGS.value: "as Claude Code's settings say",
    ToldBy.DEFAULT.value: "Claude Code's default",
    ToldBy.UNREADABLE.value: "as far as is known",
}
_OTHERWISE = ("was passed over", "were passed over")


def text_of(report: Report) -> str:
    """Return the report as text, the number of problems on its last line."""
    facts = {
        Section.PROGRAM: _program(report),
        Section.FOLDERS: map(_folder, report.folders or ()),
        Section.LINES: _lines(report),
        Section.RESPONSES: _responses(report),
        Section.RETENTION: _retention(report),
        Section.LEDGER: _ledger(report.ledger),
        Section.WATCHING: _watching(report.watching),
        Section.CREDENTIALS: _credentials(report.credentials),
        Section.SERVER: chain(_server(report.server), _original(report.original)),
    }
    blocks = (_block(report, section, lines) for section, lines in facts.items())
    return "\n\n".join((*filter(None, blocks), _end(len(report.problems))))


def _block(report: Report, section: Section, facts: Iterable[str]) -> str:
    lines = [_wrapped(fact, "  ", "    ") for fact in facts]
    for problem in report.problems:
        if problem.section is section:
            lines.append(_wrapped(problem.text, "! ", "  "))
            lines.append(_wrapped(problem.remedy, "  -> ", "     "))
    return "\n".join((section, *lines)) if lines else ""


def _wrapped(text: str, first: str, others: str) -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _end(problems: int) -> str:
    return f"{figures.plural(problems, 'problem')}." if problems else "No problems."


def _program(report: Report) -> Iterator[str]:
    program = report.program
    yield f"claudeusage {program.version}, Python {program.python}, {program.system}"
    if program.prices_date is not None:
        yield (
            f"Counting rules {program.accounting}, prices of {program.prices_date}"
            f" ({program.prices_source})"
        )
    if program.settings_place is not None:
        yield f"Settings in {program.settings_place}"


def _folder(folder: FolderFacts) -> str:
    if not folder.exists:
        return f"{folder.name}: not there"
    if not folder.readable:
        return f"{folder.name}: not readable"
    text = f"{folder.name}: {figures.plural(folder.transcripts, 'transcript')}"
    if folder.network:
        text += ", on a network file system, where changes made elsewhere are not announced"
    return text


def _lines(report: Report) -> Iterator[str]:
    lines = report.lines
    if lines is None:
        return
    read = figures.count(lines.read)
    yield f"{figures.plural(lines.read, 'line')} read"
    for reason, number in lines.skipped.items():
        one, many = next((v for k, v in _SKIPPED.items() if k == reason), _OTHERWISE)
        yield f"{figures.count(number)} of {read} lines {one if number == 1 else many}"


def _responses(report: Report) -> Iterator[str]:
    found = report.responses
    if found is not None:
        yield f"{figures.plural(found.counted, 'response')} counted"
        if found.incomplete:
            yield (
                f"{figures.count(found.incomplete)} incomplete: Claude Code wrote no end of them;"
                " they count as they stand"
            )
        if found.before_2024:
            yield f"{figures.count(found.before_2024)} dated before 2024 and in no figure"
        if found.ahead_of_clock:
            yield f"{figures.count(found.ahead_of_clock)} dated more than 24 hours ahead"
    if report.unpriced is not None:
        for each in report.unpriced.models:
            unknown = report.unpriced.unknown_models if each.model == "other" else 0
            models = f" of {figures.plural(unknown, 'unknown model')}" if unknown else ""
            yield f"{figures.tokens(each.tokens)} tokens unpriced: {each.model}{models}"
    if report.zone is not None:
        text = f"Days are those of {report.zone.kept}"
        if report.zone.system != report.zone.kept:
            zone = report.zone.system
            text += f"; this computer is in {zone} now, see `claudeusage timezone {zone}`"
        yield text


def _retention(report: Report) -> Iterator[str]:
    kept: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for folder in report.folders or ():
        if folder.exists and folder.keeps_days is not None:
            kept[folder.keeps_days, folder.keeps_days_from or ""].append(folder.name)
    for (days, told_by), names in kept.items():
        where = f" in {'; '.join(names)}" if len(kept) > 1 else ""
        after = figures.plural(days, "day")
        yield f"Transcripts{where} are deleted after {after}, {_TOLD[told_by]}"
    found = report.retention
    if found is None:
        return
    past = figures.plural(found.days_past, "day")
    yield f"{past} with figures {_be(found.days_past)} older than that and on the ledger alone"
    yield f"{figures.plural(found.days_soon, 'more day')} will be within a week"
    if found.days_past or found.days_soon:
        yield "The ledger keeps them; `claudeusage ledger export FILE` makes a copy of it"


def _be(number: int) -> str:
    return "is" if number == 1 else "are"


def _ledger(ledger: LedgerFacts | None) -> Iterator[str]:
    if ledger is None:
        return
    size = f"{megabytes(ledger.bytes)} in {ledger.place}"
    yield f"{figures.plural(ledger.responses, 'response')}, {size}, schema {ledger.schema}"
    if ledger.first_day is not None:
        yield f"From {ledger.first_day} to {ledger.last_day}"
    if ledger.faults is None:
        yield "Not checked to the end: that took too long"
    elif not ledger.faults:
        yield "Whole"
    if ledger.mode not in {None, _MODE}:
        yield f"Its mode is {ledger.mode}, not {_MODE}"
    if ledger.set_aside:
        yield "An earlier ledger was damaged and is set aside beside this one"


def _watching(found: WatchingFacts | None) -> Iterator[str]:
    if found is None:
        return
    yield {
        "running": "Running",
        "not_running": "Not running: transcripts are read when a command is run",
    }.get(found.tray, "Whether it runs cannot be told on this system")
    looks = f"looks at all transcripts every {figures.plural(found.walk_seconds, 'second')}"
    if not found.watchdog:
        yield f"It {looks}; to listen for changes too, it lacks watchdog"
    else:
        yield f"It {'listens for changes, and ' if found.watch else ''}{looks}"
    folders = f"{figures.plural(found.folders, 'folder')} to watch"
    if found.max_user_watches is not None and found.max_user_instances is not None:
        folders += (
            f"; the system allows {figures.count(found.max_user_watches)} watches and"
            f" {figures.count(found.max_user_instances)} listeners"
        )
    yield folders


def _credentials(found: CredentialFacts | None) -> Iterator[str]:
    if found is None:
        return
    place = {
        "environment": "In CLAUDEUSAGE_TOKEN",
        "file": "In a file",
        "memory": "In memory, until the program ends",
    }.get(found.store, f"Keyring ({found.backend})")
    if found.works is not None:
        place += ": works" if found.works else ": not available"
        if not found.works and found.token is None:
            place += "; `claudeusage link --store file` does without it"
    yield place
    if found.token is not None:
        yield "There is a token" if found.token else "There is no token"


def _server(found: ServerFacts | None) -> Iterator[str]:
    if found is None:
        return
    if not found.linked:
        yield "Not linked: nothing is uploaded, which is fine"
        return
    answer = {"accepted": "it accepts the token", "not_asked": "not asked"}
    yield f"Linked to {found.origin}: {answer.get(found.answer, 'see below')}"


def _original(found: OriginalFacts | None) -> Iterator[str]:
    if found is None:
        return
    if found.origin is None:
        yield "The original client's file could not be read; `claudeusage status` says why"
        return
    yield (
        f"The original client is linked to {found.origin} (token {found.token});"
        " `claudeusage link --take-over` takes that link over"
    )
