"""The transcripts: their folders, their lines, and how long Claude Code keeps them."""

import os
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from claudeusage_app.claude_settings import ToldBy, cleanup_period
from claudeusage_app.doctor.mounts import network_folder
from claudeusage_app.doctor.naming import folder_names
from claudeusage_app.doctor.report import (
    FolderFacts,
    LineFacts,
    Problem,
    RetentionFacts,
    Section,
)
from claudeusage_app.installation import Installation
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.tails import Tails
from claudeusage_app.places import named_folders
from claudeusage_app.transcripts import count_lines
from claudeusage_app.walk import find
from claudeusage_core import figures

SOON_DAYS = 7
_SKIPS_AT_LEAST = 10
_SKIPS_ONE_IN = 100
_PROJECTS = "projects"


def look_at_folders(program: Installation, folders: Iterable[Path]) -> tuple[FolderFacts, ...]:
    """Look at each folder in force."""
    paths = tuple(folders)
    names = folder_names(program.environ, paths)
    return tuple(_folder(name, path) for name, path in zip(names, paths, strict=True))


def _folder(name: str, path: Path) -> FolderFacts:
    walk = find([path])
    closed = sum(not os.access(each.path, os.R_OK) for each in walk.files)
    cleanup = cleanup_period(path) if path.name == _PROJECTS else None
    return FolderFacts(
        name=name,
        exists=path.is_dir(),
        readable=os.access(path, os.R_OK | os.X_OK),
        network=network_folder(path),
        transcripts=len(walk.files),
        unreadable=walk.unreadable + closed,
        keeps_days=None if cleanup is None else cleanup.days,
        keeps_days_from=None if cleanup is None else cleanup.told_by.value,
    )


def folder_problems(program: Installation, folders: tuple[FolderFacts, ...]) -> Iterator[Problem]:
    """Yield what is wrong with the folders in force."""
    named = bool(named_folders(program.environ))
    for folder in folders:
        usual = not named and folder.name.startswith(("~", "$"))
        if not folder.exists and not usual:
            yield _problem(
                "folder_missing",
                f"There is no folder at {folder.name}.",
                "Check CLAUDE_CONFIG_DIR, or see `claudeusage folders`.",
            )
        if folder.unreadable:
            what = figures.plural(
                folder.unreadable, "transcript or folder", "transcripts or folders"
            )
            yield _problem(
                "unreadable",
                f"{what} in {folder.name} could not be read, so figures may be too low.",
                "Check that everything in it belongs to you, then run this again.",
            )
    if not any(folder.transcripts or folder.unreadable for folder in folders):
        yield _problem(
            "no_transcripts",
            "There are no transcripts.",
            "Use Claude Code once, or set CLAUDE_CONFIG_DIR to where it keeps them. `claudeusage"
            " demo` shows what it is like with sample transcripts.",
        )


def look_at_lines(database: Database, folders: Iterable[Path]) -> LineFacts:
    """Count the lines that were read of what is still there."""
    tails = Tails(database)
    known = tails.all()
    files = ((each, known.get(tails.file_key(each.real_path))) for each in find(folders).files)
    read = count_lines((file, tail) for file, tail in files if tail is not None)
    return LineFacts(read, tails.skipped())


def line_problems(lines: LineFacts) -> Iterator[Problem]:
    """Yield a problem where more lines were passed over than the odd torn one."""
    skipped = sum(lines.skipped.values())
    if skipped >= _SKIPS_AT_LEAST and skipped * _SKIPS_ONE_IN > lines.read:
        yield Problem(
            Section.LINES,
            "lines_skipped",
            f"{figures.count(skipped)} of {figures.count(lines.read)} lines were passed over:"
            " more than a few that were torn.",
            "Update claudeusage: a newer Claude Code may write its transcripts in another form.",
        )


def retention(
    folders: Iterable[FolderFacts], days: Iterable[date], today: date
) -> RetentionFacts | None:
    """Tell what Claude Code deletes of the *days* with figures; None where it has no folder."""
    kept = [f.keeps_days for f in folders if f.keeps_days is not None and f.exists]
    if not kept:
        return None
    limit = min(kept)
    ages = [(today - day).days for day in days]
    past = sum(age > limit for age in ages)
    return RetentionFacts(limit, past, sum(age + SOON_DAYS > limit for age in ages) - past)


def retention_problems(folders: Iterable[FolderFacts]) -> Iterator[Problem]:
    """Yield what is wrong with Claude Code's own settings."""
    for folder in folders:
        if folder.exists and folder.keeps_days_from == ToldBy.UNREADABLE:
            yield Problem(
                Section.RETENTION,
                "claude_settings_unreadable",
                f"Claude Code's settings.json beside {folder.name} could not be understood; its"
                f" usual {folder.keeps_days} days are assumed.",
                "Correct that file: `cleanupPeriodDays` is a number of days.",
            )
        if folder.exists and folder.keeps_days == 0:
            yield Problem(
                Section.RETENTION,
                "transcripts_not_kept",
                f"Claude Code keeps no transcripts in {folder.name}, so there is nothing to count.",
                "Set `cleanupPeriodDays` in its settings.json to a number of days, such as 30.",
            )


def _problem(code: str, text: str, remedy: str) -> Problem:
    return Problem(Section.FOLDERS, code, text, remedy)
