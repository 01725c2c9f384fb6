"""Where a token is kept: a keyring's interface in memory, and what becomes of each failure."""

from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import null
from keyring.errors import InitError, KeyringLocked, NoKeyringError, PasswordSetError
from secretstorage.exceptions import (
    LockedException,
    PromptDismissedException,
    SecretServiceNotAvailableException,
)

from claudeusage_app.credentials import (
    Credentials,
    KeyringCredentials,
    MemoryCredentials,
    stored_credentials,
)
from claudeusage_app.link_errors import CredentialsUnavailable, KeyringNotReady
from claudeusage_app.token_files import FileCredentials
from tests.keyrings import BrokenKeyring, ForgetfulKeyring, MemoryKeyring, in_use

ORIGIN = "https://example.com:8443"
TOKEN = "cu_live_" + "ab" * 24
OTHER = "cu_live_" + "cd" * 24


@pytest.fixture(autouse=True)
def _the_systems_keyring_comes_back() -> Iterator[None]:
    with in_use(MemoryKeyring()):
        yield


def uses(store: Credentials) -> Iterator[Callable[[], object]]:
    """Yield all that can be done with a store."""
    yield lambda: store.get(ORIGIN)
    yield lambda: store.set(ORIGIN, TOKEN)
    yield lambda: store.delete(ORIGIN)


def because(cause: Exception) -> InitError:
    """Return keyring's error for a collection that could not be opened, with its cause."""
    made = InitError(f"Failed to create the collection: {cause}.")
    made.__cause__ = cause
    return made


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
    store.set("https://other.example", OTHER)
    assert store.get(ORIGIN) == TOKEN
    store.delete(ORIGIN)
    assert store.get(ORIGIN) is None
    assert store.get("https://other.example") == OTHER


def test_forgetting_what_is_not_there_is_no_error(store: Credentials) -> None:
    store.delete(ORIGIN)


def test_in_the_keyring_the_service_is_ours_and_the_account_is_the_servers_origin() -> None:
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    KeyringCredentials().set(ORIGIN, TOKEN)
    assert backend.kept == {("claudeusage", ORIGIN): TOKEN}


def test_a_keyring_is_tried_by_writing_reading_and_deleting() -> None:
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    KeyringCredentials().probe()
    assert backend.kept == {}
    assert backend.done == ["set", "get", "delete"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyringLocked("locked"), "keyring is locked"),
        (LockedException("locked"), "keyring is not ready"),
        (because(PromptDismissedException("no")), "no collection"),
        (because(SecretServiceNotAvailableException("gone")), "keyring is not ready"),
        (SecretServiceNotAvailableException("bus gone"), "keyring is not ready"),
        (PasswordSetError("no"), "keyring is not ready"),
        (RuntimeError("no bus"), "keyring is not ready"),
        (OSError("no bus"), "keyring is not ready"),
    ],
)
def test_a_keyring_that_is_not_ready_is_waited_for_and_never_taken_for_an_empty_one(
    error: Exception, words: str
) -> None:
    keyring.set_keyring(BrokenKeyring(error))
    store = KeyringCredentials()
    for use in (*uses(store), store.probe):
        with pytest.raises(KeyringNotReady, match=words) as broken:
            use()
        assert "link again" not in str(broken.value).lower()
        assert "the link is kept" in broken.value.remedy
        assert TOKEN not in str(broken.value)


@pytest.mark.parametrize(
    ("bus", "words"), [(None, "no session bus"), ("unix:path=/nowhere", "No keyring answers")]
)
def test_a_missing_bus_is_told_apart_from_a_missing_keyring(
    monkeypatch: pytest.MonkeyPatch, bus: str | None, words: str
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    if bus is not None:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus)
    keyring.set_keyring(BrokenKeyring(NoKeyringError("no backend")))
    for use in uses(KeyringCredentials()):
        with pytest.raises(KeyringNotReady, match=words):
            use()


def test_a_keyring_that_forgets_is_no_keyring_to_wait_for() -> None:
    keyring.set_keyring(ForgetfulKeyring())
    with pytest.raises(CredentialsUnavailable, match="--store file") as broken:
        KeyringCredentials().probe()
    assert not isinstance(broken.value, KeyringNotReady)


@pytest.mark.parametrize("how", ["null", "fail"])
def test_a_keyring_that_was_turned_off_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    off: KeyringBackend = MemoryKeyring()
    if how == "null":
        off = null.Keyring()  # type: ignore[no-untyped-call]  # keyring has no annotation there
    keyring.set_keyring(off)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"keyring.backends.{how}.Keyring")
    store = KeyringCredentials()
    for use in (*uses(store), store.probe):
        with pytest.raises(CredentialsUnavailable, match=r"turned off.*--store file") as broken:
            use()
        assert not isinstance(broken.value, KeyringNotReady)


@pytest.mark.parametrize(
    "error", [ImportError("x"), AttributeError("x"), ValueError("x"), ModuleNotFoundError("x")]
)
def test_a_keyring_that_is_misconfigured_is_told(error: Exception) -> None:
    keyring.set_keyring(BrokenKeyring(error))
    for use in uses(KeyringCredentials()):
        with pytest.raises(CredentialsUnavailable, match="configured") as broken:
            use()
        assert not isinstance(broken.value, KeyringNotReady)


def test_the_store_is_the_one_that_was_chosen(tmp_path: Path) -> None:
    assert isinstance(stored_credentials("file", tmp_path), FileCredentials)
    assert isinstance(stored_credentials("keyring", tmp_path), KeyringCredentials)
