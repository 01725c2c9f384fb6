"""Where a sync token is kept: the operating system's keyring, or a file if its person agreed.

A token in the environment comes first and is never stored.
"""

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import quote

import keyring
from keyring.errors import KeyringError, PasswordDeleteError

from claudeusage_app.errors import CredentialsUnavailable
from claudeusage_app.settings import replace_file

SERVICE = "claudeusage"


class Credentials(Protocol):
    """Tokens by the origin of the server that they are for."""

    def get(self, origin: str, /) -> str | None:
        """Return the token, None where there is none."""

    def set(self, origin: str, token: str) -> None:
        """Keep a token."""

    def delete(self, origin: str) -> None:
        """Forget a token; nothing happens where there is none."""


class KeyringCredentials:
    """Tokens in the keyring. A locked one may wait for its person: call it from a worker."""

    def get(self, origin: str) -> str | None:
        """Return the token, None where there is none."""
        with _converted():
            return keyring.get_password(SERVICE, origin)

    def set(self, origin: str, token: str) -> None:
        """Keep a token."""
        with _converted():
            keyring.set_password(SERVICE, origin, token)

    def delete(self, origin: str) -> None:
        """Forget a token; nothing happens where there is none."""
        with _converted():
            try:
                keyring.delete_password(SERVICE, origin)
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


class FileCredentials:
    """Tokens in files that only their owner can read, one for each server."""

    def __init__(self, folder: Path) -> None:
        """Keep the files in *folder*."""
        self._folder = folder

    def get(self, origin: str) -> str | None:
        """Return the token, None where there is none."""
        try:
            return self._path(origin).read_text("ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            title = f"The token file {self._path(origin)} could not be read."
            raise CredentialsUnavailable(title, "Link this computer again.") from error

    def set(self, origin: str, token: str) -> None:
        """Keep a token."""
        try:
            replace_file(self._path(origin), f"{token}\n".encode("ascii"))
        except OSError as error:
            title = f"The token file {self._path(origin)} could not be written: {error.strerror}."
            raise CredentialsUnavailable(title, "Check the folder's rights.") from error

    def delete(self, origin: str) -> None:
        """Forget a token; nothing happens where there is none."""
        try:
            self._path(origin).unlink(missing_ok=True)
        except OSError as error:
            title = f"The token file {self._path(origin)} could not be removed: {error.strerror}."
            raise CredentialsUnavailable(title, "Remove it yourself.") from error

    def open_to_others(self, origin: str) -> bool:
        """Say whether others may read the token, where the system knows such rights."""
        try:
            return os.name != "nt" and bool(self._path(origin).stat().st_mode & 0o077)
        except OSError:
            return False

    def _path(self, origin: str) -> Path:
        return self._folder / f"token-{quote(origin, safe='')}"


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
        module = type(keyring.get_keyring()).__module__
    known, _, name = module.rpartition(".")
    return name if known == "keyring.backends" else "of another kind"


@contextmanager
def _converted() -> Generator[None]:
    try:
        yield
    except (KeyringError, RuntimeError, OSError, ImportError, AttributeError, ValueError) as error:
        # The last three: the configuration names a keyring that there is not.
        raise CredentialsUnavailable from error
