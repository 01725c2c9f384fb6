"""The promise, held to: secrets stand in every text field of transcripts, and get nowhere.

They are looked for in the raw bytes of the ledger with its log, of every other file that the
program keeps, of everything on the wire, and of everything that any command says.
"""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from claudeusage_app.ledger.database import Database
from tests.loopback import Answer, Loopback, Request, loopback
from tests.rights import without_the_right_to_read_everything
from tests.small_server import TOKEN, SmallServer, problem
from tests.terminals import on_terminal

AT = "2026-11-20T10:00:00.000Z"
SESSION = "cafeca9a-5e55-4cca-9a7e-ca9a7b0d1e5f"
OTHER_SESSION = "beefca9a-5e55-4cca-9a7e-ca9a7b0d1e5f"
ANTHROPIC_ID = "msg_01CANARYcanaryCANARYcana"
USER = "canary-user-name"
MODELS = (
    "canary-model-of-nobody",
    "claude-canary-9",
    "/home/canary-model-path/weights.gguf",
    "C:\\canary-windows-path\\weights.gguf",
    "arn:aws:bedrock:eu-west-1:canary-account:inference-profile/canary-profile",
    "canary-router/claude-opus-5-5",
    "claude-opus-5-5@canary-tag",
    "canary\x1b[31m-escape",
)
WORDS = (
    "canary-agent",
    "canary-branch",
    "canary-broken",
    "canary-code",
    "canary-cost",
    "canary-cwd",
    "canary-error",
    "canary-file",
    "canary-folder",
    "canary-geo",
    "canary-id",
    "canary-iteration",
    "canary-kind",
    "canary-link",
    "canary-parent",
    "canary-progress",
    "canary-prompt",
    "canary-request",
    "canary-response",
    "canary-session",
    "canary-slug",
    "canary-speed",
    "canary-stop",
    "canary-summary",
    "canary-thought",
    "canary-tier",
    "canary-tool",
    "canary-unreadable",
    "canary-uuid",
    "canary-version",
    "canary-when",
)
SECRETS = tuple(
    each.encode()
    for each in (*WORDS, *MODELS, SESSION, OTHER_SESSION, ANTHROPIC_ID, "cafeca9a", "beefca9a")
)
REFUSALS = {
    "401": problem(401, "token_unknown"),
    "422": problem(422, "body_invalid", field="days"),
    "500": Answer(500, b"<html>", ()),
    "nonsense": Answer(200, b"[", ()),
    "nothing": None,
}


@dataclass
class Surroundings:
    """An installation whose transcripts are full of secrets, and all that was heard of it."""

    folder: Path
    environ: dict[str, str]
    said: dict[str, bytes] = field(default_factory=dict[str, bytes])
    given: bytes = b""
    """What stands on the stdin of every command."""

    @property
    def program(self) -> Path:
        """Where the program keeps its files."""
        return self.folder / "program"

    def run(self, *words: str, expected: int = 0, **environ: str) -> bytes:
        """Run a command, remember all that it said, and return its figures."""
        done = subprocess.run(
            (
                *without_the_right_to_read_everything(),
                *(sys.executable, "-m", "claudeusage_app", *words),
            ),
            env=self.environ | environ,
            input=self.given,
            capture_output=True,
            timeout=30,
            check=False,
        )
        name = f"{' '.join(words)} ({len(self.said)})"
        self.said[f"stdout of {name}"] = done.stdout
        self.said[f"stderr of {name}"] = done.stderr
        assert done.returncode == expected, done.stderr.decode()
        return done.stdout

    def kept(self) -> dict[str, bytes]:
        """Return every file that the program keeps, with its bytes and with its name."""
        files = (each for each in self.program.rglob("*") if each.is_file())
        return {str(each.relative_to(self.folder)): each.read_bytes() for each in files}


@pytest.fixture
def secretive(tmp_path: Path) -> Surroundings:
    """Plant the secrets."""
    made = Surroundings(
        tmp_path,
        {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path / "home"),
            "LANG": "C.UTF-8",
            "LOGNAME": USER,
            "TZ": "UTC",
            "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
            "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "program"),
        },
    )
    plant(tmp_path / "claude" / "projects" / "-home-canary-folder")
    return made


@pytest.fixture
def server() -> Iterator[tuple[SmallServer, Loopback]]:
    """Give a server, and the bytes that reach it."""
    small = SmallServer()
    with loopback(small.answer) as there:
        small.origin = there.origin
        yield small, there


def plant(folder: Path) -> None:
    """Write transcripts that hold every secret in the field where its kind occurs."""
    agents = folder / SESSION / "subagents"
    agents.mkdir(parents=True)
    usage = {
        "input_tokens": 10,
        "output_tokens": 20,
        "cache_creation_input_tokens": 30,
        "cache_read_input_tokens": 40,
        "service_tier": "canary-tier",
        "inference_geo": "canary-geo",
        "speed": "canary-speed",
        "iterations": [
            {"type": "canary-kind", "input_tokens": 1},
            {"type": "advisor_message", "model": "canary-iteration", "input_tokens": 7},
        ],
    }

    def line(number: int, model: str, **members: object) -> dict[str, object]:
        message: dict[str, object] = {
            "id": f"{ANTHROPIC_ID}{number}" if number % 2 else f"canary-id-{number}",
            "model": model,
            "stop_reason": "canary-stop",
            "content": [
                {"type": "thinking", "thinking": "canary-thought", "signature": "canary-code"},
                {"type": "text", "text": 'canary-response "usage":{"output_tokens":9}'},
                {"type": "tool_use", "id": "canary-id", "name": "canary-tool", "input": {}},
            ],
            "usage": usage,
        }
        common: dict[str, object] = {
            "type": "assistant",
            "timestamp": AT,
            "sessionId": SESSION,
            "uuid": "canary-uuid",
            "parentUuid": "canary-parent",
            "requestId": "canary-request",
            "cwd": "/home/canary-cwd",
            "gitBranch": "canary-branch",
            "agentId": "canary-agent",
            "slug": "canary-slug",
            "version": "canary-version",
            "message": message,
        }
        return common | members

    usual = [line(number, model) for number, model in enumerate((*MODELS, "claude-opus-5-5"))]
    nameless = line(20, "claude-opus-5-5", sessionId=None, costUSD="canary-cost")
    del nameless["message"]["id"]  # type: ignore[attr-defined]
    progress = {
        "type": "progress",
        "sessionId": OTHER_SESSION,
        "data": {"message": line(21, "claude-opus-5-5"), "prompt": "canary-progress"},
    }
    others = [
        {"type": "user", "message": {"content": "canary-prompt"}, "toolUseResult": "canary-tool"},
        {"type": "summary", "summary": "canary-summary", "leafUuid": "canary-uuid"},
        line(22, "claude-opus-5-5", isApiErrorMessage=True, error="canary-error"),
        line(23, "claude-opus-5-5", timestamp="canary-when"),
        nameless,
        progress,
    ]
    texts = [json.dumps(each, separators=(",", ":")) for each in (*usual, *others)]
    texts.append('{"type":"assistant","message":{"usage":{"canary-broken')
    (folder / f"{SESSION}.jsonl").write_text("\n".join(texts), "utf-8")
    agent = json.dumps(line(30, "claude-haiku-5-5", isSidechain=True, sessionId=None))
    (agents / "agent-canary-agent.jsonl").write_text(agent, "utf-8")
    (folder / "canary-file canary-session.jsonl").write_text(agent, "utf-8")
    (folder / "canary-link.jsonl").symlink_to("canary-file canary-session.jsonl")
    (folder / "canary-unreadable.jsonl").write_text(agent, "utf-8")
    (folder / "canary-unreadable.jsonl").chmod(0)


def assert_no_secret(found: dict[str, bytes], *more: bytes) -> None:
    """Look for every secret in bytes, as it is, in capitals, and as JSON or hex would write it."""
    for place, content in found.items():
        low = place.encode().lower() + b"\0" + content.lower()
        for secret in (*SECRETS, *more):
            written = (secret, json.dumps(secret.decode())[1:-1].encode(), secret.hex().encode())
            leaked = [each for each in written if each.lower() in low]
            assert not leaked, f"{leaked} in {place}"


def test_every_secret_is_planted(secretive: Surroundings) -> None:
    planted = b""
    for path in (secretive.folder / "claude").rglob("*"):
        planted += str(path).encode()
        if path.is_file():
            path.chmod(0o600)
            planted += path.read_bytes()
    missing = [
        secret for secret in SECRETS if json.dumps(secret.decode())[1:-1].encode() not in planted
    ]
    assert missing == []


def test_no_secret_is_kept_sent_or_said(
    secretive: Surroundings, server: tuple[SmallServer, Loopback]
) -> None:
    small, there = server
    run, unreadable = secretive.run, 1
    run("today", expected=unreadable)
    (ledger,) = secretive.program.glob("ledger-*.sqlite3")
    with Database(ledger):  # so that the log stays, to be looked at
        for command in ("report", "report --json --timezone Asia/Tokyo", "preview"):
            run(*command.split(), expected=unreadable)
        for command in ("folders", "folders --json", "timezone Asia/Tokyo --json --yes"):
            run(*command.split(), expected=unreadable)
        run("ledger", "export", str(secretive.program / "export"), expected=unreadable)
        for command in ("ledger check", "ledger check --json", "timezone", "prices", "statusline"):
            run(*command.split())
        run("ledger", "import", str(secretive.program / "export"), expected=unreadable)
        run()
        run("status", expected=3)
        run("link", there.origin, "--store", "file")
        run("sync", expected=4)
        preview = run("preview", "--json", expected=unreadable)
        run("sync", "--yes", expected=unreadable)
        run("sync", expected=unreadable)
        for command in ("uploads", "uploads --json", "uploads 1", "uploads 1 --json"):
            run(*command.split())
        run("sync", "--install-timer")
        run("status")
        units = secretive.folder / "home/.config/systemd/user"
        kept = secretive.kept() | {each.name: each.read_bytes() for each in units.iterdir()}
        assert {"claudeusage-sync.service", "claudeusage-sync.timer"} <= kept.keys()
        run("sync", "--remove-timer")
        run("unlink")
        run("purge", expected=2)
    assert small.uploads == [preview]
    assert len(json.loads(preview)["days"][0]["models"]) > 1
    assert [name.rpartition("-")[2] for name in sorted(kept) if "sqlite3-" in name] == [
        "shm",
        "wal",
    ]
    assert_no_secret(kept | secretive.kept())
    assert_no_secret({"the wire": b"".join(there.received)}, USER.encode())
    assert_no_secret(secretive.said)
    assert TOKEN.encode() not in b"".join(secretive.said.values())


def test_no_secret_is_in_a_report_or_a_status_line(secretive: Surroundings) -> None:
    for by in ("day", "week", "month", "model", "session"):
        for form in ((), ("--json",), ("--csv",)):
            secretive.run("report", "--by", by, *form, expected=1)
    for by in ("day", "model", "session"):
        secretive.said[f"a terminal, by {by}"] = on_terminal(
            200, "report", "--by", by, environ=secretive.environ
        ).out
    status: dict[str, object] = {
        "session_id": SESSION,
        "transcript_path": "/home/canary-folder/canary-file.jsonl",
        "cwd": "/home/canary-cwd",
        "model": {"id": "canary-model-of-nobody", "display_name": "Opus 5.5"},
        "workspace": {"current_dir": "/home/canary-cwd", "project_dir": "/home/canary-parent"},
        "version": "canary-version",
        "output_style": {"name": "canary-kind"},
    }
    secretive.given = json.dumps(status).encode()
    assert secretive.run("statusline").endswith(" · Opus 5.5\n".encode())
    (ledger,) = secretive.program.glob("ledger-*.sqlite3")
    ledger.unlink()
    ledger.mkdir()
    assert b"doctor" in secretive.run("statusline")
    assert_no_secret(secretive.said, str(secretive.program).encode())


@pytest.mark.parametrize("kind", list(REFUSALS))
def test_no_secret_is_in_what_is_said_when_the_server_fails(
    secretive: Surroundings, kind: str
) -> None:
    small = SmallServer()

    def failing(request: Request) -> Answer | None:
        return REFUSALS[kind] if request.method == "PUT" else small.answer(request)

    with loopback(failing) as there:
        environ = {"CLAUDEUSAGE_API": there.origin, "CLAUDEUSAGE_TOKEN": TOKEN}
        code = {"401": 3, "500": 5, "nothing": 5}.get(kind, 1)
        secretive.run("sync", "--yes", expected=code, **environ)
    assert_no_secret({"the wire": b"".join(there.received)}, USER.encode())
    assert_no_secret(secretive.kept())
    assert_no_secret(secretive.said)
    assert TOKEN.encode() not in b"".join(secretive.said.values())


def test_no_secret_is_in_what_is_said_of_a_damaged_ledger(
    secretive: Surroundings,
) -> None:
    secretive.run("today", expected=1)
    (ledger,) = secretive.program.glob("ledger-*.sqlite3")
    with sqlite3.connect(ledger) as connection:
        connection.execute("UPDATE responses SET more = '[[\"canary-prompt'")
    connection.close()
    for command in ("report", "preview"):
        secretive.run(command, expected=1)
    said = b"".join(secretive.said.values())
    assert b"The ledger was damaged, and is set aside" in said
    assert b"Traceback" not in said
    assert_no_secret(secretive.said)


def test_the_folder_is_named_and_nothing_below_it(secretive: Surroundings) -> None:
    secretive.run("report", expected=1)
    (said,) = (text for name, text in secretive.said.items() if name.startswith("stderr"))
    assert b"1 transcript or folder could not be read" in said
    assert_no_secret(secretive.said)
    elsewhere = secretive.folder / "an-empty-folder"
    secretive.run("report", expected=1, CLAUDE_CONFIG_DIR=str(elsewhere))
    assert str(elsewhere).encode() in list(secretive.said.values())[-1]
