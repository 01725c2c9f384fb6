"""What the doctor says can be pasted anywhere: secrets stand in all that it looks at."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.loopback import Answer, loopback
from tests.original import write_original
from tests.small_server import TOKEN, SmallServer, problem
from tests.transcript_lines import usage_line, write_transcript

AT = "2026-11-20T10:00:00.000Z"
SESSION = "cafeca9a-5e55-4cca-9a7e-ca9a7b0d1e5f"
KEYRING = """
from keyring.backend import KeyringBackend

class CanaryKeyring(KeyringBackend):
    priority = 9
    name = "canary keyring"
    kept = {}

    def get_password(self, service, username):
        return self.kept.get(username, "canary-token-of-the-keyring")

    def set_password(self, service, username, password):
        self.kept[username] = password

    def delete_password(self, service, username):
        self.kept.pop(username, None)
"""
LINK = """
# canary-comment
[link]
origin = "{origin}"
account = "canary-account"
profile = "{origin}/u/canary-profile"
store = "{store}"
"""


class Place:
    """An installation whose every name is a secret."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.claude = folder / "canary-claude"
        self.program = folder / "canary-program"
        self.program.mkdir()
        self.environ: dict[str, str] = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "canary-home"),
            "LANG": "C.UTF-8",
            "LOGNAME": "canary-user",
            "TZ": "UTC",
            "PYTHONPATH": str(folder),
            "PYTHON_KEYRING_BACKEND": "canary_keyring.CanaryKeyring",
            "XDG_RUNTIME_DIR": str(folder / "canary-runtime"),
            "CLAUDE_CONFIG_DIR": f"{self.claude},{folder / 'canary-second'},/canary-third",
            "CLAUDEUSAGE_CONFIG_DIR": str(self.program),
        }
        (folder / "canary_keyring.py").write_text(KEYRING)
        torn = '{"type":"assistant","message":{"usage":{"canary-torn'
        lines = (usage_line(1, AT, session=SESSION, model="canary-model", cwd="/canary-cwd"), torn)
        projects = self.claude / "projects"
        write_transcript(projects, *lines, session=SESSION, project="-canary-project")
        write_transcript(folder / "canary-second" / "projects", session="canary-session")
        (self.claude / "settings.json").write_text('{"canary-name": "canary-value"}')

    def link(self, origin: str, store: str) -> None:
        text = LINK.format(origin=origin, store=store)
        (self.program / "settings.toml").write_text(text)

    def doctor(self, *words: str) -> str:
        """Run it in this environment, and return what it shows."""
        done = subprocess.run(
            (sys.executable, "-m", "claudeusage_app", "doctor", *words),
            env=self.environ,
            capture_output=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 1
        self.said.append(done.stderr.decode())
        return done.stdout.decode()

    def ledger(self) -> Path:
        (path,) = self.program.glob("ledger-*.sqlite3")
        return path


def _nothing_more(place: Place) -> None:
    del place


def _a_second_look(place: Place) -> None:
    place.doctor()


def _claude_settings_broken(place: Place) -> None:
    (place.claude / "settings.json").write_text("canary-broken {")


def _settings_broken(place: Place) -> None:
    (place.program / "settings.toml").write_text("canary-setting = 5\n")


def _settings_torn(place: Place) -> None:
    (place.program / "settings.toml").write_text("canary torn")


def _own_prices(place: Place) -> None:
    rates = "input = 1\noutput = 1\ncache_write_5m = 1\ncache_write_1h = 1\ncache_read = 1\n"
    text = f"[canary-model]\n{rates}since = 2027-01-01\n"
    (place.program / "prices.toml").write_text(text)


def _own_prices_broken(place: Place) -> None:
    (place.program / "prices.toml").write_text("[canary-model]\ncanary = 5\n")


def _imported_prices_broken(place: Place) -> None:
    (place.program / "prices.json").write_text('{"canary"')


def _folders_added(place: Place) -> None:
    folders = [str(place.claude / "projects"), "/canary-added"]
    (place.program / "settings.toml").write_text(f"folders = {json.dumps(folders)}\n")
    del place.environ["CLAUDE_CONFIG_DIR"]


def _other_folders_adopted(place: Place) -> None:
    (place.program / "settings.toml").write_text('folders = ["/canary-added"]\n')


def _ledger_is_a_folder(place: Place) -> None:
    place.doctor()
    path = place.ledger()
    path.unlink()
    path.mkdir()


def _ledger_damaged(place: Place) -> None:
    place.doctor()
    place.ledger().write_bytes(b"canary-damage" * 5_000)


def _token_of_the_environment_is_none(place: Place) -> None:
    place.environ["CLAUDEUSAGE_TOKEN"] = "canary-token"


def _address_is_none(place: Place) -> None:
    place.environ["CLAUDEUSAGE_API"] = "http://canary-address.example/canary-path"


def _linked_with_the_keyring(place: Place) -> None:
    place.link("https://sync.example", "keyring")


def _linked_with_a_file(place: Place) -> None:
    place.link("https://sync.example", "file")
    (place.program / "token-https%3A%2F%2Fsync.example").write_text("canary-token-of-a-file")


def _original_client(place: Place) -> None:
    write_original(place.program, "https://sync.example")


def _original_client_elsewhere(place: Place) -> None:
    write_original(place.program, "http://canary-address.example/canary-path")


def _original_client_broken(place: Place) -> None:
    write_original(place.program, "https://sync.example").write_text("canary-broken {")


def _home_is_none(place: Place) -> None:
    place.environ["CLAUDE_CONFIG_DIR"] = "~canary-user/canary-claude"


CASES = (
    _nothing_more,
    _a_second_look,
    _claude_settings_broken,
    _settings_broken,
    _settings_torn,
    _own_prices,
    _own_prices_broken,
    _imported_prices_broken,
    _folders_added,
    _other_folders_adopted,
    _ledger_is_a_folder,
    _ledger_damaged,
    _token_of_the_environment_is_none,
    _address_is_none,
    _linked_with_the_keyring,
    _linked_with_a_file,
    _original_client,
    _original_client_elsewhere,
    _original_client_broken,
    _home_is_none,
)


@pytest.mark.parametrize("case", CASES)
def test_no_secret_is_in_the_doctors_text(tmp_path: Path, case: Callable[[Place], None]) -> None:
    place = Place(tmp_path)
    case(place)
    assert_shareable(place, place.doctor(), place.doctor("--json"))


@pytest.mark.parametrize(
    "answer",
    [
        Answer(401, b'{"title":"canary-title","status":401,"code":"canary-code"}'),
        Answer(500, b"canary-body"),
        Answer(302, b"", (("Location", "https://canary-redirect.example"),)),
        problem(422, "canary_code", field="canary-field"),
        None,
    ],
)
def test_no_secret_is_in_what_the_doctor_says_of_a_server(
    tmp_path: Path, answer: Answer | None
) -> None:
    place = Place(tmp_path)
    place.environ["CLAUDEUSAGE_TOKEN"] = TOKEN
    with loopback(lambda _: answer) as there:
        place.environ["CLAUDEUSAGE_API"] = there.origin
        said = (place.doctor(), place.doctor("--json"))
    assert_shareable(place, *said)
    assert there.requests


def test_no_secret_is_said_of_a_server_that_accepts(tmp_path: Path) -> None:
    place, server = Place(tmp_path), SmallServer()
    place.environ["CLAUDEUSAGE_TOKEN"] = TOKEN
    with loopback(server.answer) as there:
        server.origin = place.environ["CLAUDEUSAGE_API"] = there.origin
        said = (place.doctor(), place.doctor("--json"))
    assert_shareable(place, *said)
    assert json.loads(said[1])["server"]["answer"] == "accepted"


def assert_shareable(place: Place, *said: str) -> None:
    """Look for every secret, every path, and the names of this computer and its user."""
    assert all(text.endswith("problem.\n") or "problems" in text for text in said)
    for text in (*said, *place.said):
        low = text.lower()
        assert "canary" not in low
        assert SESSION[:8] not in low
        assert str(place.folder).lower() not in low
        assert TOKEN not in low
        assert "sqlite3" not in low
        assert "traceback" not in low
        words = set(low.replace('"', " ").replace(",", " ").split())
        assert socket.gethostname().lower() not in words
