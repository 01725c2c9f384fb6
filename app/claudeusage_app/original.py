"""The original client's link: found in its own file, which is never changed, and taken over.

Taking over copies its server and token. What was agreed to there is not agreed to here, so that
a preview has to be accepted before anything is uploaded.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from claudeusage_app.addresses import origin_of, plain, printable
from claudeusage_app.errors import AddressInvalid, PlaceUnknown, ServerStrange, TokenRejected
from claudeusage_app.installation import Installation
from claudeusage_app.link import Store, link_by_token
from claudeusage_app.link_errors import NotTakenOver, OriginalLinkInvalid
from claudeusage_app.linked import Link, named_origin
from claudeusage_app.places import CONFIG_DIR, expanded
from claudeusage_core.errors import AnswerInvalid
from claudeusage_core.wire import TOKEN

_FILE = Path(".claudeusage", "config.json")
_LARGEST = 1 << 16
"""Bytes of such a file that are read."""


@dataclass(frozen=True, slots=True)
class OriginalLink:
    """The server that the original client is linked to, and its token for it."""

    path: Path
    origin: str
    token: str = field(repr=False)

    @property
    def is_open_to_others(self) -> bool:
        """Whether others on this computer may read the token, where the system has such rights."""
        return os.name == "posix" and bool(self.path.stat().st_mode & 0o077)


class _File(msgspec.Struct, rename="camel"):
    """What is of interest in the file; the rest is left to the original client."""

    api_base: str
    token: str | None = None


def original_link(environ: Mapping[str, str]) -> OriginalLink | None:
    """Return the original client's link, None where it has none.

    Raise `OriginalLinkInvalid` where its file is no such thing, and `AddressInvalid` where no
    token may go to its server.
    """
    links = (_link(path) for path in _places(environ))
    return next((link for link in links if link is not None), None)


def take_over(
    program: Installation, found: OriginalLink, store: Store, address: str | None = None
) -> Link:
    """Link this computer to the original client's server, with its token.

    Raise `NotTakenOver` where that server is not the one that *address* or the environment names,
    does not know the token, or does not speak this program's protocol.
    """
    named = origin_of(address) if address else named_origin(program)
    if named not in {None, found.origin}:
        raise NotTakenOver(
            f"The original client is linked to {found.origin}, not to {named}.",
            f"Nothing was changed. Link this computer with `claudeusage link {named}`.",
        )
    try:
        return link_by_token(program, found.origin, store, lambda: found.token)
    except TokenRejected as error:
        raise NotTakenOver(
            f"{found.origin} does not accept the original client's token any more.",
            f"Nothing was changed. Link this computer with `claudeusage link {found.origin}`.",
        ) from error
    except (ServerStrange, AnswerInvalid) as error:
        raise NotTakenOver(
            f"{found.origin} does not speak this program's protocol.",
            "Nothing was changed, and the original client can go on. Link this computer to another"
            " server with `claudeusage link ADDRESS`.",
        ) from error


def _places(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield where the original client may keep its file, the likelier place first."""
    for folder in (environ.get(CONFIG_DIR), "~"):
        with suppress(PlaceUnknown):
            if folder:
                yield expanded(folder) / _FILE


def _link(path: Path) -> OriginalLink | None:
    """Return the link that a file holds, None where there is no file or no token in it."""
    name = printable(str(path))
    try:
        content = _content(path)
        found = None if content is None else msgspec.json.decode(content, type=_File)
    except OSError as error:
        raise OriginalLinkInvalid(
            f"The original client's file {name} could not be read: {error.strerror}."
        ) from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise OriginalLinkInvalid(
            f"The original client's file {name} could not be read: {plain(str(error))}."
        ) from error
    if found is None or not found.token:
        return None
    try:
        origin = origin_of(found.api_base)
    except AddressInvalid as error:
        raise AddressInvalid(
            f"{error.title} The original client's file {name} names it."
        ) from error
    if not TOKEN.fullmatch(found.token):
        raise OriginalLinkInvalid(f"What the original client's file {name} holds is no token.")
    return OriginalLink(path, origin, found.token)


def _content(path: Path) -> bytes | None:
    """Return a file's bytes, None where there is no file; raise `OSError` or `ValueError`."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(found.st_mode):  # reading something else might never end
        raise ValueError("it is not a file")
    if os.name == "posix" and found.st_uid != os.geteuid():
        raise ValueError("it belongs to another user")
    if found.st_size > _LARGEST:
        raise ValueError("it is too large")
    return path.read_bytes()
