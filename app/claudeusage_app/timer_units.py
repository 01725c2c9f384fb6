"""What a timer of the system is told: two units for systemd, or a line for cron."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from claudeusage_app.installation import SERVER
from claudeusage_app.places import CONFIG_DIR, TRANSCRIPTS_DIR, expanded

SERVICE = "claudeusage-sync.service"
TIMER = "claudeusage-sync.timer"
_MINUTES = 15
_FOLDERS = (CONFIG_DIR, TRANSCRIPTS_DIR, "XDG_CONFIG_HOME", "XDG_DATA_HOME")
_CARRIED = (
    *_FOLDERS,
    SERVER,
    "PYTHON_KEYRING_BACKEND",
    *("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR"),
)
"""What decides where files are, and how the server and the keyring are reached.

Never the token, which is not stored, and no yes: what was accepted is in the ledger.
"""


_NO_PROGRAM = frozenset("\"'\\\n\t")


class Unit(NamedTuple):
    """A unit file of systemd."""

    path: Path
    text: str


def units(folder: Path, command: Sequence[str], environ: Mapping[str, str]) -> tuple[Unit, Unit]:
    """Return the service that runs *command* once, and the timer that starts it."""
    service = [
        "# Written by `claudeusage sync --install-timer`; `--remove-timer` takes it away.",
        "[Unit]",
        "Description=Upload what changed in the counts of Claude Code",
        "",
        "[Service]",
        "Type=oneshot",
        "TimeoutStartSec=10min",
        f"ExecStart={_command(command)}",
        *(f"Environment={_quoted(f'{name}={value}')}" for name, value in carried(environ).items()),
    ]
    timer = [
        "# Written by `claudeusage sync --install-timer`; `--remove-timer` takes it away.",
        "[Unit]",
        f"Description=Upload the counts of Claude Code every {_MINUTES} minutes",
        "",
        "[Timer]",
        f"OnCalendar=*:0/{_MINUTES}",
        "RandomizedDelaySec=5min",
        "Persistent=true",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return (
        Unit(folder / SERVICE, "\n".join(service) + "\n"),
        Unit(folder / TIMER, "\n".join(timer) + "\n"),
    )


def cron_line(command: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return the line of a crontab that does the same, silently."""
    words = [f"{name}={shlex.quote(value)}" for name, value in carried(environ).items()]
    line = " ".join((*words, *map(shlex.quote, command)))
    # In a crontab a percent sign ends the command, also between quotes.
    return f"*/{_MINUTES} * * * * {line} >/dev/null 2>&1".replace("%", "\\%")


def carried(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that matter to an upload, with paths that hold from any folder."""
    found = {name: environ[name] for name in _CARRIED if environ.get(name)}
    return {name: _whole(name, value) for name, value in found.items()}


def serves(text: str, environ: Mapping[str, str]) -> bool:
    """Say whether the *text* of a service is of the installation that the environment names."""
    named = f"Environment={_quoted(f'{CONFIG_DIR}=')[:-1]}"
    lines = [line for line in text.splitlines() if line.startswith(named)]
    value = carried(environ).get(CONFIG_DIR)
    return lines == ([f"Environment={_quoted(f'{CONFIG_DIR}={value}')}"] if value else [])


def _whole(name: str, value: str) -> str:
    if name == TRANSCRIPTS_DIR:
        parts = (part.strip() for part in value.split(","))
        return ",".join(str(expanded(part).absolute()) for part in parts if part)
    return str(expanded(value).absolute()) if name in _FOLDERS else value


def _command(words: Sequence[str]) -> str:
    """Write a command; systemd takes no program whose name has one of some signs."""
    program, *arguments = words
    if set(program) & _NO_PROGRAM:
        program, arguments = "/bin/sh", ["-c", 'exec "$0" "$@"', *words]
    # Variables are replaced in arguments alone.
    return " ".join((_quoted(program), *(_quoted(each).replace("$", "$$") for each in arguments)))


def _quoted(text: str) -> str:
    """Quote one word of a unit: systemd knows C's escapes, and expands what follows a percent."""
    for sign, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t"), ("%", "%%")):
        text = text.replace(sign, escaped)
    return f'"{text}"'
