"""Tokens in files that only their owner can read, for computers whose person agreed to it."""

import os
import stat
from pathlib import Path
from urllib.parse import quote

from claudeusage_app.link_errors import CredentialsUnavailable, TokenFileOpen
from claudeusage_app.settings import replace_file
from claudeusage_core.wire import TOKEN

_LINK_AGAIN = "Link this computer again with `claudeusage link --store file`."
_LONGEST = 1_000
"""Bytes that are read of a file: a token has 56."""


class FileCredentials:
    """Tokens in files that only their owner can read, one for each server."""

    def __init__(self, folder: Path) -> None:
        """Keep the files in *folder*."""
        self._folder = folder

    def get(self, origin: str) -> str | None:
        """Return the token, None where there is none; raise `CredentialsUnavailable`.

        Raise `TokenFileOpen` where others may read the file or put another in its place.
        """
        path = self._path(origin)
        try:
            content = _private_content(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            title = f"The token file {path} could not be read: {error.strerror}."
            raise CredentialsUnavailable(title, "Check that it belongs to you.") from error
        token = content.decode("ascii", "replace").strip()
        if not TOKEN.fullmatch(token):
            raise CredentialsUnavailable(
                f"The token file {path} does not hold a token.", _LINK_AGAIN
            )
        return token

    def set(self, origin: str, token: str) -> None:
        """Keep a token."""
        path = self._path(origin)
        try:
            replace_file(path, f"{token}\n".encode("ascii"))
            _refuse_shared_folder(path)
        except OSError as error:
            title = f"The token file {path} could not be written: {error.strerror}."
            raise CredentialsUnavailable(title, "Check the folder's rights.") from error
        except TokenFileOpen:
            self.delete(origin)
            raise

    def delete(self, origin: str) -> None:
        """Forget a token; nothing happens where there is none."""
        path = self._path(origin)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            title = f"The token file {path} could not be removed: {error.strerror}."
            raise CredentialsUnavailable(title, "Remove it yourself.") from error

    def _path(self, origin: str) -> Path:
        return self._folder / f"token-{quote(origin, safe='')}"


def _private_content(path: Path) -> bytes:
    """Read the beginning of a file; raise `TokenFileOpen` where it is not its owner's alone."""
    # A pipe in its place would be waited for without the second flag, which Windows has not.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        _refuse_open_file(path, os.fstat(file.fileno()))
        _refuse_shared_folder(path)
        return file.read(_LONGEST)


def _refuse_open_file(path: Path, found: os.stat_result) -> None:
    if os.name == "nt":
        return
    if found.st_uid != os.geteuid():
        title = f"The token file {path} belongs to somebody else, so it is not used."
        raise TokenFileOpen(title, f"Remove it. {_LINK_AGAIN}")
    if stat.S_IMODE(found.st_mode) & 0o077:
        title = f"Others on this computer may read the token file {path}, so it is not used."
        remedy = f"Run `chmod 600 '{path}'`. {_LINK_AGAIN[:-1]} if somebody may have read it."
        raise TokenFileOpen(title, remedy)


def _refuse_shared_folder(path: Path) -> None:
    if os.name == "nt":
        return
    mode = path.parent.stat().st_mode
    if mode & 0o022 and not mode & stat.S_ISVTX:
        title = f"Others may put files into {path.parent}, so no token is kept there."
        raise TokenFileOpen(title, f"Run `chmod 700 '{path.parent}'`, then run this again.")
