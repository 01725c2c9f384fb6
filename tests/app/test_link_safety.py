"""What a link never does: read a token too early, send it to a stranger, or show foreign text."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from keyring.errors import KeyringLocked

from claudeusage_app.addresses import SHOWN
from claudeusage_app.cli import main
from claudeusage_app.credentials import MemoryCredentials
from claudeusage_app.errors import AddressInvalid
from claudeusage_app.identity import kept_machine
from claudeusage_app.link import asked_link, link_by_browser, link_by_token, unlink
from claudeusage_app.link_errors import KeyringNotReady
from claudeusage_app.linked import known_link
from claudeusage_app.program import Program
from claudeusage_app.settings import LinkSettings, change_settings
from claudeusage_app.token_files import FileCredentials
from claudeusage_core.errors import AnswerInvalid
from tests.commands import Run, Said, ended
from tests.foreign_text import UNSHOWN, is_plain
from tests.keyrings import BrokenKeyring, MemoryKeyring, UntouchableKeyring, in_use
from tests.loopback import Answer, Loopback, Request, loopback
from tests.processes import claudeusage
from tests.small_server import ACCOUNT, TOKEN, SmallServer, listening, problem
from tests.transcript_lines import usage_line, write_transcript

SECRET = bytes(range(32))
MODEL = "claude-opus-5-5"
UNSAFE = [
    "http://evil.example",
    "http://127.0.0.1.evil.example",
    "http://localhost@evil",
    "http://localtest.me",
    "http://localhost.",
    "http://2130706433",
    "http://0x7f000001",
    "http://127.1",
    "http://loc\u0430lhost",
    "http://\uff11\uff12\uff17.0.0.1",
    "http://somebody@127.0.0.1",
    "http://192.168.1.2:8787",
    "https://somebody:secret@sync.example",
    "ftp://127.0.0.1",
    "//127.0.0.1",
]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    write_transcript(tmp_path / "claude/projects", usage_line(1, "2026-11-20T10:00:00Z"))
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
        "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "program"),
    }


@pytest.fixture
def program(environ: dict[str, str]) -> Program:
    made = Program.open(environ)
    made.collect()
    return made


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with listening() as made:
        yield made


class WithoutToken(dict[str, str]):
    """An environment in which nobody may look for a token."""

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 -- as the mapping's own
        assert name != "CLAUDEUSAGE_TOKEN"
        return super().get(name, default)

    def __getitem__(self, name: str) -> str:
        assert name != "CLAUDEUSAGE_TOKEN"
        return super().__getitem__(name)


@pytest.fixture
def run(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Give what runs a command in this process, with the token of the environment."""

    def running(server: str, *words: str) -> Said:
        for name, value in (environ | {"CLAUDEUSAGE_TOKEN": TOKEN}).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("CLAUDEUSAGE_API", server)
        return ended(main(words), capsys)

    return running


def _never(*_: object) -> NoReturn:
    pytest.fail("it went too far")


def uses(program: Program) -> Iterator[Callable[[], object]]:
    yield program.prepare_upload
    yield lambda: asked_link(program)


def link_to(program: Program, origin: str, *, bundled: bool = False) -> None:
    """Let the settings hold a link, whose token is in a file."""
    made = LinkSettings(origin, ACCOUNT, f"{origin}/u/x", "file", bundled)
    change_settings(program.places.settings, link=made)


@pytest.mark.parametrize("address", UNSAFE)
@pytest.mark.parametrize("where", ["environment", "settings"])
def test_an_address_that_is_not_safe_is_refused_before_a_token_is_read(
    program: Program, address: str, where: str
) -> None:
    named = {"CLAUDEUSAGE_API": address} if where == "environment" else {}
    kept = address if where == "settings" else "https://sync.example"
    change_settings(
        program.places.settings, link=LinkSettings(kept, ACCOUNT, "https://sync.example/u/x")
    )
    watched = program._replace(environ=WithoutToken({**program.environ, **named}))
    with in_use(UntouchableKeyring()):
        for use in uses(watched):
            with pytest.raises(AddressInvalid):
                use()


def test_the_watched_store_and_environment_do_notice_a_token_that_is_read(program: Program) -> None:
    change_settings(
        program.places.settings,
        link=LinkSettings("https://sync.example", ACCOUNT, "https://sync.example/u/x"),
    )
    with pytest.raises(AssertionError):
        program._replace(environ=WithoutToken(program.environ)).prepare_upload()
    opened = in_use(UntouchableKeyring())
    with opened, pytest.raises(AssertionError, match="keyring was opened"):
        program.prepare_upload()


class Squatter:
    """Another program on the bundled server's port: it answers everything, but has no secret."""

    def __init__(self, program: Program) -> None:
        self._server = SmallServer(secret=b"another" * 4)
        self._program = program

    def answer(self, request: Request) -> Answer | None:
        return self._server.answer(request)

    def settle(self, origin: str) -> None:
        """Take the port: the program was linked to its own server, which ran there before."""
        self._server.origin = origin
        folder = self._program.places.server
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "local-secret").write_text(SECRET.hex() + "\n")
        (folder / "address").write_text(origin + "\n")
        link_to(self._program, origin, bundled=True)
        FileCredentials(self._program.places.config).set(origin, TOKEN)


def got_nothing(there: Loopback, program: Program) -> None:
    """See that whoever listens there was asked for its proof, and was told nothing else."""
    assert {each.path for each in there.requests} == {"/api/local/proof"}
    received = b"".join(there.received)
    with program.ledger() as database:
        machine = kept_machine(database)
    for secret in (TOKEN, SECRET.hex(), machine, MODEL, "2026-11-20", ACCOUNT):
        assert secret.encode() not in received
    assert not any(each.header("authorization") for each in there.requests)


@pytest.mark.parametrize(
    "command", ["link --bundled --store file", "preview", "sync --yes", "status", "unlink"]
)
def test_another_program_on_the_bundled_servers_port_gets_nothing(
    program: Program, environ: dict[str, str], command: str
) -> None:
    squatter = Squatter(program)
    with loopback(squatter.answer) as there:
        squatter.settle(there.origin)
        done = claudeusage(*command.split(), environ=environ)
        assert done.code == 1
        assert "not the bundled server" in done.err
        assert TOKEN not in done.err + done.out.decode()
        got_nothing(there, program)


@pytest.mark.parametrize("command", ["preview", "sync --yes", "status"])
def test_it_does_not_get_the_token_of_the_environment_either(
    program: Program, environ: dict[str, str], command: str
) -> None:
    squatter = Squatter(program)
    with loopback(squatter.answer) as there:
        squatter.settle(there.origin)
        done = claudeusage(*command.split(), environ=environ | {"CLAUDEUSAGE_TOKEN": TOKEN})
        assert "not the bundled server" in done.err
        got_nothing(there, program)


def test_no_later_upload_of_an_accepted_preview_goes_to_another_program(
    program: Program, environ: dict[str, str]
) -> None:
    server = SmallServer(secret=SECRET)
    squatter = Squatter(program)
    with loopback(server.answer) as there:
        server.origin = there.origin
        squatter.settle(there.origin)
        assert claudeusage("sync", "--yes", environ=environ).code == 0
        assert len(server.uploads) == 1
        write_transcript(
            Path(environ["CLAUDE_CONFIG_DIR"], "projects"),
            usage_line(2, "2026-11-20T11:00:00Z"),
            session="another",
        )
        there.answer = squatter.answer
        there.received.clear()
        there.requests.clear()
        assert claudeusage("sync", environ=environ).code == 1
        got_nothing(there, program)


def code(origin: str, **members: str) -> dict[str, object]:
    usual: dict[str, object] = {
        "deviceCode": "device-1",
        "userCode": "BCDFGHJK",
        "verificationUri": f"{origin}/device",
        "verificationUriComplete": f"{origin}/device?code=BCDFGHJK",
        "expiresIn": 600,
        "interval": 1,
    }
    return {**usual, **members}


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://evil.example/device",
        "{origin}.evil.example/device",
        "{origin}0/device",
        "{origin}\\@evil.example/device",
        "{origin}/de vice",
        "{origin}/device\n",
        "{origin}/device\x1b[2J",
        "{origin}/\u202edevice",
        " {origin}/device",
        "/device",
        "",
    ],
)
def test_no_approval_page_but_one_on_the_server_is_shown(program: Program, address: str) -> None:
    def answer(_: Request) -> Answer:
        named = address.format(origin=there.origin)
        return Answer(200, json.dumps(code(there.origin, verificationUriComplete=named)).encode())

    there: Loopback
    with loopback(answer) as there, pytest.raises(AddressInvalid):
        link_by_browser(program, there.origin, "file", _never, _never)
    assert known_link(program) is None


def test_the_code_of_a_server_is_shown_plain(run: Run) -> None:
    odd = "".join(text[0] for text in UNSHOWN.values())

    def answer(request: Request) -> Answer:
        if request.path.endswith("/start"):
            return Answer(200, json.dumps(code(there.origin, userCode=f"AB{odd}CD")).encode())
        return Answer(200, b'{"status":"denied"}')

    there: Loopback
    with loopback(answer) as there:
        done = run(there.origin, "link", "--store", "file")
    assert done.code == 1, done.err
    assert done.lines[1] == f"AB{' ' * len(odd)}CD"
    assert all(map(is_plain, done.lines))


@pytest.mark.parametrize("text", UNSHOWN.values(), ids=UNSHOWN)
def test_a_problem_of_a_server_is_shown_plain_and_cut(run: Run, text: str) -> None:
    said = f"before {text} after " + "long " * 999
    with loopback(lambda _: problem(422, "bad" + text, title=said, detail=said)) as there:
        for command in ("sync", "preview", "status"):
            done = run(there.origin, command)
            assert "before" in done.err
            assert all(map(is_plain, done.lines))
            assert max(map(len, done.lines)) < 2 * SHOWN + 200


@pytest.mark.parametrize("text", UNSHOWN.values(), ids=UNSHOWN)
def test_the_texts_of_a_twin_and_of_refused_days_are_not_shown_as_they_are(
    run: Run, server: SmallServer, text: str
) -> None:
    def twin(request: Request) -> Answer | None:
        if request.method == "PUT":
            return problem(409, "machine_twin", title=text, detail=text, other=text)
        return server.answer(request)

    with loopback(twin) as there:
        done = run(there.origin, "sync", "--yes")
    assert "--twin merge" in done.err
    server.refuses = {"2026-11-20": f"too_odd{text}"}
    refused = run(server.origin, "sync", "--yes")
    assert "refused" in refused.err
    for said in (done, refused):
        unbroken = (line.replace("\u202f", " ") for line in said.lines)  # figures of our own
        assert all(map(is_plain, unbroken))


@pytest.mark.parametrize("text", UNSHOWN.values(), ids=UNSHOWN)
def test_a_profile_or_a_receipt_with_such_text_is_refused(
    program: Program, server: SmallServer, text: str
) -> None:
    profile = f"{server.origin}/u/{text}"
    me = {"account": ACCOUNT, "name": text, "profile": profile, "machine": None}
    with loopback(lambda _: Answer(200, json.dumps(me).encode())) as there:
        server.origin = there.origin
        me["profile"] = f"{there.origin}/u/{text}"
        with pytest.raises(AddressInvalid) as refused:
            link_by_token(program, there.origin, "file", lambda: TOKEN)
    assert is_plain(str(refused.value))
    assert known_link(program) is None

    def receipt(request: Request) -> Answer | None:
        answer = server.answer(request)
        if request.method != "PUT" or answer is None:
            return answer
        return Answer(200, json.dumps(json.loads(answer.body) | {"receipt": text}).encode())

    with loopback(receipt) as there:
        named = {"CLAUDEUSAGE_API": there.origin, "CLAUDEUSAGE_TOKEN": TOKEN}
        given = program._replace(environ={**program.environ, **named})
        prepared = given.prepare_upload()
        assert prepared is not None
        given.accept(prepared)
        with pytest.raises(AnswerInvalid) as broken:
            given.upload(prepared)
    assert is_plain(str(broken.value))


def test_a_link_is_forgotten_though_the_keyring_is_locked_and_that_is_said(
    program: Program, server: SmallServer
) -> None:
    change_settings(
        program.places.settings,
        link=LinkSettings(server.origin, ACCOUNT, f"{server.origin}/u/x"),
    )
    locked = in_use(BrokenKeyring(KeyringLocked("locked")))
    with locked, pytest.raises(KeyringNotReady, match="dashboard"):
        unlink(program)
    assert known_link(program) is None
    assert server.requests == []


def test_a_token_that_moves_to_another_store_stays_in_none_of_the_others(
    program: Program, server: SmallServer
) -> None:
    backend = MemoryKeyring()
    with in_use(backend):
        link_by_token(program, server.origin, "file", lambda: TOKEN)
        assert list(program.places.config.glob("token-*"))
        link_by_token(program, server.origin, "keyring", lambda: TOKEN)
        assert list(program.places.config.glob("token-*")) == []
        assert backend.kept == {("claudeusage", server.origin): TOKEN}
        link_by_token(program, server.origin, "file", lambda: TOKEN)
        assert backend.kept == {}
    assert asked_link(program).account == ACCOUNT


def test_a_locked_keyring_does_not_stand_in_the_way_of_moving_to_a_file(
    program: Program, server: SmallServer
) -> None:
    change_settings(
        program.places.settings,
        link=LinkSettings(server.origin, ACCOUNT, f"{server.origin}/u/x"),
    )
    with in_use(BrokenKeyring(KeyringLocked("locked"))):
        link_by_token(program, server.origin, "file", lambda: TOKEN)
        assert asked_link(program).account == ACCOUNT


def test_a_token_in_memory_is_no_matter_of_stores(program: Program, server: SmallServer) -> None:
    thrown_away = program._replace(memory=MemoryCredentials())
    link_by_token(thrown_away, server.origin, "keyring", lambda: TOKEN)
    link_by_token(thrown_away, server.origin, "file", lambda: TOKEN)
    assert asked_link(thrown_away).account == ACCOUNT
