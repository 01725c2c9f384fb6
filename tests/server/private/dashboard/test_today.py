"""Which day it is for an owner, and ages in words."""

from datetime import UTC, date, datetime, timedelta

import pytest

from claudeusage_server.private.dashboard.today import ago, days_ago, own_today

NIGHT = datetime(2026, 11, 22, 3, tzinfo=UTC)
TODAY = date(2026, 11, 22)
YESTERDAY = date(2026, 11, 21)
TOMORROW = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("latest", "uploaded", "now", "expected"),
    [
        (None, None, NIGHT, TODAY),
        (TODAY, NIGHT, NIGHT, TODAY),
        (TOMORROW, NIGHT, NIGHT, TOMORROW),
        (date(2026, 11, 3), NIGHT, NIGHT, TODAY),
        # An upload since midnight in UTC without a row of the new day: it is still yesterday there.
        (YESTERDAY, NIGHT - timedelta(hours=1), NIGHT, YESTERDAY),
        # None since midnight: they sleep, or have not begun.
        (YESTERDAY, NIGHT - timedelta(hours=4), NIGHT, TODAY),
        # At noon in UTC yesterday is over everywhere.
        (YESTERDAY, NIGHT, NIGHT + timedelta(hours=9), TODAY),
    ],
)
def test_today_is_told_by_the_latest_row_and_the_last_upload(
    latest: date | None, uploaded: datetime | None, now: datetime, expected: date
) -> None:
    assert own_today(latest, uploaded, now) == expected


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (240, "4 minutes ago"),
        (3_600, "1 hour ago"),
        (86_399, "23 hours ago"),
        (86_400, "yesterday"),
        (2 * 86_400, "2 days ago"),
    ],
)
def test_ages_are_words(seconds: int, words: str) -> None:
    assert ago(seconds) == words


def test_of_a_day_alone_the_age_is_a_day() -> None:
    assert [days_ago(number) for number in range(3)] == ["today", "yesterday", "2 days ago"]
