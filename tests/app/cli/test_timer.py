"""Installing the timer and taking it away, with a stand-in for systemd on the path."""

import stat
from pathlib import Path

import pytest

from claudeusage_app.timer_units import SERVICE, TIMER
from tests.commands import Run
from tests.small_server import TOKEN, SmallServer
from tests.transcript_lines import usage_line, write_transcript

AT = "2026-11-20T10:00:00.000Z"


@pytest.fixture
def units(tmp_path: Path) -> Path:
    return tmp_path / "home/.config/systemd/user"


@pytest.fixture
def _accepted(run: Run, projects: Path, linked: SmallServer) -> None:
    write_transcript(projects, usage_line(1, AT))
    assert run("sync", "--yes").code == 0
    assert len(linked.uploads) == 1


class Systemd:
    """A program with the name of systemd's that notes what it is asked for."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._notes = folder / "notes"
        self._program = folder / "bin" / "systemctl"
        self._program.parent.mkdir()
        monkeypatch.setenv("PATH", f"{self._program.parent}:/usr/bin:/bin")

    def ends_with(self, code: int) -> None:
        self._program.write_text(f'#!/bin/sh\necho "$@" >> "{self._notes}"\nexit {code}\n')
        self._program.chmod(0o755)

    @property
    def asked(self) -> list[str]:
        return self._notes.read_text().splitlines() if self._notes.exists() else []


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Systemd:
    made = Systemd(tmp_path, monkeypatch)
    made.ends_with(0)
    return made


@pytest.mark.usefixtures("_accepted")
def test_the_timer_is_written_and_enabled(
    run: Run, systemd: Systemd, units: Path, tmp_path: Path
) -> None:
    said = run("sync", "--install-timer")
    assert said.code == 0
    assert "Every 15 minutes" in said.out
    assert "--remove-timer" in said.err
    assert systemd.asked == ["--user daemon-reload", f"--user enable --now {TIMER}"]
    service = (units / SERVICE).read_text()
    assert f'Environment="CLAUDEUSAGE_CONFIG_DIR={tmp_path / "program"}"' in service
    assert 'claudeusage" "sync"\n' in service
    assert TOKEN not in service
    assert stat.S_IMODE((units / SERVICE).stat().st_mode) == 0o600
    assert sorted(path.name for path in units.iterdir()) == [SERVICE, TIMER]


@pytest.mark.usefixtures("_accepted")
def test_where_systemd_does_not_answer_the_one_command_is_said(
    run: Run, systemd: Systemd, units: Path
) -> None:
    systemd.ends_with(1)
    said = run("sync", "--install-timer")
    assert (said.code, said.out) == (0, f"systemctl --user enable --now {TIMER}\n")
    assert str(units / TIMER) in said.err
    assert (units / TIMER).exists()


@pytest.mark.usefixtures("_accepted")
def test_without_systemd_a_line_for_cron_is_printed(
    run: Run, units: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = run("sync", "--install-timer")
    assert said.code == 0
    assert said.out.startswith("*/15 * * * * CLAUDEUSAGE_CONFIG_DIR=")
    assert "crontab -e" in said.err
    assert not units.exists()
    assert "crontab -e" in run("sync", "--remove-timer").err


@pytest.mark.usefixtures("linked")
def test_before_a_preview_was_accepted_no_timer_is_installed(
    run: Run, systemd: Systemd, units: Path
) -> None:
    said = run("sync", "--install-timer")
    assert (said.code, said.out) == (4, "")
    assert "claudeusage sync --yes" in said.err
    assert systemd.asked == []
    assert not units.exists()


def test_a_computer_that_is_not_linked_gets_no_timer(run: Run, systemd: Systemd) -> None:
    assert run("sync", "--install-timer").code == 3
    assert systemd.asked == []


def test_a_token_that_is_only_in_the_environment_is_of_no_use_to_a_timer(
    run: Run, projects: Path, server: SmallServer, units: Path
) -> None:
    write_transcript(projects, usage_line(1, AT))
    assert run("sync", "--yes").code == 0
    said = run("sync", "--install-timer")
    assert said.code == 3
    assert "never stored" in said.err
    assert len(server.uploads) == 1
    assert not units.exists()


@pytest.mark.usefixtures("_accepted")
def test_a_timer_is_taken_away_again(run: Run, systemd: Systemd, units: Path) -> None:
    run("sync", "--install-timer")
    wanted = units / "timers.target.wants" / TIMER
    wanted.parent.mkdir()
    wanted.symlink_to(units / TIMER)
    before = len(systemd.asked)
    said = run("sync", "--remove-timer")
    assert said.code == 0
    assert said.out == f"Removed {units / SERVICE}.\nRemoved {units / TIMER}.\n"
    assert systemd.asked[before:] == [f"--user disable --now {TIMER}", "--user daemon-reload"]
    assert not any(path.is_file() or path.is_symlink() for path in units.rglob("*"))
    again = run("sync", "--remove-timer")
    assert (again.code, again.out) == (0, "")
    assert "No timer is installed." in again.err


@pytest.mark.usefixtures("_accepted", "systemd")
def test_a_folder_that_cannot_be_written_is_named(run: Run, units: Path) -> None:
    units.parent.parent.mkdir(parents=True)
    units.parent.write_text("a file")
    said = run("sync", "--install-timer")
    assert (said.code, said.out) == (1, "")
    assert str(units) in said.err


@pytest.mark.parametrize("other", ["--yes", "--remove-timer"])
def test_a_timer_is_installed_by_itself(run: Run, other: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run("sync", "--install-timer", other)
    assert ended.value.code == 2
