"""What Claude Code deletes, and when lines that were passed over are a problem."""

from datetime import date, timedelta

import pytest

from claudeusage_app.doctor.report import FolderFacts, LineFacts, RetentionFacts
from claudeusage_app.doctor.transcripts import line_problems, retention, retention_problems

TODAY = date(2026, 11, 22)


def folder(
    days: int | None, told_by: str | None = "settings", *, exists: bool = True
) -> FolderFacts:
    return FolderFacts("~/.claude/projects", exists, exists, False, 1, 0, days, told_by)


def ago(*days: int) -> list[date]:
    return [TODAY - timedelta(days=each) for each in days]


def test_days_older_than_the_period_rest_on_the_ledger() -> None:
    found = retention([folder(30)], ago(0, 23, 24, 30, 31, 400), TODAY)
    assert found == RetentionFacts(30, days_past=2, days_soon=2)


def test_the_shortest_period_of_the_folders_that_are_there_decides() -> None:
    folders = [folder(90), folder(60), folder(7, exists=False), folder(None, None)]
    found = retention(folders, ago(61), TODAY)
    assert found == RetentionFacts(60, days_past=1, days_soon=0)


def test_a_period_of_a_few_days_lets_all_pass_soon() -> None:
    assert retention([folder(3)], ago(0, 1, 2, 3, 4), TODAY) == RetentionFacts(3, 1, 4)


def test_where_nothing_is_kept_every_day_before_today_is_past() -> None:
    assert retention([folder(0)], ago(0, 1, 2), TODAY) == RetentionFacts(0, 2, 1)


def test_without_a_folder_of_claude_code_nothing_is_known() -> None:
    assert retention([folder(None, None), folder(30, exists=False)], ago(50), TODAY) is None


@pytest.mark.parametrize(
    ("found", "codes"),
    [
        (folder(30, "default"), []),
        (folder(30, "unreadable"), ["claude_settings_unreadable"]),
        (folder(0), ["transcripts_not_kept"]),
        (folder(0, exists=False), []),
        (folder(30, "unreadable", exists=False), []),
    ],
)
def test_broken_settings_and_a_period_of_none_are_problems(
    found: FolderFacts, codes: list[str]
) -> None:
    assert [each.code for each in retention_problems([found])] == codes


@pytest.mark.parametrize(
    ("read", "skipped", "wrong"),
    [(41_210, 3, False), (9, 9, False), (1_000, 10, False), (999, 10, True), (0, 10, True)],
)
def test_a_few_torn_lines_are_no_problem(read: int, skipped: int, wrong: bool) -> None:
    found = LineFacts(read, {"no_usage": skipped - 1, "not_understood": 1})
    assert [each.code for each in line_problems(found)] == ["lines_skipped"] * wrong
