"""What the icon and the menu say of a situation."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from claudeusage_app.errors import (
    ComputerUnclear,
    NotLinked,
    PreviewNotAccepted,
    ServerBusy,
    ServerNotVerified,
    ServerStrange,
    ServerUnreachable,
    TokenRejected,
    TwinFound,
)
from claudeusage_app.link_errors import CredentialsUnavailable, KeyringNotReady, TokenMissing
from claudeusage_app.linked import Link
from claudeusage_app.progress import Forecast, Progress
from claudeusage_app.tray.situation import (
    IconState,
    Situation,
    ago,
    answer_line,
    profile_address,
    tray_view,
)
from claudeusage_core.errors import ClaudeusageError
from tests.app.tray.stand_in import LINK, NOW, ORIGIN, UPLOADED, today

SYNCED = Situation(today=today(), link=LINK, last_upload=NOW - timedelta(minutes=4))
READING = Forecast(Progress(812, 1_204, 640_000_000, 900_000_000), 22)


def test_the_tooltip_gives_the_exact_figures_and_says_that_they_are_no_bill() -> None:
    view = tray_view(SYNCED, NOW)
    line, note = view.tooltip.splitlines()
    assert line.replace("\u202f", " ") == "Today $12.34 · 3 sessions · 2 h 10 m"
    assert note == "API-equivalent, not a bill"
    assert view.glyphs == "$12"


def test_the_tooltip_says_where_own_prices_were_counted_until_the_day_is_over() -> None:
    own = replace(SYNCED, today=today()._replace(own_models=frozenset({"glm-4-7"})))
    assert tray_view(own, NOW).tooltip.splitlines()[-1] == "partly at your own prices"
    assert "own" not in tray_view(SYNCED, NOW).tooltip + tray_view(own, today().until).tooltip


def test_a_long_scan_is_told_in_the_tooltip_too_and_the_menu_has_the_same_words() -> None:
    view = tray_view(replace(SYNCED, reading=READING), NOW)
    assert view.tooltip.splitlines()[-1] == view.state_line == view.reading
    assert not tray_view(SYNCED, NOW).reading


def test_the_demo_is_labelled_in_the_tooltip_and_in_the_menu() -> None:
    view = tray_view(replace(SYNCED, label="demo"), NOW)
    assert view.tooltip.startswith("claudeusage, demo\nToday $12.34")
    assert view.today_line.startswith("demo: Today $12.34")


def test_after_midnight_the_icon_says_nothing_yet() -> None:
    view = tray_view(SYNCED, today().until)
    assert view.glyphs == "$0"
    assert "Today $0.00 · 0 sessions" in view.today_line


@pytest.mark.parametrize(
    ("situation", "state", "line"),
    [
        (SYNCED, IconState.IDLE, "Synced 4 minutes ago"),
        (Situation(), IconState.IDLE, "Not linked to a server"),
        (Situation(link=LINK), IconState.WAITING, "Nothing has been sent yet"),
        (replace(SYNCED, syncing=True), IconState.SYNCING, "Talking to the server…"),
        (
            replace(SYNCED, reading=READING),
            IconState.SCANNING,
            "Reading transcripts: 812 of 1,204 files · 640 of 900 MB · about 25\u202fs left",
        ),
        (
            replace(SYNCED, sync_error=ServerUnreachable()),
            IconState.OFFLINE,
            "Offline, synced 4 minutes ago",
        ),
        (
            replace(SYNCED, sync_error=KeyringNotReady("The keyring is locked.")),
            IconState.WAITING,
            "Waiting for your keyring",
        ),
        (
            replace(SYNCED, sync_error=CredentialsUnavailable()),
            IconState.PROBLEM,
            "The keyring does not keep what it is given.",
        ),
        (
            replace(SYNCED, sync_error=TokenMissing()),
            IconState.PROBLEM,
            "The token for the linked server is not there any more.",
        ),
        (
            replace(SYNCED, sync_error=ServerNotVerified()),
            IconState.PROBLEM,
            "The server's certificate could not be verified, so nothing was sent.",
        ),
        (
            replace(SYNCED, sync_error=TokenRejected()),
            IconState.PROBLEM,
            "The server does not accept this computer's token.",
        ),
        (Situation(sync_error=NotLinked()), IconState.IDLE, "Not linked to a server"),
    ],
)
def test_each_situation_has_one_state_and_words_for_it(
    situation: Situation, state: IconState, line: str
) -> None:
    view = tray_view(situation, NOW)
    assert (view.state, view.state_line) == (state, line)


def test_an_age_is_told_in_its_largest_unit() -> None:
    ages = (timedelta(seconds=-5), timedelta(minutes=1), timedelta(hours=23), timedelta(days=2))
    assert [ago(age) for age in ages] == ["just now", "1 minute ago", "23 hours ago", "2 days ago"]


def test_days_that_the_server_did_not_take_are_told() -> None:
    assert answer_line(UPLOADED) == ""
    reviewed = (("2026-11-19", "sessions_active"), ("2026-11-20", "sessions_active"))
    assert answer_line(replace(UPLOADED, refused=1, reviewed=reviewed)) == (
        "Synced, 1 day refused, 2 days for you only: more sessions than messages"
    )
    assert answer_line(None) == "Everything is already there"


@pytest.mark.parametrize(
    "profile",
    [
        "https://elsewhere.example/u/x",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        f"{ORIGIN}.evil.example/u/x",
        f"{ORIGIN}:8443/u/x",
        f"{ORIGIN}\\@evil.example/u/x",
        f"{ORIGIN}/u/x\n",
        f" {ORIGIN}/u/x",
        f"{ORIGIN}/u/\u202ex",
        f"{ORIGIN.replace('https', 'http')}/u/x",
        "",
    ],
)
def test_only_an_address_on_the_linked_server_is_opened(profile: str) -> None:
    assert profile_address(Link(ORIGIN, "id", profile)) == ""
    assert profile_address(LINK) == LINK.profile
    assert profile_address(None) == ""


@pytest.mark.parametrize(
    ("error", "state", "line"),
    [
        (ServerUnreachable(), IconState.OFFLINE, "Offline, synced 4 minutes ago"),
        (ServerStrange(), IconState.OFFLINE, "Offline, synced 4 minutes ago"),
        (ServerBusy(9), IconState.OFFLINE, "The server is busy, synced 4 minutes ago"),
        (ComputerUnclear(), IconState.WAITING, ComputerUnclear.title),
        (PreviewNotAccepted(), IconState.WAITING, PreviewNotAccepted.title),
        (TwinFound(), IconState.WAITING, TwinFound.title),
        (TokenRejected(), IconState.PROBLEM, TokenRejected.title),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_stands_in_the_way_of_an_upload_is_a_state(
    error: ClaudeusageError, state: IconState, line: str
) -> None:
    view = tray_view(replace(SYNCED, sync_error=error), NOW)
    assert (view.state, view.state_line) == (state, line)


def test_a_pause_is_told_with_its_end_in_the_zone_of_the_computer() -> None:
    paused = replace(SYNCED, paused_until=NOW + timedelta(hours=1))
    assert tray_view(paused, NOW).state is IconState.PAUSED
    assert tray_view(paused, NOW).state_line == "Paused until 15:06 · Synced 4 minutes ago"
    east = NOW.astimezone(timezone(timedelta(hours=2)))
    assert tray_view(paused, east).state_line.startswith("Paused until 17:06")
    until_tomorrow = replace(SYNCED, paused_until=today().until)
    assert tray_view(until_tomorrow, NOW).state_line.startswith("Paused until tomorrow")
    assert tray_view(replace(paused, sync_error=TokenRejected()), NOW).state is IconState.PROBLEM
