"""The command ``doctor``: what this installation is like, and what is wrong with it."""

import argparse

from claudeusage_app.cli.reading import progress_line
from claudeusage_app.cli.talk import show, show_json
from claudeusage_app.doctor.examination import examine, nowhere
from claudeusage_app.doctor.report import Report
from claudeusage_app.doctor.text import text_of
from claudeusage_app.errors import PlaceUnknown
from claudeusage_app.program import Program


def doctor(arguments: argparse.Namespace) -> int:
    """Show the report; 1 where there is a problem."""
    report = _report()
    if arguments.json:
        show_json(report.members())
    else:
        show(text_of(report))
    return 1 if report.problems else 0


def _report() -> Report:
    try:
        program = Program.open()
    except PlaceUnknown as error:
        return nowhere(error)
    with progress_line() as on_progress:
        return examine(program, on_progress)
