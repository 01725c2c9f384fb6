"""Where a sync token is kept: the operating system's keyring, or a file if its person agreed.

A token in the environment comes first and is never stored. A keyring that is not ready yet is
`KeyringNotReady`, whatever its library calls it: it is waited for, and no link is lost by it.
"""

import logging
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Literal, Protocol

import keyring
from keyring.backend import KeyringBackend, get_all_keyring
from keyring.backends import fail, null
from keyring.core import init_backend
from keyring.errors import (
    InitError,
    KeyringError,
    KeyringLocked,
    NoKeyringError,
    PasswordDeleteError,
)

from claudeusage_app.link_errors import CredentialsUnavailable, KeyringNotReady
from claudeusage_app.token_files import FileCredentials

SERVICE = "claudeusage"
WAITING = (
    "Waiting for your keyring. It may be asking for its password in another window; Ctrl-C stops"
    " the waiting."
)
_SILENT_SECONDS = 3.0
"""How long a keyring may take before it is said that it is waited for."""

_BACKEND = "PYTHON_KEYRING_BACKEND"
_SESSION_BUS = "DBUS_SESSION_BUS_ADDRESS"
_RUN_AGAIN = "then run this again; the link is kept."

_logger = logging.getLogger(__name__)


class Credentials(Protocol):
    """Tokens by the origin of the server that they are for."""

    def get(self, origin: str, /) -> str | None:
        """Return the token, None where there is none."""

    def set(self, origin: str, token: str) -> None:
        """Keep a token."""

    def delete(self, origin: str) -> None:
        """Forget a token; nothing happens where there is none."""


class KeyringCredentials:
    """Tokens in the keyring. A locked one may wait for its person: call it from a worker.

    Each method raises `KeyringNotReady` where asking again later may help, and else
    `CredentialsUnavailable`.
    """

    def get(self, origin: str) -> str | None:
        """Return the token, None where there is none."""
        with _asking() as found:
            return found.get_password(SERVICE, origin)

    def set(self, origin: str, token: str) -> None:
        """Keep a token."""
        with _asking() as found:
            found.set_password(SERVICE, origin, token)  # pyright: ignore[reportUnknownMemberType] -- keyring wraps it

    def delete(self, origin: str) -> None:
        """Forget a token; nothing happens where there is none."""
        with _asking() as found:
            try:
                found.delete_password(SERVICE, origin)
            except PasswordDeleteError:
                return

    def probe(self) -> None:
        """Find out whether the keyring keeps what it is given; raise `CredentialsUnavailable`."""
        name, value = f"probe-{secrets.token_hex(4)}", secrets.token_hex(8)
        self.set(name, value)
        kept = self.get(name)
        self.delete(name)
        if kept != value:
            raise CredentialsUnavailable


class MemoryCredentials(dict[str, str]):
    """Tokens that end with the process."""

    def set(self, origin: str, token: str) -> None:
        """Keep a token."""
        self[origin] = token

    def delete(self, origin: str) -> None:
        """Forget a token; nothing happens where there is none."""
        self.pop(origin, None)


def stored_credentials(store: Literal["keyring", "file"], folder: Path) -> Credentials:
    """Return the store that was chosen when the computer was linked."""
    return FileCredentials(folder) if store == "file" else KeyringCredentials()


def backend_name() -> str:
    """Return the kind of keyring in use; one that somebody made has no name that is shown."""
    with _converted():
        module = type(_backend()).__module__
    known, _, name = module.rpartition(".")
    return name if known == "keyring.backends" else "of another kind"


@contextmanager
def _asking() -> Generator[KeyringBackend]:
    """Give the keyring, and say in the log, which a terminal shows, when it is waited for."""
    waiting = Timer(_SILENT_SECONDS, _logger.warning, (WAITING,))
    waiting.daemon = True
    waiting.start()
    try:
        with _converted():
            found = _backend()
            _refuse_turned_off(found)
            yield found
    finally:
        waiting.cancel()


def _backend() -> KeyringBackend:
    """Return the keyring, looked for once more where there was none: it may start after us."""
    found = keyring.get_keyring()
    if isinstance(found, fail.Keyring):
        get_all_keyring.reset()
        init_backend()
        found = keyring.get_keyring()
    return found


def _refuse_turned_off(found: KeyringBackend) -> None:
    told_to_fail = os.environ.get(_BACKEND, "").startswith("keyring.backends.fail")
    if isinstance(found, null.Keyring) or told_to_fail:
        raise CredentialsUnavailable("The keyring is turned off here.")


@contextmanager
def _converted() -> Generator[None]:
    try:
        yield
    except NoKeyringError as error:
        raise _absent() from error
    except KeyringLocked as error:
        raise KeyringNotReady("The keyring is locked.", f"Unlock it, {_RUN_AGAIN}") from error
    except InitError as error:
        raise _not_opened(error) from error
    except (ImportError, AttributeError, ValueError) as error:
        title = "The keyring that is configured here cannot be used."
        remedy = f"Correct {_BACKEND} or keyringrc.cfg. {CredentialsUnavailable.remedy}"
        raise CredentialsUnavailable(title, remedy) from error
    except _foreign() as error:
        raise KeyringNotReady from error


def _absent() -> KeyringNotReady:
    if os.name == "posix" and not os.environ.get(_SESSION_BUS):
        title = "There is no session bus here, so the keyring cannot be reached."
        return KeyringNotReady(title, "Run this in your desktop session, or set CLAUDEUSAGE_TOKEN.")
    title = "No keyring answers here."
    return KeyringNotReady(title, f"Start your desktop's keyring, {_RUN_AGAIN}")


def _not_opened(error: InitError) -> KeyringNotReady:
    """Tell a keyring without a collection, which nobody let it create, from one that went away."""
    if type(error.__cause__).__name__ != "PromptDismissedException":
        return KeyringNotReady()
    title = "The keyring has no collection to keep a token in."
    return KeyringNotReady(
        title, f"Create one in your desktop's password program, or unlock it, {_RUN_AGAIN}"
    )


def _foreign() -> tuple[type[Exception], ...]:
    """Return what else keyring raises, with what it lets through of the libraries below it."""
    usual = (KeyringError, RuntimeError, OSError)
    try:
        from jeepney import DBusErrorResponse  # type: ignore[import-untyped]  # it has no types
        from secretstorage.exceptions import SecretStorageException
    except ImportError:
        return usual
    return (*usual, SecretStorageException, DBusErrorResponse)
