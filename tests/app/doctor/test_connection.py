"""The token and the server, with real keyrings, files and sockets."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring.errors import KeyringLocked

from claudeusage_app.credentials import KeyringCredentials, MemoryCredentials
from claudeusage_app.doctor.connection import (
    look_at_credentials,
    look_at_original,
    look_at_server,
)
from claudeusage_app.doctor.report import CredentialFacts, OriginalFacts
from claudeusage_app.installation import SERVER
from claudeusage_app.installation import TOKEN as TOKEN_VARIABLE
from claudeusage_app.program import Program
from claudeusage_app.settings import LinkSettings, change_settings
from claudeusage_app.token_files import FileCredentials
from tests.keyrings import (
    BrokenKeyring,
    ForgetfulKeyring,
    MemoryKeyring,
    UntouchableKeyring,
    in_use,
)
from tests.loopback import Answer, closed_port, loopback
from tests.original import write_original
from tests.small_server import ACCOUNT, TOKEN, SmallServer

ORIGIN = "https://sync.example"
PATIENCE = 30.0
QUESTION = "claudeusage-question"


class SilentKeyring(MemoryKeyring):
    """A keyring that waits for its person."""

    def __init__(self) -> None:
        super().__init__()
        self.come = threading.Event()

    def set_password(self, service: str, username: str, password: str) -> None:
        """Wait."""
        del service, username, password
        self.come.wait()


@pytest.fixture
def keyring() -> Iterator[MemoryKeyring]:
    made = MemoryKeyring()
    with in_use(made):
        yield made


def program(folder: Path, **environ: str) -> Program:
    return Program.open({"CLAUDEUSAGE_CONFIG_DIR": str(folder)} | environ)


def link(folder: Path, *, store: str = "keyring", origin: str = ORIGIN) -> LinkSettings:
    made = LinkSettings(origin, ACCOUNT, f"{origin}/u/x", "file" if store == "file" else "keyring")
    change_settings(folder / "settings.toml", link=made)
    return made


def test_a_keyring_that_keeps_works_and_nothing_is_left_in_it(
    tmp_path: Path, keyring: MemoryKeyring
) -> None:
    facts, problems = look_at_credentials(program(tmp_path), None, PATIENCE)
    assert facts == CredentialFacts("keyring", "of another kind", works=True, token=None)
    assert problems == ()
    assert keyring.kept == {}


@pytest.mark.parametrize(
    ("backend", "code"),
    [
        (ForgetfulKeyring(), "credentials_unavailable"),
        (BrokenKeyring(KeyringLocked("secret")), "keyring_not_ready"),
    ],
)
def test_a_keyring_that_does_not_keep_is_a_problem_once_it_is_needed(
    tmp_path: Path, backend: MemoryKeyring, code: str
) -> None:
    with in_use(backend):
        facts, problems = look_at_credentials(program(tmp_path), None, PATIENCE)
        assert (facts.works, problems) == (False, ())
        facts, problems = look_at_credentials(program(tmp_path), link(tmp_path), PATIENCE)
    assert (facts.works, facts.token) == (False, None)
    assert [each.code for each in problems] == [code]
    assert "secret" not in repr(problems)


def test_a_keyring_that_waits_for_its_person_is_not_waited_for(tmp_path: Path) -> None:
    silent = SilentKeyring()
    with in_use(silent):
        facts, problems = look_at_credentials(program(tmp_path), link(tmp_path), 0.05)
        silent.come.set()
        for left in [each for each in threading.enumerate() if each.name == QUESTION]:
            left.join(PATIENCE)  # it would go on in the keyring of the next test
    assert (facts.works, facts.token) == (False, None)
    assert [each.code for each in problems] == ["keyring_silent"]


@pytest.mark.usefixtures("keyring")
def test_whether_the_token_is_in_the_keyring_is_told(tmp_path: Path) -> None:
    kept = link(tmp_path)
    facts, problems = look_at_credentials(program(tmp_path), kept, PATIENCE)
    assert (facts.works, facts.token) == (True, False)
    assert [each.code for each in problems] == ["token_missing"]
    KeyringCredentials().set(ORIGIN, TOKEN)
    facts, problems = look_at_credentials(program(tmp_path), kept, PATIENCE)
    assert (facts.token, problems) == (True, ())
    KeyringCredentials().set(ORIGIN, "nonsense")
    _, problems = look_at_credentials(program(tmp_path), kept, PATIENCE)
    assert [each.code for each in problems] == ["token_malformed"]


def test_a_token_file_is_looked_at_without_opening_the_keyring(tmp_path: Path) -> None:
    kept = link(tmp_path, store="file")
    with in_use(UntouchableKeyring()):
        facts, problems = look_at_credentials(program(tmp_path), kept, PATIENCE)
        assert [each.code for each in problems] == ["token_missing"]
        FileCredentials(tmp_path).set(ORIGIN, TOKEN)
        facts, problems = look_at_credentials(program(tmp_path), kept, PATIENCE)
        assert facts == CredentialFacts("file", None, works=None, token=True)
        assert problems == ()
        (file,) = tmp_path.glob("token-*")
        file.chmod(0o640)
        _, problems = look_at_credentials(program(tmp_path), kept, PATIENCE)
        assert [each.code for each in problems] == ["token_open_to_others"]
        file.chmod(0o600)
        file.write_bytes(b"\xff")
        _, problems = look_at_credentials(program(tmp_path), kept, PATIENCE)
        assert [each.code for each in problems] == ["token_file_unreadable"]


@pytest.mark.parametrize(("token", "codes"), [(TOKEN, []), ("nonsense", ["token_malformed"])])
def test_a_token_of_the_environment_is_not_looked_for_elsewhere(
    tmp_path: Path, token: str, codes: list[str]
) -> None:
    with in_use(UntouchableKeyring()):
        given = program(tmp_path, **{TOKEN_VARIABLE: token})
        facts, problems = look_at_credentials(given, None, PATIENCE)
    assert (facts.store, facts.token) == ("environment", True)
    assert [each.code for each in problems] == codes


def test_a_token_in_memory_is_found(tmp_path: Path) -> None:
    held = MemoryCredentials()
    held.set(ORIGIN, TOKEN)
    with in_use(UntouchableKeyring()):
        thrown_away = Program({}, program(tmp_path).places, program(tmp_path).clock, memory=held)
        facts, _ = look_at_credentials(thrown_away, link(tmp_path), PATIENCE)
    assert facts == CredentialFacts("memory", None, works=None, token=True)


THERE = CredentialFacts("environment", None, None, token=True)
NOWHERE = CredentialFacts("keyring", None, True, token=None)


def test_without_a_link_no_server_is_asked_and_nothing_is_wrong(tmp_path: Path) -> None:
    facts, problems = look_at_server(program(tmp_path), None, NOWHERE, PATIENCE)
    assert (facts.linked, facts.origin, facts.answer, problems) == (False, None, "not_asked", ())
    alone = program(tmp_path, **{TOKEN_VARIABLE: TOKEN})
    assert not look_at_server(alone, None, THERE, PATIENCE)[0].linked


def test_a_server_whose_token_is_not_known_is_not_asked(tmp_path: Path) -> None:
    facts, problems = look_at_server(program(tmp_path), link(tmp_path), NOWHERE, PATIENCE)
    assert (facts.linked, facts.origin, facts.answer) == (True, ORIGIN, "not_asked")
    assert problems == ()


def test_a_server_that_knows_the_token_accepts_it(tmp_path: Path) -> None:
    server = SmallServer()
    with loopback(server.answer) as there:
        server.origin = there.origin
        asking = program(tmp_path, **{SERVER: there.origin, TOKEN_VARIABLE: TOKEN})
        facts, problems = look_at_server(asking, None, THERE, PATIENCE)
    assert (facts.linked, facts.origin, facts.answer) == (True, there.origin, "accepted")
    assert problems == ()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(401, b"{}"), "token_rejected"),
        (Answer(503, b"{}"), "server_unreachable"),
        (Answer(302, b"", (("Location", "https://secret.example"),)), "server_strange"),
        (Answer(404, b"<html>secret"), "server_strange"),
        (Answer(500, b"<html>secret"), "server_unreachable"),
        (Answer(200, b"["), "answer_invalid"),
        (Answer(400, b'{"title":"secret","status":400,"code":"secret"}'), "refused"),
    ],
)
def test_how_a_server_says_no_is_told_without_its_words(
    tmp_path: Path, answer: Answer, code: str
) -> None:
    with loopback(lambda _: answer) as there:
        asking = program(tmp_path, **{SERVER: there.origin, TOKEN_VARIABLE: TOKEN})
        facts, problems = look_at_server(asking, None, THERE, PATIENCE)
    assert facts.answer == code
    assert [each.code for each in problems] == [code]
    assert "secret" not in repr(problems)


def test_a_server_that_is_away_is_unreachable(tmp_path: Path) -> None:
    asking = program(tmp_path, **{SERVER: closed_port(), TOKEN_VARIABLE: TOKEN})
    facts, problems = look_at_server(asking, None, THERE, PATIENCE)
    assert facts.answer == "server_unreachable"
    assert [each.code for each in problems] == ["server_unreachable"]


def test_a_server_that_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        origin = f"http://127.0.0.1:{silent.getsockname()[1]}"
        asking = program(tmp_path, **{SERVER: origin, TOKEN_VARIABLE: TOKEN})
        facts, _ = look_at_server(asking, None, THERE, 0.2)
    assert facts.answer == "server_unreachable"


def test_an_address_that_is_not_safe_is_a_problem_and_is_not_shown(tmp_path: Path) -> None:
    asking = program(tmp_path, **{SERVER: "http://secret.example", TOKEN_VARIABLE: TOKEN})
    facts, problems = look_at_server(asking, None, THERE, PATIENCE)
    assert (facts.origin, facts.answer) == (None, "address_invalid")
    assert "secret" not in repr((facts, problems))


def test_the_name_of_this_computer_is_not_shown(tmp_path: Path) -> None:
    origin = f"https://{socket.gethostname()}.lan.example:8443"
    facts, _ = look_at_server(program(tmp_path), link(tmp_path, origin=origin), NOWHERE, PATIENCE)
    assert facts.origin == "this computer"


def test_the_original_clients_link_is_told_where_there_is_no_other(tmp_path: Path) -> None:
    path, here = write_original(tmp_path, ORIGIN), program(tmp_path)
    assert look_at_original(here, None, NOWHERE) == OriginalFacts(ORIGIN, "cu_live_••••0a0a")
    assert look_at_original(here, None, THERE) is None
    assert look_at_original(here, link(tmp_path), NOWHERE) is None
    path.write_text("secret")
    assert look_at_original(here, None, NOWHERE) == OriginalFacts(None, None)
    path.unlink()
    assert look_at_original(here, None, NOWHERE) is None
