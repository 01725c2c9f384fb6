"""What can be typed, and what is refused with exit code 2."""

import argparse
from datetime import date

import pytest

from claudeusage_app.cli.parser import parser
from claudeusage_core import __version__

COMMANDS = (
    *("today", "report", "prices", "statusline", "folders", "timezone", "ledger", "preview"),
    *("sync", "uploads", "link", "unlink", "status", "serve", "demo", "doctor", "purge"),
)


def parsed(*words: str) -> argparse.Namespace:
    return parser().parse_args(words)


def test_the_help_names_every_command_exit_code_and_variable(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        parsed("--help")
    said = capsys.readouterr().out
    assert ended.value.code == 0
    for word in (*COMMANDS, "CLAUDE_CONFIG_DIR", "CLAUDEUSAGE_CONFIG_DIR", "not a bill"):
        assert word in said
    for code in ("0 done", "1 failed", "2 wrong", "3 not linked", "4 no preview", "5 server"):
        assert code in said


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parsed(command, "--help")
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: claudeusage {command}")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("rest", ["--help", "--bogus", "nonsense and more", "import --help"])
def test_a_command_by_itself_is_parsed_as_among_all(
    command: str, rest: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words, said = [command, *rest.split()], list[tuple[object, str, str]]()
    for known in ((), words):
        with pytest.raises(SystemExit) as ended:
            parser(known).parse_args(words)
        heard = capsys.readouterr()
        said.append((ended.value.code, heard.out, heard.err))
    assert said[0] == said[1]


def test_a_command_leaves_the_others_out() -> None:
    with pytest.raises(SystemExit):
        parser(["today"]).parse_args(["report"])


def test_the_version_is_the_one_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed("--version")
    assert capsys.readouterr().out == f"claudeusage {__version__}\n"


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "today --days 1",
        "report --days 0",
        "report --days -1",
        "report --days many",
        "report --days \u0663",
        "report --days 100001",
        "report --since yesterday",
        "report --since 2026-02-30",
        "report --days 1 --since 2026-11-22",
        "report --until",
        "link one two",
        "link --store cloud",
        "sync --twin other",
        "serve --port 65536",
        "serve --port -1",
        "serve --port http",
        "status extra",
    ],
)
def test_what_makes_no_sense_is_wrong_usage(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parsed(*line.split())
    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.out == ""
    assert said.err.startswith("usage: claudeusage")


def test_a_period_is_read_into_dates() -> None:
    given = parsed("report", "--since", "2026-11-01", "--until", "2026-11-22")
    assert (given.since, given.until) == (date(2026, 11, 1), date(2026, 11, 22))
    assert parsed("report", "--days", "7").days == 7


def test_the_bundled_server_stays_on_this_computer_unless_told_otherwise() -> None:
    given = parsed("serve")
    assert (given.host, given.port, given.data) == ("127.0.0.1", 8787, None)


def test_nothing_is_accepted_or_replaced_by_default() -> None:
    given = parsed("sync")
    assert (given.yes, given.recount, given.twin, given.same_computer) == (
        False,
        False,
        None,
        False,
    )
