"""When the next automatic upload is due."""

from datetime import UTC, datetime, timedelta

import pytest

from claudeusage_app.automatic import LONGEST_PAUSE, SETTLED, Automatic
from claudeusage_app.errors import (
    ComputerUnclear,
    PreviewNotAccepted,
    ServerBusy,
    ServerStrange,
    ServerUnreachable,
    TokenRejected,
    TwinFound,
    UploadUnderWay,
)
from claudeusage_app.ledger.errors import LedgerUnavailable
from claudeusage_app.link_errors import CredentialsUnavailable
from claudeusage_core.errors import ClaudeusageError

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVERY = timedelta(minutes=15)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def automatic(last: datetime | None = None, chance: float = 0.0) -> Automatic:
    made = Automatic(EVERY, lambda: chance)
    if last is not None:
        made.last_was(last)
    return made


def test_nothing_is_due_before_something_has_changed() -> None:
    assert automatic().due(NOW) is None
    assert automatic(NOW - EVERY).due(NOW) is None


def test_a_change_is_due_when_it_has_settled() -> None:
    made = automatic()
    made.changed(NOW)
    assert made.due(NOW) == NOW + SETTLED
    made.changed(NOW + 30 * SECOND)
    assert made.due(NOW + 30 * SECOND) == NOW + 30 * SECOND + SETTLED


def test_work_that_goes_on_without_a_pause_is_uploaded_all_the_same() -> None:
    made, now = automatic(), NOW
    while now < NOW + 2 * EVERY:
        made.changed(now)
        now += 10 * SECOND
    assert made.due(now) == NOW + EVERY


def test_two_uploads_are_at_least_the_interval_apart() -> None:
    made = automatic(NOW - MINUTE)
    made.changed(NOW)
    assert made.due(NOW) == NOW - MINUTE + EVERY
    made.begun()
    made.answered(NOW + EVERY)
    made.changed(NOW + EVERY + MINUTE)
    assert made.due(NOW + EVERY + MINUTE) == NOW + 2 * EVERY


def test_the_interval_is_longer_by_chance_and_never_shorter() -> None:
    gaps: list[timedelta] = []
    for chance in (0.0, 0.5, 0.999):
        made = automatic(chance=chance)
        made.changed(NOW)
        made.begun()
        made.answered(NOW)
        made.changed(NOW + SECOND)
        due = made.due(NOW + SECOND)
        assert due is not None
        gaps.append(due - NOW)
    assert gaps == sorted(set(gaps))
    assert gaps[0] == EVERY
    assert gaps[-1] < 1.2 * EVERY


def test_after_an_answer_nothing_is_due_until_the_next_change() -> None:
    made = automatic()
    made.changed(NOW)
    made.begun()
    assert made.due(NOW) is None
    made.answered(NOW)
    assert made.due(NOW + 10 * EVERY) is None


def test_what_changes_during_an_upload_waits_for_the_next() -> None:
    made = automatic()
    made.changed(NOW)
    made.begun()
    made.changed(NOW + SECOND)
    made.answered(NOW + 2 * SECOND)
    assert made.due(NOW + 2 * SECOND) == NOW + 2 * SECOND + EVERY


@pytest.mark.parametrize(
    "error",
    [
        CredentialsUnavailable(),
        LedgerUnavailable(),
        ServerBusy(),
        ServerStrange(),
        ServerUnreachable(),
        UploadUnderWay(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_passes_by_itself_is_tried_again_ever_later(error: ClaudeusageError) -> None:
    made, now, pauses = automatic(), NOW, list[float]()
    for _ in range(9):
        made.begun()
        made.failed(now, error)
        due = made.due(now)
        assert due is not None
        pauses.append((due - now) / MINUTE)
        now = due
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    made.begun()
    made.answered(now)
    assert made.due(now) is None
    made.failed(now, error)
    assert made.due(now) == now + MINUTE


@pytest.mark.parametrize(
    "error",
    [ComputerUnclear(), PreviewNotAccepted(), TokenRejected(), TwinFound()],
    ids=lambda error: type(error).__name__,
)
def test_what_waits_for_a_person_is_tried_once_an_hour(error: ClaudeusageError) -> None:
    made = automatic()
    made.failed(NOW, error)
    made.changed(NOW + MINUTE)
    assert made.due(NOW + MINUTE) == NOW + LONGEST_PAUSE


def test_a_server_is_left_alone_for_as_long_as_it_asks() -> None:
    made = automatic()
    made.failed(NOW, ServerBusy(300))
    assert made.due(NOW) == NOW + 300 * SECOND
    made.failed(NOW, ServerBusy(3))
    assert made.due(NOW) == NOW + 2 * MINUTE


def test_pauses_are_longer_by_chance() -> None:
    made = automatic(chance=0.5)
    made.failed(NOW, ServerUnreachable())
    assert made.due(NOW) == NOW + 1.1 * MINUTE


def test_a_failed_upload_is_due_again_without_another_change() -> None:
    made = automatic()
    made.changed(NOW)
    made.begun()
    made.failed(NOW, ServerUnreachable())
    assert made.due(NOW + 2 * MINUTE) == NOW + MINUTE


def test_a_night_of_sleep_counts_as_waiting() -> None:
    made = automatic(NOW)
    made.changed(NOW + SECOND)
    due = made.due(NOW + 8 * timedelta(hours=1))
    assert due is not None
    assert due < NOW + 8 * timedelta(hours=1)


@pytest.mark.parametrize("fails", [False, True])
def test_a_clock_that_is_set_back_delays_nothing_for_long(fails: bool) -> None:
    made, then = automatic(NOW), NOW - timedelta(days=400)
    made.changed(NOW)
    if fails:
        made.failed(NOW, ServerUnreachable())
    due = made.due(then)
    assert due is not None
    assert due - then <= EVERY
    for wait in (MINUTE, due - then):
        assert made.due(then + wait) == due, "it comes no later for being looked at"
