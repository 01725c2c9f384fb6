"""The page about hosting: the program and the system take what it tells to be copied."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from claudeusage_server.cli import parser
from claudeusage_server.configuration import names, read_settings
from claudeusage_server.settings import refuse_unsafe_exposure
from claudeusage_server.web.guard import HTTPS_HEADERS, SAFE_HEADERS
from tests.processes import PATIENCE_SECONDS

PAGE = (Path(__file__).parents[2] / "docs" / "hosting.md").read_text("utf-8")
PROGRAM = "/opt/claudeusage/bin/claudeusage-server"
HIGHEST_EXPOSURE = 15
"""In tenths, as systemd rates it from 0 to 10.0."""


def blocks(language: str) -> list[str]:
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return found


def typed() -> list[list[str]]:
    """Return what the page has typed after the program's name."""
    lines = "".join(blocks("sh") + blocks("ini")).splitlines()
    found = [shlex.split(line.partition(PROGRAM)[2]) for line in lines if PROGRAM in line]
    assert len(found) >= 4
    return found


def analyzed(unit: Path, *asked: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ("systemd-analyze", *asked, str(unit)),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """Write the unit, with a program that is on this computer."""
    path = tmp_path / "claudeusage.service"
    (content,) = blocks("ini")
    assert PROGRAM in content
    path.write_text(content.replace(PROGRAM, sys.executable))
    return path


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")
def test_systemd_takes_the_unit_as_it_is(unit: Path) -> None:
    done = analyzed(unit, "verify")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    unit.write_text(unit.read_text().replace("ProtectHome=yes", "ProtectHome=often"))
    assert "protect home" in analyzed(unit, "verify").stderr


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")
def test_systemd_finds_little_that_the_unit_leaves_open(unit: Path) -> None:
    asked = ("security", "--offline=true", f"--threshold={HIGHEST_EXPOSURE}")
    assert analyzed(unit, *asked).returncode == 0
    unit.write_text(unit.read_text().replace("CapabilityBoundingSet=\n", ""))
    assert analyzed(unit, *asked).returncode == 1


def test_the_settings_are_those_of_a_server_for_others(tmp_path: Path) -> None:
    config = tmp_path / "server.toml"
    (content,) = blocks("toml")
    config.write_text(content)
    config.chmod(0o600)
    settings = read_settings(config, {}, tmp_path)
    refuse_unsafe_exposure(settings)
    assert settings.origin == "https://usage.example"
    assert settings.google
    assert settings.github
    assert settings.proxies.trusted
    assert settings.data == Path("/var/lib/claudeusage")


def test_every_command_can_be_typed() -> None:
    for arguments in typed():
        if arguments != ["--version"]:
            assert parser().parse_args(arguments).command in {"serve", "backup"}


def test_every_setting_that_is_named_exists() -> None:
    named = set(re.findall(r"`((?:google|github|proxies|limits)\.\w+|\w+_\w+)`", PAGE))
    assert len(named) >= 3
    assert named <= names().keys()
    variables = set(re.findall(r"CLAUDEUSAGE_SERVER_\w+", PAGE))
    assert variables
    assert variables <= set(names().values())


def test_no_server_of_the_proxy_keeps_addresses() -> None:
    (content,) = blocks("nginx")
    servers = re.findall(r"^server \{\n(.*?)^\}", content, re.MULTILINE | re.DOTALL)
    assert len(servers) == 2
    for each in servers:
        assert "access_log off;" in each
        assert "error_log /dev/null crit;" in each
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in servers[1]


def test_the_proxies_pass_the_host_on_as_it_came_and_repeat_no_header_of_the_server() -> None:
    (nginx,), (caddy,) = blocks("nginx"), blocks("caddyfile")
    assert "proxy_set_header Host $http_host;" in nginx  # `$host` has lost the port
    assert "reverse_proxy 127.0.0.1:8787" in caddy
    for header in (*SAFE_HEADERS, *HTTPS_HEADERS):
        assert header not in nginx + caddy
