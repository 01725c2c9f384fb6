"""Server addresses: which are safe to send a token to, and which may be opened."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from claudeusage_app.errors import AddressInvalid

SHOWN = 200
_NAME = re.compile(r"[\w-]{1,63}(\.[\w-]{1,63})*\.?")
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks of no width or no ink, which Python counts as printable."""


def origin_of(address: str) -> str:
    """Return the origin of a server's address; raise `AddressInvalid` where no token may go there.

    Plain ``http`` is for this computer only.
    """
    parts = _split(address)
    host = parts.hostname or ""
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    more = "@" in parts.netloc or parts.path.strip("/") or parts.query or parts.fragment
    if not safe or more or not (_NAME.fullmatch(host) or _is_ip_address(host)):
        raise AddressInvalid(f"The server address {plain(address)} is not one to send a token to.")
    name = f"[{host}]" if ":" in host else host
    port = parts.port
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{name}" + ("" if port in {None, usual} else f":{port}")


def is_loopback(host: str) -> bool:
    """Say whether a host name or address is this computer."""
    return host == "localhost" or (_is_ip_address(host) and ipaddress.ip_address(host).is_loopback)


def is_on(origin: str, address: str) -> bool:
    """Say whether an address lies on *origin*: only such are opened in a browser.

    What one reader of addresses drops and another takes for a separator is in none of them.
    """
    if not address.isprintable() or _UNSEEN.search(address) or set(" \\") & set(address):
        return False
    try:
        parts = _split(address)
        return origin_of(f"{parts.scheme}://{parts.netloc}") == origin
    except AddressInvalid:
        return False


def plain(text: str) -> str:
    """Return text of foreign origin as it may be shown: short, and nothing that cannot be seen."""
    return _UNSEEN.sub(" ", printable(text[:SHOWN]))


def printable(text: str) -> str:
    """Return text without control characters."""
    return "".join(each if each.isprintable() else " " for each in text)


def _is_ip_address(host: str) -> bool:
    if "%" in host:  # a zone, which is no part of anybody's address
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError as error:
        raise AddressInvalid from error
    return parts
