"""What holds for every test: nothing of the real person is read, and nothing leaves the machine."""

import ipaddress
import os
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

INHERITED = ("CLAUDEUSAGE_API", "CLAUDEUSAGE_TOKEN", "XDG_CONFIG_HOME", "XDG_DATA_HOME")


settings.register_profile(
    "whatever the machine does", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("whatever the machine does")


def pytest_configure() -> None:
    """Draw no window on the display of whoever runs the tests."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def _nobodys_home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(home / ".claude"))
    monkeypatch.setenv("CLAUDEUSAGE_CONFIG_DIR", str(home / ".claudeusage"))
    for name in INHERITED:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def connect_to_loopback(self: socket.socket, address: tuple[str, int] | str) -> None:
        if not isinstance(address, str):  # which is a socket in the file system
            host = "127.0.0.1" if address[0] == "localhost" else address[0]
            assert ipaddress.ip_address(host).is_loopback, f"a test tried to reach {host}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_to_loopback)


@pytest.fixture(scope="session")
def output() -> Path:
    """Give the folder for what a person may want to look at after the tests."""
    folder = Path(__file__).parent / "output"
    folder.mkdir(exist_ok=True)
    return folder
