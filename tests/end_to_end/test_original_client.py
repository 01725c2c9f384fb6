"""Coming from the original client, with the installed program as a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.original import write_original
from tests.processes import PATIENCE_SECONDS, SYNC_PROGRAM, claudeusage, claudeusage_sync, served
from tests.small_server import TOKEN, SmallServer, listening
from tests.terminals import answering
from tests.transcript_lines import usage_line, write_transcript

KEYRING = """
import os
from pathlib import Path

from keyring.backend import KeyringBackend

FOLDER = Path(os.environ["TEST_KEYRING"])


class FolderKeyring(KeyringBackend):
    priority = 9

    def get_password(self, service, username):
        path = FOLDER / username.replace("/", "_")
        return path.read_text() if path.exists() else None

    def set_password(self, service, username, password):
        (FOLDER / username.replace("/", "_")).write_text(password)

    def delete_password(self, service, username):
        (FOLDER / username.replace("/", "_")).unlink(missing_ok=True)
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Give an installation with three days of transcripts and a keyring in a folder."""
    days = ("2026-11-18", "2026-11-19", "2026-11-20")
    lines = (usage_line(number, f"{day}T09:00:00Z") for number, day in enumerate(days))
    write_transcript(tmp_path / "claude" / "projects", *lines)
    (tmp_path / "keyring").mkdir()
    (tmp_path / "folder_keyring.py").write_text(KEYRING)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": str(tmp_path),
        "PYTHON_KEYRING_BACKEND": "folder_keyring.FolderKeyring",
        "TEST_KEYRING": str(tmp_path / "keyring"),
        "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
        "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "program"),
    }


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with listening() as made:
        yield made


def test_a_first_run_links_by_a_browser_and_the_second_uploads_what_was_shown(
    environ: dict[str, str], server: SmallServer
) -> None:
    environ["CLAUDEUSAGE_API"] = server.origin
    first = claudeusage_sync(environ=environ)
    assert first.code == 4, first.err
    assert f"{server.origin}/device?code=BCDFGHJK".encode() in first.out
    assert b"3 days have changed." in first.out
    assert "`claudeusage-sync --yes`" in first.err
    shown = claudeusage("preview", "--json", environ=environ)
    assert shown.code == 0
    assert server.uploads == []
    second = claudeusage_sync("--yes", environ=environ)
    assert second.code == 0, second.err
    assert server.uploads == [shown.out]
    assert claudeusage_sync(environ=environ).code == 0
    assert claudeusage_sync("logout", environ=environ).code == 0
    assert server.grants == {}


def test_without_a_browser_a_token_comes_on_stdin(
    environ: dict[str, str], server: SmallServer, tmp_path: Path
) -> None:
    environ["CLAUDEUSAGE_API"] = server.origin
    given = f"{TOKEN}\n".encode()
    dry = claudeusage_sync("--token", "-", "--dry-run", environ=environ, given=given)
    assert dry.code == 0, dry.err
    assert server.uploads == []
    some = ("--token", "-", "--since", "2026-11-20", "--yes")
    ran = claudeusage_sync(*some, environ=environ, given=given)
    assert ran.code == 0, ran.err
    assert [day["date"] for day in json.loads(server.uploads[0])["days"]] == ["2026-11-20"]
    assert list((tmp_path / "keyring").iterdir()) == []
    binary = claudeusage_sync("--token", "-", environ=environ, given=b"\xff\xfe\n")
    assert (binary.code, binary.err.count("is not a token")) == (2, 1)
    for each in (dry, ran):
        assert TOKEN not in each.out.decode() + each.err


def test_a_person_who_says_yes_takes_the_original_clients_link_over(
    environ: dict[str, str], server: SmallServer, tmp_path: Path
) -> None:
    path = write_original(tmp_path / "home", server.origin)
    before = path.read_bytes()
    ran = answering("y", str(SYNC_PROGRAM), environ=environ)
    assert ran.code == 4, ran.err
    assert f"Take over the link to {server.origin} from the original client? [y/N]" in ran.err
    assert f"Linked to {server.origin}.".encode() in ran.out
    assert b"3 days have changed." in ran.out
    assert TOKEN not in ran.out.decode() + ran.err
    (kept,) = (tmp_path / "keyring").iterdir()
    assert kept.read_text() == TOKEN
    assert server.uploads == []
    assert claudeusage_sync("--yes", environ=environ).code == 0
    assert len(server.uploads) == 1
    assert path.read_bytes() == before


def test_a_person_who_says_no_keeps_everything_as_it_is(
    environ: dict[str, str], server: SmallServer, tmp_path: Path
) -> None:
    write_original(tmp_path / "program", server.origin)
    ran = answering("n", str(SYNC_PROGRAM), environ=environ)
    assert (ran.code, ran.out) == (2, b"")
    assert "from the original client? [y/N]" in ran.err
    assert server.requests == []
    assert not (tmp_path / "program" / "settings.toml").exists()


def test_the_link_to_another_server_than_the_named_one_is_told_and_not_offered(
    environ: dict[str, str], server: SmallServer, tmp_path: Path
) -> None:
    write_original(tmp_path / "home", "https://other.example")
    server.polls = ["denied"]
    environ["CLAUDEUSAGE_API"] = server.origin
    ran = answering("y", str(SYNC_PROGRAM), environ=environ)
    assert ran.code == 1
    assert "linked to https://other.example" in ran.err
    assert "Take over" not in ran.err
    assert {each.path for each in server.requests} == {"/api/cli/auth/start", "/api/cli/auth/poll"}


@pytest.mark.long
def test_a_link_that_was_taken_over_works_until_it_is_forgotten(
    environ: dict[str, str], tmp_path: Path
) -> None:
    """Against the server itself, with a token that it made."""
    data = str(tmp_path / "data")
    with served(tmp_path, environ, "--data", data) as there:
        made = subprocess.run(
            (sys.executable, "-m", "claudeusage_server", "create-token", "--data", data),
            env=environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=True,
        )
        path = write_original(tmp_path / "home", there.origin, made.stdout.strip())
        took = claudeusage("link", "--take-over", "--store", "file", environ=environ)
        assert took.code == 0, took.err
        assert claudeusage_sync(environ=environ).code == 4
        assert claudeusage_sync("--yes", environ=environ).code == 0
        again = claudeusage_sync("--full", environ=environ)
        assert (again.code, again.out) == (0, b"")
        forgotten = claudeusage_sync("logout", environ=environ)
        assert forgotten.code == 0
        assert f"{path} was left as it is" in forgotten.err
        assert "which is dead now" in forgotten.err
        dead = claudeusage("link", "--take-over", "--store", "file", environ=environ)
        assert dead.code == 1
        assert "does not accept the original client's token any more" in dead.err


def test_usage_and_errors_have_the_programs_own_name(environ: dict[str, str]) -> None:
    shown = claudeusage_sync("--help", environ=environ)
    assert shown.code == 0
    assert shown.out.startswith(b"usage: claudeusage-sync ")
    wrong = claudeusage_sync("--bogus", environ=environ)
    assert wrong.code == 2
    assert "claudeusage-sync: error: " in wrong.err
