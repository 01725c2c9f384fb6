"""The original client's link, as the commands about the link tell of it and take it over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from claudeusage_app.cli import main
from claudeusage_app.settings import read_settings
from tests.commands import Run, Said, ended
from tests.keyrings import MemoryKeyring, UntouchableKeyring, in_use
from tests.original import write_original
from tests.small_server import ACCOUNT, TOKEN, Grant, SmallServer, listening

ORIGIN = "https://usage.example"
MASKED = "cu_live_••••0a0a"


@pytest.fixture(autouse=True)
def keyring() -> Iterator[MemoryKeyring]:
    made = MemoryKeyring()
    with in_use(made):
        yield made


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    for name in ("HOME", "CLAUDE_CONFIG_DIR", "CLAUDEUSAGE_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))

    def running(line: str) -> Said:
        said = ended(main(line.split()), capsys)
        assert TOKEN not in said.out + said.err
        return said

    return running


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with listening() as made:
        yield made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "claudeusage_config_dir"


def test_link_without_an_address_tells_of_the_link_and_leaves_it(run: Run, home: Path) -> None:
    path = write_original(home, ORIGIN)
    said = run("link")
    assert (said.code, said.out) == (2, "")
    told, asked = said.err.splitlines()
    assert told == (
        f"The original client is linked to {ORIGIN} (token {MASKED}, in {path})."
        " `claudeusage link --take-over` takes that link over."
    )
    assert asked.startswith("Say which server to link to.")


def test_status_tells_of_the_link(run: Run, home: Path) -> None:
    write_original(home, ORIGIN)
    said = run("status")
    assert said.code == 3
    assert f"The original client is linked to {ORIGIN} (token {MASKED}" in said.err
    assert "original" not in said.out


@pytest.mark.parametrize("command", ["link", "status"])
def test_a_file_that_is_broken_is_told_and_nothing_breaks(
    run: Run, home: Path, command: str
) -> None:
    path = write_original(home, ORIGIN)
    path.write_text("{")
    said = run(command)
    assert said.err.startswith(f"The original client's file {path} could not be read: ")
    assert said.code == {"link": 2, "status": 3}[command]


def test_taking_over_links_and_sends_nothing_of_the_usage(
    run: Run, server: SmallServer, home: Path, folder: Path, keyring: MemoryKeyring
) -> None:
    path = write_original(home, server.origin)
    before = path.read_bytes()
    said = run("link --take-over")
    assert said.code == 0
    assert said.out.startswith(f"Linked to {server.origin}. Your profile: {server.origin}/u/")
    assert said.err == "Nothing has been sent yet. See what would be: `claudeusage preview`.\n"
    assert keyring.kept == {("claudeusage", server.origin): TOKEN}
    kept = read_settings(folder / "settings.toml").link
    assert kept is not None
    assert (kept.origin, kept.account, kept.store) == (server.origin, ACCOUNT, "keyring")
    assert path.read_bytes() == before
    assert [each.path for each in server.requests] == ["/api/v2/me"]
    assert "original" not in run("status").err


def test_the_token_goes_into_the_store_that_was_chosen(
    run: Run, server: SmallServer, home: Path, folder: Path
) -> None:
    write_original(home, server.origin)
    with in_use(UntouchableKeyring()):
        assert run("link --take-over --store file").code == 0
    (path,) = folder.glob("token-*")
    assert path.read_text() == f"{TOKEN}\n"


def test_a_file_that_others_may_read_is_taken_with_a_warning(
    run: Run, server: SmallServer, home: Path
) -> None:
    path = write_original(home, server.origin)
    path.chmod(0o644)
    said = run("link --take-over")
    assert said.code == 0
    assert f"Others on this computer may read {path}" in said.err


def test_where_there_is_nothing_to_take_over_it_says_what_to_do(run: Run) -> None:
    said = run("link --take-over")
    assert (said.code, said.out) == (3, "")
    assert "claudeusage link ADDRESS" in said.err


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("link --take-over https://other.example", 1),
        ("link --take-over --another-computer", 1),
        ("link --take-over http://other.example", 2),
    ],
)
def test_another_server_or_computer_is_not_what_is_taken_over(
    run: Run, server: SmallServer, tmp_path: Path, line: str, code: int
) -> None:
    write_original(tmp_path / "home", server.origin)
    assert run(line).code == code
    assert server.requests == []
    assert not list(tmp_path.rglob("settings.toml"))


def test_taking_over_and_the_bundled_server_exclude_each_other(run: Run) -> None:
    with pytest.raises(SystemExit) as ended:
        run("link --take-over --bundled")
    assert ended.value.code == 2


def test_plain_http_to_elsewhere_is_refused_before_the_token_is_sent(
    run: Run, home: Path, folder: Path
) -> None:
    path = write_original(home, "http://usage.example")
    said = run("link --take-over")
    assert said.code == 2
    assert "http://usage.example is not one to send a token to." in said.err
    assert str(path) in said.err
    assert not (folder / "settings.toml").exists()


def test_unlinking_says_that_the_files_token_is_dead_with_the_link(
    run: Run, server: SmallServer, home: Path
) -> None:
    path = write_original(home, server.origin)
    run("link --take-over")
    said = run("unlink")
    assert said.code == 0
    assert said.err == (
        f"The original client's file {path} was left as it is and still holds a token ({MASKED}),"
        " which is dead now.\n"
    )
    assert server.grants == {}
    assert path.exists()


def test_unlinking_says_which_server_another_token_of_the_file_is_for(
    run: Run, server: SmallServer, home: Path
) -> None:
    other = "cu_live_" + "77" * 24
    write_original(home, server.origin)
    server.grants[other] = Grant()
    run("link --take-over")
    write_original(home, ORIGIN, other)
    said = run("unlink")
    assert said.err.endswith(f"still holds a token (cu_live_••••7777), for {ORIGIN}.\n")
    said = run("unlink")
    assert said.code == 3
    assert ORIGIN in said.err


def test_unlinking_without_such_a_file_says_nothing_of_it(
    run: Run, server: SmallServer, home: Path
) -> None:
    path = write_original(home, server.origin)
    run("link --take-over")
    path.unlink()
    assert run("unlink").err == ""
