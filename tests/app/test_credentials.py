"""Where a token is kept: a real keyring's interface in memory, and a private file."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import InitError, KeyringLocked, NoKeyringError

from claudeusage_app.credentials import (
    Credentials,
    FileCredentials,
    KeyringCredentials,
    MemoryCredentials,
    stored_credentials,
)
from claudeusage_app.errors import CredentialsUnavailable
from tests.keyrings import BrokenKeyring, ForgetfulKeyring, MemoryKeyring, in_use

ORIGIN = "https://example.com:8443"
TOKEN = "cu_live_" + "ab" * 24


@pytest.fixture(autouse=True)
def _the_systems_keyring_comes_back() -> Iterator[None]:
    with in_use(MemoryKeyring()):
        yield


def uses(store: Credentials) -> Iterator[Callable[[], object]]:
    """Yield all that can be done with a store."""
    yield lambda: store.get(ORIGIN)
    yield lambda: store.set(ORIGIN, TOKEN)
    yield lambda: store.delete(ORIGIN)


@pytest.fixture(params=["keyring", "file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Credentials:
    stores: dict[str, Credentials] = {
        "keyring": KeyringCredentials(),
        "file": FileCredentials(tmp_path / "config"),
        "memory": MemoryCredentials(),
    }
    return stores[request.param]


def test_a_token_is_kept_by_the_origin_of_its_server(store: Credentials) -> None:
    assert store.get(ORIGIN) is None
    store.set(ORIGIN, TOKEN)
    store.set("https://other.example", "another")
    assert store.get(ORIGIN) == TOKEN
    store.delete(ORIGIN)
    assert store.get(ORIGIN) is None
    assert store.get("https://other.example") == "another"


def test_forgetting_what_is_not_there_is_no_error(store: Credentials) -> None:
    store.delete(ORIGIN)


def test_a_token_file_is_for_its_owner_only(tmp_path: Path) -> None:
    FileCredentials(tmp_path / "config").set(ORIGIN, TOKEN)
    (file,) = (tmp_path / "config").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert TOKEN in file.read_text()


def test_two_servers_never_share_a_file(tmp_path: Path) -> None:
    store = FileCredentials(tmp_path)
    for number, origin in enumerate(("http://[::1]:1", "http://[::1]:11", "https://a/../b")):
        store.set(origin, f"token {number}")
    assert store.get("http://[::1]:1") == "token 0"
    assert len(list(tmp_path.iterdir())) == 3


def test_a_token_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    store = FileCredentials(tmp_path)
    store.set(ORIGIN, TOKEN)
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"\xff")
    with pytest.raises(CredentialsUnavailable, match="could not be read"):
        store.get(ORIGIN)
    file.unlink()
    (file / "in the way").mkdir(parents=True)
    for use in uses(store):
        with pytest.raises(CredentialsUnavailable) as broken:
            use()
        assert TOKEN not in str(broken.value)


def test_a_keyring_is_tried_by_writing_reading_and_deleting() -> None:
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    KeyringCredentials().probe()
    assert backend.kept == {}


@pytest.mark.parametrize(
    "backend",
    [
        ForgetfulKeyring(),
        BrokenKeyring(NoKeyringError("no backend")),
        BrokenKeyring(KeyringLocked("locked")),
        BrokenKeyring(InitError("no bus")),
        BrokenKeyring(RuntimeError("no bus")),
        BrokenKeyring(OSError("no bus")),
    ],
)
def test_a_keyring_that_does_not_keep_is_unavailable(backend: KeyringBackend) -> None:
    keyring.set_keyring(backend)
    with pytest.raises(CredentialsUnavailable, match="--store file"):
        KeyringCredentials().probe()


def test_a_locked_keyring_is_never_taken_for_an_empty_one() -> None:
    keyring.set_keyring(BrokenKeyring(KeyringLocked("locked")))
    store = KeyringCredentials()
    for use in uses(store):
        with pytest.raises(CredentialsUnavailable) as broken:
            use()
        assert TOKEN not in str(broken.value)


def test_the_store_is_the_one_that_was_chosen(tmp_path: Path) -> None:
    assert isinstance(stored_credentials("file", tmp_path), FileCredentials)
    assert isinstance(stored_credentials("keyring", tmp_path), KeyringCredentials)
