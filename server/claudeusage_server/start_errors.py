"""What keeps the server, or one of its commands, from beginning its work.

    ServerError
    └── CannotStart
        ├── PortInUse            another program listens there
        ├── AddressUnusable      the host or port cannot be bound
        ├── FolderUnusable       the data folder cannot be written
        ├── FolderForeign        the data folder holds something else
        ├── FolderOpen           others can look into the data folder
        ├── FolderInUse          a running server holds the data folder
        ├── SecretInvalid        a secret in the data folder was changed
        ├── DatabaseTooNew       made by a later version
        ├── DatabaseTooOld       made by an earlier version, and not this command's to update
        ├── DatabaseUnreadable   not a database, or a damaged one
        ├── PublicWithoutHttps   a public address without https
        ├── ProviderMissing      public, and nobody could sign in
        ├── NoServerRunning      a command that needs one found none
        ├── StoreMissing         no server has ever run on the data folder
        ├── OperatorError        what is set or asked for does not go, see operator_errors
        └── PartMissing          what a server needs is not installed

The command line prints the title and the remedy, and ends with status 1.
"""

import shlex
from pathlib import Path

from claudeusage_server.errors import ServerError


class CannotStart(ServerError):
    """The server, or one of its commands, cannot begin its work."""


class PortInUse(CannotStart):
    """Another program listens on the port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} on {host} is in use.",
            "Stop the other program, or choose another port: --port 0 finds a free one.",
        )


class AddressUnusable(CannotStart):
    """The system does not let this address be bound."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"Cannot listen on {host}, port {port}: {reason}.",
            "Choose another address with --host and --port.",
        )


class FolderUnusable(CannotStart):
    """The data folder cannot be made or written."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"The data folder {folder} cannot be used: {reason}.",
            "Choose another with --data, or change its owner or permissions.",
        )


class FolderForeign(CannotStart):
    """The data folder holds files, and none of them is a server's."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"The folder {folder} holds other files, so no server keeps its data there.",
            "Choose a new or an empty folder with --data.",
        )


class FolderOpen(CannotStart):
    """Other users can look into the data folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Other users of this computer can look into the data folder {folder}.",
            f"Close it with `chmod 700 {shlex.quote(str(folder))}`, or choose a new folder with"
            " --data.",
        )


class FolderInUse(CannotStart):
    """A running server holds the data folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Another claudeusage server already uses the data folder {folder}.",
            "Use that server, stop it, or choose another folder with --data.",
        )


class SecretInvalid(CannotStart):
    """A file that holds a secret does not hold one."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The file {path} does not hold a secret of 64 hexadecimal digits.",
            "Delete it, and a new one is made at the next start.",
        )


class DatabaseTooNew(CannotStart):
    """A later version of the program made the database."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The database {path} was made by a newer version of claudeusage.",
            "Update claudeusage, or choose another folder with --data.",
        )


class DatabaseTooOld(CannotStart):
    """An earlier version of the program made the database, and may still be running on it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The database {path} was made by an older version of claudeusage.",
            "Start its server anew with `claudeusage serve`, which updates it, then try again.",
        )


class DatabaseUnreadable(CannotStart):
    """The file is not a database that this program can open."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The file {path} cannot be read as a database.",
            "Restore it from a copy, or choose another folder with --data.",
        )


class PublicWithoutHttps(CannotStart):
    """A public server needs an https address for its cookies."""

    title = "A server that others can reach needs an address that begins with https://."
    remedy = (
        "Set public_url to it, and put a proxy that speaks TLS in front, as docs/hosting.md tells;"
        " or leave out public_url and listen on 127.0.0.1 for a server of your own."
    )


class ProviderMissing(CannotStart):
    """A public server on which nobody could sign in."""

    title = "A public server needs a sign-in provider, and none is configured."
    remedy = (
        "Set google.client_id and google.client_secret, or github.client_id and"
        " github.client_secret, as docs/hosting.md tells; or leave out public_url and listen on"
        " 127.0.0.1, where no provider is needed."
    )


class NoServerRunning(CannotStart):
    """No server holds the data folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"No server is running on the data folder {folder}.",
            "Start one with `claudeusage serve`, or name its folder with --data.",
        )


class StoreMissing(CannotStart):
    """No server has ever run on the data folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"There is no server's data in the folder {folder}.",
            "Run `claudeusage serve` on it first, or name another folder with --data.",
        )


class PartMissing(CannotStart):
    """The libraries of the server are not installed."""

    title = "The server's part of claudeusage is not installed."
    remedy = "Install it with `pipx install 'claudeusage[server]'`."
