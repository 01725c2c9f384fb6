"""One installation: which folders it counts, whose ledger that is, and today's figures."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tzlocal

from claudeusage_app.errors import FoldersNotAdopted
from claudeusage_app.installation import Installation
from claudeusage_app.places import Places
from claudeusage_app.settings import change_settings
from claudeusage_app.today import Today
from tests.transcript_lines import SESSION, usage_line, write_transcript

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _live_in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    tzlocal.reload_localzone()
    yield
    monkeypatch.undo()
    tzlocal.reload_localzone()


def install(
    folder: Path, claude: Path | None = None, now: datetime = NOW, *, tray: bool = False
) -> Installation:
    environ = {"CLAUDEUSAGE_CONFIG_DIR": str(folder / "program")}
    if claude is not None:
        environ["CLAUDE_CONFIG_DIR"] = str(claude)
    return Installation(environ, Places.of(environ), lambda: now, always_adopted=tray)


def ledgers(folder: Path) -> set[str]:
    return {each.name for each in (folder / "program").glob("ledger-*.sqlite3")}


def test_every_set_of_folders_has_a_ledger_of_its_own(tmp_path: Path) -> None:
    write_transcript(tmp_path / "one/projects", usage_line(1, "2026-11-22T10:00:00Z"))
    for claude in (tmp_path / "one", tmp_path / "two", tmp_path / "one/projects"):
        install(tmp_path, claude).collect()
    assert len(ledgers(tmp_path)) == 2
    assert install(tmp_path, tmp_path / "one").today().messages == 1
    assert install(tmp_path, tmp_path / "two").today().messages == 0


def test_the_same_folders_through_a_link_are_the_same_ledger(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    for claude in (tmp_path / "real", tmp_path / "link"):
        install(tmp_path, claude).collect()
    assert len(ledgers(tmp_path)) == 1


def test_the_last_moment_that_a_timestamp_can_name_is_in_no_figure(tmp_path: Path) -> None:
    lines = (
        usage_line(1, "2026-11-22T10:00:00Z"),
        usage_line(2, "9999-12-31T23:59:59.999-23:59"),
        usage_line(3, "0001-01-01T00:00:00+23:59"),
    )
    write_transcript(tmp_path / "one/projects", *lines)
    program = install(tmp_path, tmp_path / "one")
    program.collect()
    (row,) = program.figures(ZoneInfo("Pacific/Kiritimati"))
    assert row.messages == program.today().messages == len(program.sessions()) == 1
    session = program.session(SESSION)
    assert session is not None
    assert session.cost_microusd == row.cost_microusd


def test_looking_adopts_nothing(tmp_path: Path) -> None:
    program = install(tmp_path, tmp_path / "one")
    program.collect()
    program.today()
    program.figures()
    assert program.settings.folders is None
    assert not program.places.settings.exists()


def test_adopted_folders_are_the_main_ones_from_then_on(tmp_path: Path) -> None:
    write_transcript(tmp_path / "one/projects", usage_line(1, "2026-11-22T10:00:00Z"))
    program = install(tmp_path, tmp_path / "one")
    program.collect()
    program.adopt()
    later = install(tmp_path)
    assert later.roots() == (tmp_path / "one/projects",)
    assert later.today().messages == 1
    later.refuse_other_folders()
    later.adopt()


def test_other_folders_are_looked_at_and_never_synced(tmp_path: Path) -> None:
    install(tmp_path, tmp_path / "one").adopt()
    other = install(tmp_path, tmp_path / "backup-of-a-colleague")
    other.collect()
    assert other.roots() == (tmp_path / "backup-of-a-colleague/projects",)
    for use in (other.refuse_other_folders, other.adopt):
        with pytest.raises(FoldersNotAdopted, match="folders"):
            use()
    install(tmp_path, tmp_path / "one").refuse_other_folders()


def test_the_tray_uses_the_adopted_folders_whatever_its_environment(tmp_path: Path) -> None:
    install(tmp_path, tmp_path / "one").adopt()
    tray = install(tmp_path, tmp_path / "two", tray=True)
    assert tray.roots() == (tmp_path / "one/projects",)
    tray.refuse_other_folders()


def test_a_folder_added_in_the_settings_joins_the_main_ledger(tmp_path: Path) -> None:
    at = "2026-11-22T10:00:00Z"
    one = write_transcript(tmp_path / "one/projects", usage_line(1, at))
    write_transcript(tmp_path / "more", usage_line(2, at))
    program = install(tmp_path, tmp_path / "one")
    program.collect()
    program.adopt()
    one.unlink()
    change_settings(
        program.places.settings, folders=[str(tmp_path / "one/projects"), str(tmp_path / "more")]
    )
    later = install(tmp_path)
    later.collect()
    assert later.today().messages == 2
    later.refuse_other_folders()


def test_folders_written_into_the_settings_by_hand_are_this_computers_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    at = "2026-11-22T10:00:00Z"
    write_transcript(tmp_path / "mine", usage_line(1, at))
    program = install(tmp_path)
    change_settings(program.places.settings, folders=["~/mine"])
    program.collect()
    assert program.roots() == (tmp_path / "mine",)
    program.adopt()
    assert program.settings.ledger in ledgers(tmp_path)
    assert program.today().messages == 1


def test_today_is_the_row_of_the_report(tmp_path: Path) -> None:
    times = ["2026-11-21T23:55:00Z", "2026-11-22T00:03:00Z", "2026-11-22T00:10:00Z"]
    lines = [usage_line(number, at) for number, at in enumerate(times)]
    lines.append(usage_line(9, times[2], session="other", model="unknown-model"))
    write_transcript(tmp_path / "one/projects", *lines)
    program = install(tmp_path, tmp_path / "one")
    program.collect()
    today, row = program.today(), program.figures()[-1]
    assert row.date == date(2026, 11, 22)
    assert today == Today(
        date=row.date,
        zone="UTC",
        cost_microusd=row.cost_microusd or 0,
        sessions=row.sessions_active,
        active_seconds=row.active_seconds,
        messages=row.messages,
        tokens=row.tokens.total,
        unpriced_tokens=row.unpriced_tokens,
        until=datetime(2026, 11, 23, tzinfo=ZoneInfo("UTC")),
    )
    assert (today.messages, today.sessions, today.active_seconds) == (3, 2, 600)
    assert today.unpriced_tokens > 0


def test_today_is_nothing_without_transcripts(tmp_path: Path) -> None:
    today = install(tmp_path, tmp_path / "one").today()
    assert (today.cost_microusd, today.messages, today.tokens) == (0, 0, 0)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-29T12:00:00+00:00", "2026-03-29T22:00:00+00:00"),
        ("2026-10-25T12:00:00+00:00", "2026-10-25T23:00:00+00:00"),
    ],
)
def test_today_ends_at_local_midnight_also_when_the_clocks_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: str, until: str
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    tzlocal.reload_localzone()
    today = install(tmp_path, tmp_path / "one", datetime.fromisoformat(now)).today()
    assert today.until == datetime.fromisoformat(until)


def test_a_response_more_than_a_day_ahead_of_the_clock_waits(tmp_path: Path) -> None:
    ahead = NOW + timedelta(hours=24, milliseconds=1)
    write_transcript(tmp_path / "one/projects", usage_line(1, ahead.isoformat()))
    program = install(tmp_path, tmp_path / "one")
    program.collect()
    assert program.figures() == ()
    later = install(tmp_path, tmp_path / "one", NOW + timedelta(milliseconds=1))
    assert len(later.figures()) == 1


def test_another_zone_is_for_that_report_only(tmp_path: Path) -> None:
    write_transcript(tmp_path / "one/projects", usage_line(1, "2026-11-22T10:00:00Z"))
    program = install(tmp_path, tmp_path / "one")
    program.collect()
    (far,) = program.figures(ZoneInfo("Pacific/Kiritimati"))
    (here,) = program.figures()
    assert (far.date, here.date) == (date(2026, 11, 23), date(2026, 11, 22))


def test_the_ledger_is_opened_anew_each_time_and_closed(tmp_path: Path) -> None:
    program = install(tmp_path, tmp_path / "one")
    program.collect()
    with program.ledger() as database:
        path = database.path
    assert [each.name for each in path.parent.iterdir()] == [path.name]
