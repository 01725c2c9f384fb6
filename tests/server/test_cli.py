"""The command line, as processes of its own."""

import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import PATIENCE_SECONDS, ended, eventually

Server = subprocess.Popen[str]
ROOT = Path(__file__).parents[2]


@contextmanager
def serving(data: Path, *more: str) -> Generator[tuple[str, Server]]:
    """Run a server on a free port; give its address and its process."""
    command = (sys.executable, "-m", "claudeusage_server", "serve", "--port", "0", *more)
    with (
        (data.parent / "talk.txt").open("w") as talk,
        subprocess.Popen(
            (*command, "--data", str(data)), stdout=subprocess.PIPE, stderr=talk, text=True
        ) as process,
        ended(process),
    ):
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process


def run(*arguments: str, data: Path | None = None) -> subprocess.CompletedProcess[str]:
    more = ("--data", str(data)) if data else ()
    return subprocess.run(
        (sys.executable, "-m", "claudeusage_server", *arguments, *more),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def read(address: str, token: str = "") -> bytes:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
        content: bytes = answer.read()
    return content


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_prints_its_address_and_stops_gracefully(
    tmp_path: Path, number: signal.Signals
) -> None:
    data = tmp_path / "data"
    with serving(data) as (address, process):
        assert address.startswith("http://127.0.0.1:")
        assert (data / "address").read_text() == address + "\n"
        assert read(address + "/healthz") == b"ok\n"
        process.send_signal(number)
        assert process.wait(PATIENCE_SECONDS) == 0
        assert process.stdout is not None
        assert process.stdout.read() == ""
    assert not (data / "address").exists()
    talk = (tmp_path / "talk.txt").read_text()
    assert f"{address}/sign-in?code=" in talk
    assert "event=request method=GET route=/healthz status=200" in talk
    assert "127.0.0.1" not in talk.splitlines()[-1]
    assert sorted(path.name for path in data.iterdir()) == [
        "local-secret",
        "lock",
        "private.sqlite3",
        "public.sqlite3",
    ]


def test_a_token_made_by_hand_works(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data):
        tokens = [run("create-token", "--name", "laptop", data=data).stdout.strip()]
    tokens.append(run("create-token", data=data).stdout.strip())
    with serving(data) as (address, _process):
        told = [json.loads(read(address + "/api/v2/me", token)) for token in tokens]
    assert len({each["account"] for each in told}) == 1


@pytest.mark.parametrize("exists", [True, False])
def test_a_token_is_made_only_where_a_server_has_run(tmp_path: Path, exists: bool) -> None:
    data = tmp_path / "typo"
    if exists:
        data.mkdir(mode=0o700)
    refused = run("create-token", data=data)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"There is no server's data in the folder {data}."
        " Run `claudeusage serve` on it first, or name another folder with --data.\n"
    )
    assert run("sign-in", data=data).returncode == 1
    assert data.exists() is exists
    assert not exists or not list(data.iterdir())


def test_commands_do_not_update_the_database_of_a_running_server(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data):
        with sqlite3.connect(data / "private.sqlite3") as connection:
            connection.execute("DELETE FROM alembic_version")
        connection.close()
        for command in ("create-token", "sign-in"):
            refused = run(command, data=data)
            assert (refused.returncode, refused.stdout) == (1, "")
            assert "older version of claudeusage. Start its server anew" in refused.stderr
            assert refused.stderr.count("\n") == 1


def test_a_folder_of_other_files_is_one_sentence_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("")
    tmp_path.chmod(0o1777)
    done = run("serve", "--port", "0", data=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "holds other files" in done.stderr
    assert done.stderr.count("\n") == 1
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o1777
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


BASE_INSTALL = """
import sys
for name in sys.argv.pop(1).split(","):
    sys.modules[name] = None
from claudeusage_server.cli import main
sys.exit(main(sys.argv[1:]))
"""


def run_without(libraries: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-c", BASE_INSTALL, libraries, *arguments),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def extra() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = [re.split("[><=]", each)[0] for each in project["optional-dependencies"]["server"]]
    return [name.replace("-", "_") for name in named]


def test_without_the_servers_libraries_its_help_is_shown(tmp_path: Path) -> None:
    libraries = ",".join([*extra(), "starlette"])
    for arguments in (("--help",), ("serve", "--help"), ("--version",)):
        done = run_without(libraries, *arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout
    done = run_without(libraries, "serve", "--data", str(tmp_path / "data"))
    assert not (tmp_path / "data").exists()
    assert done.returncode == 1


@pytest.mark.parametrize("library", extra())
def test_a_missing_library_of_the_server_is_one_sentence(tmp_path: Path, library: str) -> None:
    done = run_without(library, "create-token", "--data", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "The server's part of claudeusage is not installed."
        " Install it with `pipx install 'claudeusage[server]'`.\n"
    )


def test_sign_in_prints_an_address_of_the_running_server(tmp_path: Path) -> None:
    data = tmp_path / "data"
    refused = run("sign-in", data=data)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "No server is running" in refused.stderr
    with serving(data) as (address, _process):
        printed = run("sign-in", data=data).stdout.strip()
        assert printed.startswith(f"{address}/sign-in?code=")
        assert b"Sign in on this browser" in read(printed)


def test_a_port_in_use_is_one_sentence_with_a_remedy(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("serve", "--port", port, data=tmp_path / "data")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"Port {port} on 127.0.0.1 is in use."
        " Stop the other program, or choose another port: --port 0 finds a free one.\n"
    )


def test_two_servers_do_not_share_a_data_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data) as (address, _process):
        done = run("serve", "--port", "0", data=data)
        assert (done.returncode, done.stdout) == (1, "")
        assert "already uses the data folder" in done.stderr
        assert done.stderr.count("\n") == 1
        assert read(address + "/healthz") == b"ok\n"
        assert (data / "address").read_text() == address + "\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--host", "0.0.0.0"), "https://"),
        (("--public-url", "http://usage.example"), "https://"),
        (("--public-url", "https://usage.example"), "sign-in provider"),
    ],
)
def test_an_address_that_cannot_be_served_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = run("serve", "--port", "0", *arguments, data=tmp_path / "data")
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert not (tmp_path / "data").exists()


PUBLIC = """
public_url = "https://usage.example"
[google]
client_id = "id"
client_secret = "canary7f3a"
"""


def test_a_public_server_starts_from_a_file_and_has_no_account_of_its_own(tmp_path: Path) -> None:
    data, config = tmp_path / "data", tmp_path / "server.toml"
    config.write_text(PUBLIC)
    config.chmod(0o600)
    with serving(data, "--config", str(config)) as (address, _process):
        assert address == "https://usage.example"
        for more in ((), ("--config", str(config))):
            for command in ("sign-in", "create-token"):
                refused = run(command, *more, data=data)
                assert (refused.returncode, refused.stdout) == (1, "")
                assert "The server is public" in refused.stderr
    assert run("create-token", "--config", str(config), data=data).returncode == 1
    talk = (tmp_path / "talk.txt").read_text()
    assert re.search(r"Listening on 127\.0\.0\.1:\d+ for https://usage\.example\. ", talk)
    assert "No proxy is trusted" in talk
    assert "code=" not in talk


def test_a_server_on_this_computer_with_a_provider_prints_no_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLAUDEUSAGE_SERVER_GITHUB_CLIENT_ID", "id")
    monkeypatch.setenv("CLAUDEUSAGE_SERVER_GITHUB_CLIENT_SECRET", "canary7f3a")
    data = tmp_path / "data"
    with serving(data) as (address, _process):
        for command in ("sign-in", "create-token"):
            refused = run(command, data=data)
            assert (refused.returncode, refused.stdout) == (1, "")
            assert "has a provider" in refused.stderr
    talk = (tmp_path / "talk.txt").read_text()
    assert f"Listening on {address}. " in talk
    assert "code=" not in talk


def test_a_setting_that_cannot_be_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLAUDEUSAGE_SERVER_HOST", "192.0.2.1")
    monkeypatch.setenv("CLAUDEUSAGE_SERVER_REVIEW", "canary7f3a")
    done = run("serve", data=tmp_path / "data")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        'The setting review, which comes from $CLAUDEUSAGE_SERVER_REVIEW, has to be "on" or'
        ' "off". Change it there; docs/settings.md tells what it can be.\n'
    )
    assert not (tmp_path / "data").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("serve", "--port", "0", data=tmp_path / "file" / "data")
    assert done.returncode == 1
    assert "cannot be used" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_database_of_a_later_version_stops_the_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data):
        pass
    with sqlite3.connect(data / "private.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for command in (("serve", "--port", "0"), ("create-token",)):
        done = run(*command, data=data)
        assert done.returncode == 1
        assert "newer version of claudeusage" in done.stderr


def test_a_wrong_command_is_a_matter_of_usage() -> None:
    assert run("nonsense").returncode == 2
    for port in ("70000", "-1", "http", "٣"):
        refused = run("serve", f"--port={port}")
        assert refused.returncode == 2
        assert "has to be a whole number from 0 to 65535" in refused.stderr
    assert "create-token" in run("--help").stdout


def test_the_default_folder_is_in_the_programs_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLAUDEUSAGE_CONFIG_DIR", str(tmp_path))
    with serving(tmp_path / "server"):
        pass
    assert run("create-token").returncode == 0


UPLOADER = """
import json, sys, urllib.request
address, token = sys.argv[1:]
for sequence in range(1, 10_000):
    models = [dict(model="claude-opus-5-5", messages=sequence, input_tokens=1, output_tokens=1,
        cache_write_5m_tokens=0, cache_write_1h_tokens=0, cache_read_tokens=0,
        cost_microusd=sequence)]
    days = [dict(date=f"2026-10-{day:02d}", active_seconds=sequence, sessions_active=1,
        sessions_started=1, models=models) for day in range(1, 31)]
    body = dict(schema=2, accounting=1, prices="2026-11-22", machine="ab" * 32,
        sequence=sequence, days=days)
    request = urllib.request.Request(address + "/api/v2/days", json.dumps(body).encode(),
        {"Authorization": "Bearer " + token, "Content-Type": "application/json"}, method="PUT")
    urllib.request.urlopen(request).read()
    print(sequence, flush=True)
"""


def test_a_server_killed_during_uploads_leaves_whole_ones(tmp_path: Path) -> None:
    data = tmp_path / "data"
    answered = tmp_path / "answered.txt"
    with serving(data) as (address, process), answered.open("w") as out:
        token = run("create-token", data=data).stdout.strip()
        uploader = (sys.executable, "-c", UPLOADER, address, token)
        with subprocess.Popen(uploader, stdout=out, stderr=subprocess.DEVNULL) as client:
            eventually(lambda: answered.read_text().count("\n") >= 20)
            os.kill(process.pid, signal.SIGKILL)
            client.wait(PATIENCE_SECONDS)
    last = int(answered.read_text().split()[-1])
    with serving(data) as (address, _process):
        told = json.loads(read(address + "/api/v2/days", token))
        assert told["sequence"] in {last, last + 1}
        name = json.loads(read(address + "/api/v2/me", token))["profile"].rsplit("/", 1)[1]
        shown = json.loads(read(f"{address}/api/v1/profile/{name}"))
    with sqlite3.connect(data / "private.sqlite3") as connection:
        rows = connection.execute(
            "SELECT d.active_seconds, m.messages FROM days d JOIN day_models m"
            " USING (account, machine, date)"
        ).fetchall()
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert rows == [(told["sequence"], told["sequence"])] * 30
    assert {entry["messages"] for entry in shown["days"]} == {told["sequence"]}
