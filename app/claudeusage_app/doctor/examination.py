"""The examination: everything is looked at once, whatever else is broken."""

import platform
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from claudeusage_app.doctor import connection, transcripts, watching
from claudeusage_app.doctor import ledger as ledgers
from claudeusage_app.doctor.naming import place_name
from claudeusage_app.doctor.report import (
    FolderFacts,
    Problem,
    ProgramFacts,
    Report,
    Section,
    ZoneFacts,
    problem_of,
)
from claudeusage_app.errors import FoldersNotAdopted, OwnPricesInvalid
from claudeusage_app.identity import kept_zone, system_zone
from claudeusage_app.ledger.census import census
from claudeusage_app.places import default_folders
from claudeusage_app.prices import prices_in_force
from claudeusage_app.program import Program
from claudeusage_app.progress import Progress
from claudeusage_app.settings import Settings
from claudeusage_core import __version__
from claudeusage_core.errors import ClaudeusageError
from claudeusage_core.moments import local_day, milliseconds
from claudeusage_core.wire import ACCOUNTING


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds an answer is waited for that may never come."""

    check: float = 30
    keyring: float = 5
    server: float = 20


PATIENCE = Patience()

_Problems = list[Problem]


def examine(
    program: Program,
    on_progress: Callable[[Progress], None] | None = None,
    patience: Patience = PATIENCE,
) -> Report:
    """Read what is new in the transcripts, then look at everything."""
    problems: _Problems = []
    report = _nothing(_program(program, problems))
    settings = _settings(program, problems)
    roots = _roots(program, settings, problems)
    if roots is not None:
        folders = transcripts.look_at_folders(program, roots)
        problems += transcripts.folder_problems(program, folders)
        problems += transcripts.retention_problems(folders)
        report = replace(report, folders=folders)
        if settings is not None:
            _collect(program, on_progress, problems)
            report = _with_ledger(program, report, patience.check, problems)
            report = _with_figures(program, report, folders, problems)
            found = watching.look_at_watching(program, settings, roots)
            problems += watching.watching_problems(found, len(roots))
            report = replace(report, watching=found)
    if settings is not None:
        report = _with_connection(program, settings, report, patience, problems)
    return replace(report, problems=_in_order(problems))


def nowhere(error: ClaudeusageError) -> Report:
    """Return the report of a program that cannot even tell where its files are."""
    facts = ProgramFacts(*_versions(), None, None, None)
    return replace(_nothing(facts), problems=(problem_of(Section.PROGRAM, error),))


def _nothing(program: ProgramFacts) -> Report:
    return Report(
        program=program,
        folders=None,
        lines=None,
        responses=None,
        unpriced=None,
        retention=None,
        zone=None,
        ledger=None,
        watching=None,
        credentials=None,
        server=None,
        original=None,
        problems=(),
    )


def _versions() -> tuple[str, str, str, int]:
    system = f"{platform.system()} {platform.release()}".strip()
    return __version__, platform.python_version(), system, ACCOUNTING


def _program(program: Program, problems: _Problems) -> ProgramFacts:
    date = source = None
    try:
        prices = prices_in_force(program.places.imported_prices)
        date, source = prices.table.generated, prices.origin.value
    except ClaudeusageError as error:
        problems.append(problem_of(Section.PROGRAM, error))
    place = place_name(program.environ, program.places.config, "XDG_CONFIG_HOME")
    return ProgramFacts(*_versions(), date, source, place)


def _settings(program: Program, problems: _Problems) -> Settings | None:
    try:
        return program.settings
    except ClaudeusageError as error:
        problems.append(problem_of(Section.PROGRAM, error))
        return None


def _roots(
    program: Program, settings: Settings | None, problems: _Problems
) -> tuple[Path, ...] | None:
    """Return the folders in force, or without settings those that would be."""
    try:
        if settings is None:
            return default_folders(program.environ)
        roots = program.roots()
        program.refuse_other_folders()
    except FoldersNotAdopted as error:
        problems.append(problem_of(Section.FOLDERS, error))
        return program.roots()
    except ClaudeusageError as error:
        problems.append(problem_of(Section.FOLDERS, error))
        return None
    return roots


def _collect(
    program: Program, on_progress: Callable[[Progress], None] | None, problems: _Problems
) -> None:
    try:
        program.collect(on_progress)
    except ClaudeusageError as error:
        problems.append(ledgers.ledger_problem(error))


def _with_ledger(program: Program, report: Report, seconds: float, problems: _Problems) -> Report:
    now_ms = milliseconds(program.clock())
    try:
        inside = ledgers.check(program.ledger_path, seconds)
        with program.ledger() as database:
            zone, found = kept_zone(database), census(database, now_ms)
            report = replace(
                report,
                ledger=ledgers.look_at_ledger(program, database, found, zone, inside),
                lines=transcripts.look_at_lines(database, program.roots()),
                responses=ledgers.look_at_responses(found),
                zone=ZoneFacts(zone.key, system_zone()),
            )
    except ClaudeusageError as error:
        problems.append(ledgers.ledger_problem(error))
    if report.ledger is not None:
        problems += ledgers.file_problems(report.ledger)
    if report.lines is not None:
        problems += transcripts.line_problems(report.lines)
    if report.responses is not None:
        problems += ledgers.response_problems(report.responses)
    return report


def _with_figures(
    program: Program, report: Report, folders: tuple[FolderFacts, ...], problems: _Problems
) -> Report:
    """Add what only the figures tell; those of a damaged ledger tell nothing."""
    if report.ledger is None or report.ledger.faults:
        return report
    now = program.clock()
    try:
        days = program.figures()
        with program.ledger() as database:
            found = census(database, milliseconds(now))
            today = local_day(milliseconds(now), kept_zone(database))
        unpriced = ledgers.look_at_prices(found, days, program.prices)
    except OwnPricesInvalid as error:
        problems.append(problem_of(Section.RESPONSES, error))
        return report
    except ClaudeusageError as error:
        problems.append(ledgers.ledger_problem(error))
        return report
    problems += ledgers.price_problems(unpriced)
    kept = transcripts.retention(folders, (day.date for day in days), today)
    return replace(report, unpriced=unpriced, retention=kept)


def _with_connection(
    program: Program,
    settings: Settings,
    report: Report,
    patience: Patience,
    problems: _Problems,
) -> Report:
    found, wrong = connection.look_at_credentials(program, settings.link, patience.keyring)
    problems += wrong
    server, wrong = connection.look_at_server(program, settings.link, found, patience.server)
    problems += wrong
    original = connection.look_at_original(program, settings.link, found)
    return replace(report, credentials=found, server=server, original=original)


def _in_order(problems: _Problems) -> tuple[Problem, ...]:
    """Return each problem once, in the order of the report's sections."""
    once: dict[tuple[str, str], Problem] = {}
    for each in problems:
        once.setdefault((each.code, each.text), each)
    sections = list(Section)
    return tuple(sorted(once.values(), key=lambda each: sections.index(each.section)))
