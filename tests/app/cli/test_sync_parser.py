"""What can be typed after claudeusage-sync, and what is refused with exit code 2."""

from datetime import date

import pytest

from claudeusage_app.cli.sync_parser import parsed
from claudeusage_core import __version__

TOKEN = "cu_live_" + "5e" * 24


def refused(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        parsed(line.split())
    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.out == ""
    assert said.err.startswith("usage: claudeusage-sync ")
    return said.err.splitlines()[-1]


def test_the_help_names_every_option_command_and_exit_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit) as ended:
        parsed(["--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert said.startswith("usage: claudeusage-sync ")
    for word in ("--token", "--dry-run", "--since", "--full", "--version", "--yes", "--twin"):
        assert f"  {word}" in said
    for word in ("doctor", "status", "unlink (logout)", "CLAUDEUSAGE_API", "4 no preview"):
        assert word in said
    assert max(map(len, said.splitlines())) <= 100


@pytest.mark.parametrize("command", ["doctor", "status", "unlink", "logout"])
def test_every_command_has_help_under_this_programs_name(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parsed([command, "--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert said.startswith(f"usage: claudeusage-sync {command.replace('logout', 'unlink')} ")


def test_the_version_has_this_programs_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(["--version"])
    assert capsys.readouterr().out == f"claudeusage-sync {__version__}\n"


def test_without_options_nothing_is_accepted_replaced_or_left_out() -> None:
    given = parsed([])
    assert (given.yes, given.dry_run, given.recount, given.full) == (False, False, False, False)
    assert (given.token, given.since, given.twin) == (None, None, None)


def test_a_date_is_read_into_a_date() -> None:
    assert parsed(["--since", "2026-11-01"]).since == date(2026, 11, 1)


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "--token",
        "--since yesterday",
        "--since 2026-02-30",
        "--dry-run --yes",
        "--twin other",
        "preview",
        "status extra",
        "logout --bogus",
    ],
)
def test_what_makes_no_sense_is_wrong_usage(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    refused(line, capsys)


@pytest.mark.parametrize("command", ["doctor", "status", "unlink", "logout"])
def test_an_option_of_an_upload_is_not_passed_over_before_a_command(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for options in ("--dry-run", "--full", "--yes", "--since 2026-11-01", "--token -", "--recount"):
        said = refused(f"{options} {command}", capsys)
        assert said.endswith(f"{options.split()[0]}: not allowed with a command")


@pytest.mark.parametrize(
    "line", [TOKEN, f"--since {TOKEN}", f"--twin={TOKEN}", f"--tokens={TOKEN}", f"status {TOKEN}"]
)
def test_a_token_in_the_wrong_place_is_not_repeated(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(line, capsys)
    assert "cu_live_••••" in said
    assert "5e5e" not in said
