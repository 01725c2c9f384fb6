"""The settings: a typed view of one TOML file, whose comments outlive every change."""

import os
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from claudeusage_app.errors import SettingsInvalid

NAME_NOT_TEXT = "A folder's name is not text that a settings file can hold."
NAME_REMEDY = "Give the folder, or a link to it, a name in UTF-8."


_WithoutNul = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")]
"""What can be a path, as far as a system takes it."""


class LinkSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The server that this computer is linked to."""

    origin: str
    account: str
    """The account's opaque id."""
    profile: str
    """The address of the public profile."""
    store: Literal["keyring", "file"] = "keyring"
    """Where the token is kept."""
    bundled: bool = False
    """Whether it is the server on this computer, which proves itself before it gets a token."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings, with their defaults."""

    folders: tuple[_WithoutNul, ...] | None = None
    """The folders whose transcripts are counted and synced; None until they are adopted."""
    ledger: _WithoutNul | None = None
    """The name of the ledger of these folders."""
    walk_seconds: Annotated[int, msgspec.Meta(ge=1)] = 60
    """How often the tray looks at all transcripts."""
    watch: bool = True
    """Whether the tray listens for changes of files between these looks."""
    automatic_sync: bool = True
    """Whether the tray uploads by itself what has changed, once a preview was accepted."""
    sync_minutes: Annotated[int, msgspec.Meta(ge=1)] = 15
    """How many minutes at least lie between two such uploads."""
    paused_until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    """Until when the tray uploads nothing by itself."""
    theme: Literal["system", "light", "dark"] = "system"
    link: LinkSettings | None = None


def read_settings(path: Path) -> Settings:
    """Read the settings; the defaults where there is no file. Raise `SettingsInvalid`."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Settings)
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, RecursionError, msgspec.ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SettingsInvalid(f"The settings file {path} could not be read: {reason}.") from error


def change_settings(path: Path, **changes: object) -> Settings:
    """Write some settings, None to remove one, and return all. Comments stay where they are.

    The file is replaced as a whole, so that a reader never sees half of it.
    """
    import tomlkit

    read_settings(path)
    document = tomlkit.parse(path.read_text("utf-8") if path.exists() else "")
    for name, value in changes.items():
        if value is None:
            if name in document:
                document.remove(name)
        else:
            document[name] = msgspec.to_builtins(value, str_keys=True)
    try:
        replace_file(path, tomlkit.dumps(document).encode())
    except UnicodeEncodeError as error:
        raise SettingsInvalid(NAME_NOT_TEXT, NAME_REMEDY) from error
    except OSError as error:
        message = f"The settings file {path} could not be written: {error.strerror}."
        remedy = "Check that the disk has room and that the folder belongs to you."
        raise SettingsInvalid(message, remedy) from error
    return read_settings(path)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all. No link is followed."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_name(f"{path.name}.{os.getpid()}.new")
    aside.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
