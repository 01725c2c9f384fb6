"""The command line as processes of their own: what they load, and how they end when cut short."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias, cast

import pytest

from tests.loopback import closed_port, loopback
from tests.processes import PATIENCE_SECONDS, Ran, claudeusage, ended, eventually
from tests.rights import without_the_right_to_read_everything
from tests.small_server import TOKEN, SmallServer
from tests.transcript_lines import append, usage_line, write_transcript

Report: TypeAlias = dict[str, Any]

AT = "2026-11-20T10:00:00.000Z"
OURS = {"claudeusage_app", "claudeusage_core", "claudeusage_resources"}
HEAVY = {
    *("ast", "asyncio", "bz2", "csv", "dataclasses", "email", "hashlib", "hmac", "http", "inspect"),
    *("logging", "lzma", "queue", "random", "secrets", "shutil", "socket", "ssl", "subprocess"),
    *("tempfile", "threading", "tomllib", "uuid", "xml", "zipfile"),
}
"""Of the standard library: each would be a hundredth of the time to the figures, or more."""
LOADED = """
import sys
before = {name.partition(".")[0] for name in sys.modules}
from claudeusage_app.cli import main
code = main(sys.argv[1:])
after = {name.partition(".")[0] for name in sys.modules}
print(" ".join(sorted(after - before)), file=sys.stderr)
sys.exit(code)
"""
COLLECT_STEP_BY_STEP = """
import sys
from claudeusage_app.installation import Installation

done = 0

def step(progress):
    global done
    if progress.files_done > done:
        done = progress.files_done
        print(done, flush=True)
        sys.stdin.readline()

Installation.open().collect(step)
"""
UNDER_A_LIMIT = """
import resource, sys
from claudeusage_app.cli import main
most = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
sys.exit(main(["report", "--json"]))
"""
MANY = 8_000
"""Lines in each of the large transcripts; three of them make more than one write."""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Give an installation without transcripts."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
        "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "program"),
    }


def sent(environ: dict[str, str], command: str, where: str) -> tuple[int, str]:
    """Run a command of a shell's with its stdout sent somewhere."""
    ran = subprocess.run(
        ("sh", "-c", f'"$0" -m claudeusage_app {command} {where}', sys.executable),
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return ran.returncode, ran.stderr


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    return tmp_path / "claude" / "projects"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    """Give transcripts that take several writes, and the report of a clean reading."""
    folder = tmp_path_factory.mktemp("large")
    for number in range(3):
        lines = (usage_line(n, AT) for n in range(number * MANY, (number + 1) * MANY + 10))
        write_transcript(folder / "claude/projects", *lines, session=f"session-{number}")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TZ": "UTC",
        "CLAUDE_CONFIG_DIR": str(folder / "claude"),
        "CLAUDEUSAGE_CONFIG_DIR": str(folder / "clean"),
    }
    return folder, report(environ)


def report(environ: dict[str, str]) -> Report:
    ran = claudeusage("report", "--json", environ=environ)
    assert ran.code == 0, ran.err
    return cast("Report", json.loads(ran.out))


def python(code: str, *arguments: str, environ: dict[str, str], before: Sequence[str] = ()) -> Ran:
    done = subprocess.run(
        (*before, sys.executable, "-c", code, *arguments),
        env=environ,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr.decode())


def loaded(*words: str, environ: dict[str, str]) -> tuple[set[str], set[str]]:
    """Return what a command loads from outside the standard library, and what is heavy in it."""
    ran = python(LOADED, *words, environ=environ)
    assert ran.code == 0, ran.err
    names = set(ran.err.splitlines()[-1].split())
    others = {name for name in names if not name.startswith("_sysconfigdata")}
    return others - sys.stdlib_module_names, names & HEAVY


@pytest.mark.parametrize("command", ["today", "statusline", "report"])
def test_a_command_loads_nothing_that_it_does_not_need(
    environ: dict[str, str], projects: Path, command: str
) -> None:
    path = write_transcript(projects, usage_line(1, AT))
    claudeusage("today", environ=environ)
    needed = {"queue", "threading"} if command == "statusline" else set[str]()
    assert loaded(command, environ=environ) == (OURS, needed)
    append(path, usage_line(2, AT))
    others, heavy = loaded(command, environ=environ)
    assert others - {"typing_extensions"} == OURS | {"msgspec"}  # it looks for the former itself
    assert "secrets" not in heavy


def test_figures_are_on_stdout_and_talk_is_on_stderr(
    environ: dict[str, str], projects: Path
) -> None:
    write_transcript(projects, usage_line(1, AT))
    ran = claudeusage("today", environ=environ)
    assert (ran.code, ran.out.count(b"\n")) == (0, 1)
    assert "not a bill" in ran.err


def test_every_exit_code_leaves_the_process(environ: dict[str, str], projects: Path) -> None:
    server = SmallServer()
    token = {"CLAUDEUSAGE_TOKEN": TOKEN}
    with loopback(server.answer) as there:
        here = {"CLAUDEUSAGE_API": there.origin} | token
        assert claudeusage("today", environ=environ).code == 1
        write_transcript(projects, usage_line(1, AT))
        assert claudeusage("today", environ=environ).code == 0
        assert claudeusage("tomorrow", environ=environ).code == 2
        assert claudeusage("sync", environ=environ).code == 3
        assert claudeusage("sync", environ=environ | here).code == 4
        away = {"CLAUDEUSAGE_API": closed_port()} | token
        assert claudeusage("sync", environ=environ | away).code == 5
        assert claudeusage("sync", "--yes", environ=environ | here).code == 0
    assert len(server.uploads) == 1


def test_a_reader_that_stops_reading_gets_no_traceback(
    environ: dict[str, str], projects: Path
) -> None:
    days = (
        f"{year}-{month:02}-{day:02}"
        for year in (2024, 2025)
        for month in range(1, 13)
        for day in range(1, 29)
    )
    write_transcript(projects, *(usage_line(n, f"{day}T10:00:00Z") for n, day in enumerate(days)))
    reader, writer = os.pipe()
    process = subprocess.Popen(
        (sys.executable, "-m", "claudeusage_app", "report", "--json"),
        env=environ,
        stdout=writer,
        stderr=subprocess.PIPE,
    )
    os.close(writer)
    assert os.read(reader, 1) == b"{"
    os.close(reader)
    _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert said == b""


@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "1>&- 2>&-"])
def test_it_runs_where_nobody_listens(environ: dict[str, str], closed: str) -> None:
    command = f'exec "$0" -P -m claudeusage_app prices {closed}'
    done = subprocess.run(
        ("sh", "-c", command, sys.executable), env=environ, timeout=PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 0


def test_a_thread_that_still_runs_is_waited_for_at_the_end() -> None:
    code = (
        "import threading; from claudeusage_app import cli; cli.main = lambda: 3;"
        "last = lambda: (threading.main_thread().join(), print('done'));"
        "threading.Thread(target=last).start(); cli.program()"
    )
    done = subprocess.run(
        (sys.executable, "-P", "-c", code),
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, b"done\n")


@pytest.mark.parametrize("unreadable", ["file", "folder"])
def test_what_cannot_be_read_is_said_and_the_rest_is_counted(
    environ: dict[str, str], projects: Path, unreadable: str
) -> None:
    write_transcript(projects, usage_line(1, AT), session="one")
    path = write_transcript(projects, usage_line(2, AT), session="two", project="other")
    closed = path if unreadable == "file" else path.parent
    closed.chmod(0)
    command = "import sys; from claudeusage_app.cli import main; sys.exit(main(['report']))"
    before = without_the_right_to_read_everything()
    ran = python(command, environ=environ, before=before)
    assert ran.code == 1
    assert ran.out.splitlines()[-1].split()[2] == b"1"
    assert "1 transcript or folder could not be read" in ran.err
    assert "belongs to you" in ran.err
    assert path.name not in ran.err
    closed.chmod(0o700)
    ran = python(command, environ=environ, before=before)
    assert (ran.code, ran.out.splitlines()[-1].split()[2]) == (0, b"2")


def test_a_full_disk_is_said_and_nothing_is_lost(
    environ: dict[str, str], projects: Path, tmp_path: Path
) -> None:
    write_transcript(projects, usage_line(1, AT), session="one")
    before = report(environ)
    path = write_transcript(projects, session="two")
    append(path, *(usage_line(number, AT) for number in range(2, 4_000)))
    (ledger,) = (tmp_path / "program").glob("*.sqlite3")
    most = str(ledger.stat().st_size + 50_000)
    ran = python(UNDER_A_LIMIT, most, environ=environ)
    assert (ran.code, ran.out) == (1, b"")
    assert ran.err.startswith("The ledger ")
    assert "Check that the disk has room" in ran.err
    assert ran.err.count("\n") == 1
    path.rename(path.with_suffix(".aside"))
    assert report(environ) == before
    path.with_suffix(".aside").rename(path)
    assert report(environ)["totals"]["messages"] == 3_999


def test_a_disk_without_any_room_is_said(environ: dict[str, str], projects: Path) -> None:
    write_transcript(projects, usage_line(1, AT))
    ran = python(UNDER_A_LIMIT, "0", environ=environ)
    assert (ran.code, ran.out) == (1, b"")
    assert "has room" in ran.err


@pytest.mark.parametrize("written", [0, 1, 500_000, 2_000_000])
def test_a_reading_that_is_killed_at_any_moment_costs_nothing(
    large: tuple[Path, Report], environ: dict[str, str], tmp_path: Path, written: int
) -> None:
    """The moment is told by the bytes in the ledger's log; at 0 the ledger is just being made."""
    folder, expected = large
    here = environ | {"CLAUDE_CONFIG_DIR": str(folder / "claude")}
    process = subprocess.Popen(
        (sys.executable, "-m", "claudeusage_app", "today"),
        env=here,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    seen = "*-wal" if written else "*.sqlite3"
    with ended(process):
        eventually(
            lambda: any(
                file.stat().st_size >= written for file in (tmp_path / "program").glob(seen)
            )
        )
        process.kill()
        assert process.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    assert report(here) == expected


@pytest.mark.parametrize("files", [1, 2, 3])
def test_a_reading_that_is_killed_between_files_costs_nothing(
    large: tuple[Path, Report], environ: dict[str, str], files: int
) -> None:
    folder, expected = large
    here = environ | {"CLAUDE_CONFIG_DIR": str(folder / "claude")}
    process = subprocess.Popen(
        (sys.executable, "-c", COLLECT_STEP_BY_STEP),
        env=here,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with ended(process):
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(1, files + 1):
            assert process.stdout.readline() == f"{number}\n"
            if number < files:
                process.stdin.write("\n")
                process.stdin.flush()
        process.kill()
        assert process.wait(PATIENCE_SECONDS) == -signal.SIGKILL
        process.stdin.close()
        process.stdout.close()
    assert report(here) == expected


def test_processes_that_read_at_once_count_once(
    large: tuple[Path, Report], environ: dict[str, str]
) -> None:
    folder, expected = large
    here = environ | {"CLAUDE_CONFIG_DIR": str(folder / "claude")}
    command = (sys.executable, "-m", "claudeusage_app", "report", "--json")
    with ExitStack() as running:
        both = [
            running.enter_context(
                ended(subprocess.Popen(command, env=here, stdout=subprocess.PIPE))
            )
            for _ in range(2)
        ]
        found = [json.loads(each.communicate(timeout=PATIENCE_SECONDS)[0]) for each in both]
        assert [each.returncode for each in both] == [0, 0]
    assert found == [expected, expected]
    assert report(here) == expected


def test_many_processes_may_make_the_ledger_at_once(
    environ: dict[str, str], projects: Path, tmp_path: Path
) -> None:
    write_transcript(projects, usage_line(1, AT))
    command = (sys.executable, "-m", "claudeusage_app", "today", "--json")
    with ExitStack() as running:
        all_of_them = [
            running.enter_context(
                ended(
                    subprocess.Popen(
                        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
                    )
                )
            )
            for _ in range(6)
        ]
        said = [each.communicate(timeout=PATIENCE_SECONDS) for each in all_of_them]
    assert [(each.returncode, err) for each, (_, err) in zip(all_of_them, said, strict=True)] == [
        (0, b"")
    ] * 6
    assert len(list((tmp_path / "program").glob("ledger-*.sqlite3"))) == 1
    assert report(environ)["totals"]["messages"] == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("command", ["today", "report", "report --json", "prices", "doctor"])
def test_an_output_without_room_is_told(environ: dict[str, str], command: str) -> None:
    code, err = sent(environ, command, "> /dev/full")
    assert code == 1
    assert err.endswith(
        "The output could not be written: No space left on device."
        " Send it somewhere with room, then run this again.\n"
    )


@pytest.mark.parametrize("command", ["prices", "report --by model", "statusline"])
def test_a_closed_output_is_no_accident(environ: dict[str, str], command: str) -> None:
    code, err = sent(environ | {"CLAUDE_CONFIG_DIR": ","}, command, ">&- < /dev/null")
    assert code == 0
    assert "unexpected" not in err
