"""What can go wrong with what an operator sets, or asks of the command line.

    CannotStart
    └── OperatorError
        ├── SettingUnknown           a name that no setting has
        ├── SettingWrong             a value that a setting cannot have
        ├── SettingMissing           a setting without another that it needs
        ├── SettingTwice             a secret given in two ways
        ├── ConfigUnreadable         the file of settings is missing or no TOML
        ├── ConfigOpen               others can read the secrets in it
        ├── CountryDatabaseUnusable  missing, or not in MaxMind's format
        ├── SignInElsewhere          a sign-in code for a server on which none is taken
        ├── TokenElsewhere           a token of the local account where there is none
        ├── BackupExists             something is there already
        └── BackupFailed             the backup cannot be written

No error repeats the value of a setting: it may be a secret.
"""

import shlex
from pathlib import Path

from claudeusage_server.start_errors import CannotStart


class OperatorError(CannotStart):
    """What an operator set or asked for does not go."""


class SettingUnknown(OperatorError):
    """A name in the file or in the environment that no setting has."""

    def __init__(self, name: str, source: str, nearest: str | None) -> None:
        super().__init__(
            f"There is no setting {name}, which comes from {source}.",
            f"Did you mean {nearest}?"
            if nearest
            else "Take it out there; docs/settings.md has all.",
        )


class SettingWrong(OperatorError):
    """A setting whose value cannot be: told by its name and its source, never by its value."""

    def __init__(self, name: str, source: str, words: str) -> None:
        """Take *words* that go on with the sentence, such as "is empty"."""
        super().__init__(
            f"The setting {name}, which comes from {source}, {words}.",
            "Change it there; docs/settings.md tells what it can be.",
        )


class SettingMissing(OperatorError):
    """A setting that another one needs."""

    def __init__(self, name: str, needed: str) -> None:
        super().__init__(
            f"The setting {name} does nothing without {needed}.",
            f"Set {needed} too, or take {name} out.",
        )


class SettingTwice(OperatorError):
    """A secret that is given in two ways."""

    def __init__(self, name: str, other: str) -> None:
        super().__init__(f"The settings {name} and {other} are both set.", "Take one of them out.")


class ConfigUnreadable(OperatorError):
    """The file of settings cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"The settings in {path} cannot be read: {reason}.",
            "Mend the file, or name another with --config.",
        )


class ConfigOpen(OperatorError):
    """Other users can read the secrets in the file of settings."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"Other users of this computer can read the secrets in {path}.",
            f"Close it with `chmod 600 {shlex.quote(str(path))}`, or move the secrets to files of"
            " their own with client_secret_file.",
        )


class CountryDatabaseUnusable(OperatorError):
    """The operator's database of countries cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"The setting country_database names {path}, which cannot be used: {reason}.",
            "Name a file in MaxMind's format (.mmdb) that has countries, or take the setting out.",
        )


class SignInElsewhere(OperatorError):
    """A sign-in code for a server on which none is taken."""

    title = "The server is public or has a provider, so nobody signs in with a code."
    remedy = "Open its sign-in page, and sign in with Google or GitHub there."


class TokenElsewhere(OperatorError):
    """A token of the local account, of a server that has none."""

    title = "The server is public or has a provider, so it has no local account."
    remedy = "Sign in as the person whose days it is to upload, and create it on the dashboard."


class BackupExists(OperatorError):
    """There is something where a backup was to be written."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"There is something at {folder} already, and no backup is written over anything.",
            "Name a folder that is not there yet.",
        )


class BackupFailed(OperatorError):
    """The backup could not be written; nothing of it is left."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"The backup {folder} could not be written: {reason}.",
            "Name a folder that can be made, on a disk with room for it.",
        )
