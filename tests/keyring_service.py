"""A real keyring of its own for a test: a session bus and an unlocked gnome-keyring on it."""

import os
import subprocess
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.processes import ended, eventually


@contextmanager
def keyring_service(folder: Path) -> Generator[dict[str, str]]:
    """Run both and give the environment in which a program finds them. *folder* is their home."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, parents=True)
    home = folder / "keyring-home"
    home.mkdir()
    base: dict[str, str] = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "LANG": "C.UTF-8",
    }
    address = f"unix:path={runtime / 'bus'}"
    with ExitStack() as running:
        bus = ("dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={address}")
        running.enter_context(ended(subprocess.Popen(bus, env=base, stderr=subprocess.DEVNULL)))
        eventually((runtime / "bus").exists)
        found = base | {"DBUS_SESSION_BUS_ADDRESS": address}
        keyring = subprocess.Popen(
            ("gnome-keyring-daemon", "--unlock", "--components=secrets", "--foreground"),
            env=found,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        running.enter_context(ended(keyring))
        assert keyring.stdin is not None
        keyring.stdin.write(b"a password of the test")
        keyring.stdin.close()
        eventually(lambda: _is_unlocked(found))
        yield {name: found[name] for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")}


def _is_unlocked(environment: Mapping[str, str]) -> bool:
    """Say whether the collection that programs keep their secrets in is there and open.

    Asking for it before the keyring has its name would make the bus start another, locked one.
    """
    has_owner = (
        "--dest=org.freedesktop.DBus",
        "/",
        "org.freedesktop.DBus.NameHasOwner",
        "string:org.freedesktop.secrets",
    )
    locked = (
        "--dest=org.freedesktop.secrets",
        "/org/freedesktop/secrets/collection/login",
        "org.freedesktop.DBus.Properties.Get",
        "string:org.freedesktop.Secret.Collection",
        "string:Locked",
    )
    return "boolean true" in _asked(environment, has_owner) and (
        "boolean false" in _asked(environment, locked)
    )


def _asked(environment: Mapping[str, str], question: tuple[str, ...]) -> str:
    command = ("dbus-send", "--print-reply", *question)
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False
    ).stdout
