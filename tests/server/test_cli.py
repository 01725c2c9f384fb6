"""The command line, as processes of its own."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import PATIENCE_SECONDS, ended, eventually

Server = subprocess.Popen[str]


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
    assert "GET /healthz 200" in talk
    assert "127.0.0.1" not in talk.splitlines()[-1]
    assert sorted(path.name for path in data.iterdir()) == [
        "local-secret",
        "lock",
        "private.sqlite3",
        "public.sqlite3",
    ]


def test_a_token_made_by_hand_works(tmp_path: Path) -> None:
    data = tmp_path / "data"
    before = run("create-token", data=data).stdout.strip()
    with serving(data) as (address, _process):
        meanwhile = run("create-token", "--name", "laptop", data=data).stdout.strip()
        accounts = {
            json.loads(read(address + "/api/v2/me", token))["account"]
            for token in (before, meanwhile)
        }
    assert len(accounts) == 1


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


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("serve", "--port", "0", data=tmp_path / "file" / "data")
    assert done.returncode == 1
    assert "cannot be used" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_database_of_a_later_version_stops_the_start(tmp_path: Path) -> None:
    run("create-token", data=tmp_path)
    with sqlite3.connect(tmp_path / "private.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    done = run("serve", "--port", "0", data=tmp_path)
    assert done.returncode == 1
    assert "newer version of claudeusage" in done.stderr


def test_a_wrong_command_is_a_matter_of_usage() -> None:
    assert run("nonsense").returncode == 2
    assert run("serve", "--port", "70000").returncode == 2
    assert "create-token" in run("--help").stdout


def test_the_default_folder_is_in_the_programs_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLAUDEUSAGE_CONFIG_DIR", str(tmp_path))
    assert run("create-token").returncode == 0
    assert (tmp_path / "server" / "private.sqlite3").exists()


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
    token = run("create-token", data=data).stdout.strip()
    answered = tmp_path / "answered.txt"
    with serving(data) as (address, process), answered.open("w") as out:
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
