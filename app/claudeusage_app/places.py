"""Where the program keeps its files, and where Claude Code keeps its transcripts."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from claudeusage_app.errors import PlaceUnknown

CONFIG_DIR = "CLAUDEUSAGE_CONFIG_DIR"
TRANSCRIPTS_DIR = "CLAUDE_CONFIG_DIR"


class Places(NamedTuple):
    """The folders of one installation."""

    config: Path
    data: Path

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.config / "settings.toml"

    @property
    def own_prices(self) -> Path:
        """The file of a person's own prices."""
        return self.config / "prices.toml"

    @property
    def imported_prices(self) -> Path:
        """The price table that was imported."""
        return self.data / "prices.json"

    @property
    def server(self) -> Path:
        """The data folder of the bundled server."""
        return self.data / "server"

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Places":
        """Return the places that the environment names, or the system's usual ones."""
        named = environ.get(CONFIG_DIR)
        if named:
            folder = expanded(named).absolute()
            return cls(folder, folder)
        import platformdirs

        config = platformdirs.user_config_path("claudeusage", appauthor=False)
        data = platformdirs.user_data_path("claudeusage", appauthor=False)
        if "~" in {config.parts[0], data.parts[0]}:
            raise PlaceUnknown
        return cls(config, data)


def named_folders(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the folders of transcripts that the person named, none where nobody did."""
    parts = (part.strip() for part in environ.get(TRANSCRIPTS_DIR, "").split(","))
    return _projects(expanded(part) for part in parts if part)


def default_folders(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the folders that hold transcripts: those that were named, or both usual ones."""
    named = named_folders(environ)
    if named:
        return named
    xdg = expanded(environ.get("XDG_CONFIG_HOME", ""))
    # The XDG Base Directory Specification: a path that is not absolute is to be ignored.
    config = xdg if xdg.is_absolute() else expanded("~/.config")
    return _projects((expanded("~/.claude"), config / "claude"))


def _projects(entries: Iterable[Path]) -> tuple[Path, ...]:
    return distinct(each if each.name == "projects" else each / "projects" for each in entries)


def expanded(path: str) -> Path:
    """Return a path without a leading ``~``; raise `PlaceUnknown` where nobody has that home."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise PlaceUnknown from error


def is_absent(path: Path) -> bool:
    """Say whether there is no such file; false where that cannot be told."""
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError:
        pass
    return False


def distinct(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Return folders without those that are the same real folder as one before."""
    by_real_path = {os.path.realpath(folder): folder for folder in reversed(list(folders))}
    return tuple(reversed(by_real_path.values()))
