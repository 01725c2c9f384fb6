"""A real keyring of its own for a test: a session bus and a gnome-keyring on it."""

import os
import subprocess
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.processes import ended, eventually

PASSWORD = "a password of the test"
_BUS_ALONE = """\
<busconfig>
  <type>session</type>
  <listen>{address}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
"""A bus that starts nothing by itself."""


class KeyringHome:
    """A home with a keyring in it, and the address of a bus; both run while a block lasts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700, parents=True)
        home = folder / "keyring-home"
        home.mkdir()
        self._bus = runtime / "bus"
        self.address = f"unix:path={self._bus}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(runtime),
            "LANG": "C.UTF-8",
            "DBUS_SESSION_BUS_ADDRESS": self.address,
        }
        """What a program needs to find both."""

    @contextmanager
    def bus(self, *, starts_programs: bool = False) -> Generator[None]:
        """Run the bus; one that *starts_programs* would start a keyring for whoever asks."""
        alone = self._folder / "bus.conf"
        alone.write_text(_BUS_ALONE.format(address=self.address))
        self._bus.unlink(missing_ok=True)
        command = ("dbus-daemon", "--nofork", "--nopidfile", f"--address={self.address}")
        which = "--session" if starts_programs else f"--config-file={alone}"
        bus = subprocess.Popen((*command, which), env=self.environment, stderr=subprocess.DEVNULL)
        with ended(bus):
            eventually(self._bus.exists)
            yield

    def keyring(
        self, *, unlocked: bool = True
    ) -> AbstractContextManager["subprocess.Popen[bytes]"]:
        """Run the keyring; one that nobody has *unlocked* yet makes no collection either."""
        return keyring_on(self.environment, unlocked=unlocked)


@contextmanager
def keyring_on(
    environment: Mapping[str, str], *, unlocked: bool
) -> Generator["subprocess.Popen[bytes]"]:
    """Run a keyring on the bus of an *environment*."""
    command = ("gnome-keyring-daemon", "--components=secrets", "--foreground")
    keyring = subprocess.Popen(
        (*command, "--unlock") if unlocked else command,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with ended(keyring):
        assert keyring.stdin is not None
        keyring.stdin.write(PASSWORD.encode() if unlocked else b"")
        keyring.stdin.close()
        eventually(lambda: _runs(environment))
        if unlocked:
            eventually(lambda: _is_unlocked(environment))
        yield keyring


@contextmanager
def keyring_service(folder: Path) -> Generator[dict[str, str]]:
    """Run both and give the environment in which a program finds them. *folder* is their home."""
    home = KeyringHome(folder)
    with home.bus(starts_programs=True), home.keyring():
        yield {
            name: home.environment[name] for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")
        }


def _runs(environment: Mapping[str, str]) -> bool:
    """Say whether the keyring has its name on the bus.

    Asking for more before it has would make a bus that starts programs start another, locked one.
    """
    has_owner = (
        "--dest=org.freedesktop.DBus",
        "/",
        "org.freedesktop.DBus.NameHasOwner",
        "string:org.freedesktop.secrets",
    )
    return "boolean true" in _asked(environment, has_owner)


def _is_unlocked(environment: Mapping[str, str]) -> bool:
    """Say whether the collection that programs keep their secrets in is there and open."""
    locked = (
        "--dest=org.freedesktop.secrets",
        "/org/freedesktop/secrets/collection/login",
        "org.freedesktop.DBus.Properties.Get",
        "string:org.freedesktop.Secret.Collection",
        "string:Locked",
    )
    return "boolean false" in _asked(environment, locked)


def _asked(environment: Mapping[str, str], question: tuple[str, ...]) -> str:
    command = ("dbus-send", "--print-reply", *question)
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False
    ).stdout
