"""The units and the line for cron, read by systemd itself and by a shell."""

import os
import stat
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from claudeusage_app.timer_units import SERVICE, TIMER, Unit, carried, cron_line, serves, units
from tests.processes import PATIENCE_SECONDS

ODD = 'a "b" %h $HOME \\n;ä'


def program(folder: Path) -> Path:
    """Make a program that can be run."""
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "claudeusage"
    made.write_text('#!/bin/sh\nenv; printf \'<%s>\' "$0" "$@"\n')
    made.chmod(0o755)
    return made


def written(folder: Path, *made: Unit) -> None:
    folder.mkdir(parents=True)
    for path, text in made:
        path.write_text(text, "utf-8")


def verified(folder: Path, *paths: Path) -> str:
    """Return what systemd has to say against units."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    done = subprocess.run(
        ("systemd-analyze", "--user", "verify", *map(str, paths)),
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return done.stderr + ("" if done.returncode == 0 else f"exit code {done.returncode}")


def parsed(unit: Unit) -> RawConfigParser:
    found = RawConfigParser(strict=False)
    found.optionxform = str  # type: ignore[assignment, method-assign]  # names keep their case
    found.read_string(unit.text)
    return found


@pytest.mark.parametrize("name", ["usual", "50% off $HOME", ODD])
def test_systemd_takes_both_units(tmp_path: Path, name: str) -> None:
    made = program(tmp_path / name)
    environ = {"CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / name), "CLAUDE_CONFIG_DIR": f"/{name},/b"}
    service, timer = units(tmp_path / "units", (str(made), "sync"), environ)
    written(tmp_path / "units", service, timer)
    assert verified(tmp_path, service.path, timer.path) == ""
    assert 'claudeusage" "sync"\n' in service.text


def test_systemd_does_not_take_any_service(tmp_path: Path) -> None:
    service, timer = units(tmp_path / "units", (str(tmp_path / "nowhere"), "sync"), {})
    written(tmp_path / "units", service, timer)
    assert "nowhere" in verified(tmp_path, service.path)


def test_the_timer_runs_every_15_minutes_a_little_later_and_makes_up_for_what_it_missed(
    tmp_path: Path,
) -> None:
    service, timer = units(tmp_path, ("/bin/claudeusage", "sync"), {})
    assert (service.path, timer.path) == (tmp_path / SERVICE, tmp_path / TIMER)
    found = parsed(timer)
    assert found["Timer"]["OnCalendar"] == "*:0/15"
    assert found["Timer"]["Persistent"] == "true"
    assert found["Timer"]["RandomizedDelaySec"]
    assert found["Install"]["WantedBy"] == "timers.target"
    assert parsed(service)["Service"]["Type"] == "oneshot"
    assert parsed(service)["Service"]["ExecStart"] == '"/bin/claudeusage" "sync"'


def test_what_matters_to_an_upload_is_carried_over_and_nothing_else(tmp_path: Path) -> None:
    environ = {
        "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path),
        "CLAUDE_CONFIG_DIR": "/a,/b",
        "CLAUDEUSAGE_API": "https://sync.example",
        "CLAUDEUSAGE_TOKEN": "cu_live_" + "0a" * 24,
        "CLAUDEUSAGE_ASSUME_YES": "1",
        "HTTPS_PROXY": "http://proxy.example",
        "XDG_CONFIG_HOME": "",
        "EDITOR": "vi",
    }
    assert carried(environ) == {
        "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path),
        "CLAUDE_CONFIG_DIR": "/a,/b",
        "CLAUDEUSAGE_API": "https://sync.example",
        "HTTPS_PROXY": "http://proxy.example",
    }
    service, timer = units(tmp_path, ("/bin/claudeusage", "sync"), environ)
    assert 'Environment="CLAUDE_CONFIG_DIR=/a,/b"\n' in service.text
    for text in (service.text, timer.text, cron_line(("/bin/claudeusage", "sync"), environ)):
        assert "cu_live" not in text
        assert "ASSUME" not in text


def test_folders_are_carried_over_as_they_are_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    named = {"CLAUDE_CONFIG_DIR": " ~/one , two,", "CLAUDEUSAGE_CONFIG_DIR": "three"}
    assert carried(named) == {
        "CLAUDE_CONFIG_DIR": f"{tmp_path}/home/one,{tmp_path}/two",
        "CLAUDEUSAGE_CONFIG_DIR": f"{tmp_path}/three",
    }


def test_the_line_for_cron_runs_the_program_with_its_environment(tmp_path: Path) -> None:
    made = program(tmp_path / ODD)
    environ = {"CLAUDE_CONFIG_DIR": f"/{ODD}"}
    line = cron_line((str(made), "sync"), environ)
    times, command = line[:12], line[13:]
    assert times == "*/15 * * * *"
    assert command.count("%") == command.count("\\%") == 2
    command = command.replace("\\%", "%").removesuffix(" >/dev/null 2>&1")  # as cron reads it
    assert stat.S_IMODE(made.stat().st_mode) & stat.S_IXUSR
    done = subprocess.run(
        ("/bin/sh", "-c", command), capture_output=True, text=True, timeout=9, check=True
    )
    assert f"CLAUDE_CONFIG_DIR=/{ODD}\n" in done.stdout
    assert done.stdout.endswith(f"<{made}><sync>")


@pytest.mark.parametrize("name", ["one", ODD])
def test_a_service_is_told_to_be_of_one_installation(tmp_path: Path, name: str) -> None:
    environ = {"CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / name)}
    others: tuple[dict[str, str], ...] = ({}, {"CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "other")})
    for mine, foreign in ((environ, others), (others[0], (environ, others[1]))):
        text = units(tmp_path, ("/bin/claudeusage", "sync"), mine)[0].text
        assert serves(text, mine)
        assert not any(serves(text, each) for each in foreign)
