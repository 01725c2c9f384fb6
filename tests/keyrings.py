"""Keyrings in memory: one that works, and others that do not."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class MemoryKeyring(KeyringBackend):
    """A keyring that lives as long as the test; it is chosen, and never found by looking."""

    priority = 1  # pyright: ignore[reportAssignmentType] -- as keyring's own backends do
    viable = False  # pyright: ignore[reportAssignmentType] -- as keyring's chainer does

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring has no annotation there
        self.kept: dict[tuple[str, str], str] = {}
        self.done: list[str] = []

    def get_password(self, service: str, username: str) -> str | None:
        self.done.append("get")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.done.append("set")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.done.append("delete")
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


class ForgetfulKeyring(MemoryKeyring):
    """A keyring that takes a password and does not keep it."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Forget it."""


class BrokenKeyring(MemoryKeyring):
    """A keyring that fails."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def get_password(self, service: str, username: str) -> str | None:
        del service, username
        raise self._error

    def set_password(self, service: str, username: str, password: str) -> None:
        del service, username, password
        raise self._error

    def delete_password(self, service: str, username: str) -> None:
        del service, username
        raise self._error


class WaitingKeyring(MemoryKeyring):
    """A keyring that waits for its person, who does not come."""

    def get_password(self, service: str, username: str) -> str | None:
        """Wait."""
        del service, username
        threading.Event().wait()
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        """Wait."""
        del password
        self.get_password(service, username)


class UntouchableKeyring(BrokenKeyring):
    """A keyring that must not be opened."""

    def __init__(self) -> None:
        super().__init__(AssertionError("the keyring was opened"))


@contextmanager
def in_use(backend: KeyringBackend) -> Generator[None]:
    """Let *backend* be the system's keyring until the block ends."""
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    try:
        yield
    finally:
        keyring.set_keyring(before)
