"""What the value of a setting can be: text of a file or of the environment, made sure of.

Each function returns the value, or raises `ValueError` with words that go on with a sentence about
the setting, such as "is empty". They never repeat the value.
"""

import ipaddress
import re
from collections.abc import Iterable
from typing import cast
from urllib.parse import SplitResult, urlsplit

from limits import parse_many

from claudeusage_server.settings import PORTS, Network, authority, bracketed, is_loopback

HIGHEST_PORT = 65_535
_HEADER = re.compile(r"[A-Za-z0-9-]+")
_NO_ADDRESS = "has to be an address such as https://usage.example, of ASCII characters"


def port(value: object) -> int:
    """Read a number from 0 to 65535, also from text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= HIGHEST_PORT:
        raise ValueError("has to be a whole number from 0 to 65535")
    return value


def switch(value: object) -> bool:
    """Read ``on`` or ``off``."""
    if value not in ("on", "off"):
        raise ValueError('has to be "on" or "off"')
    return value == "on"


def text(value: object) -> str:
    """Take text that is not empty."""
    if not isinstance(value, str):
        raise ValueError("has to be text in quotation marks")  # noqa: TRY004 -- see above
    if not value.strip():
        raise ValueError("is empty")
    return value.strip()


def origin(value: object) -> str:
    """Read a public address, and write it as a browser writes an origin."""
    parts = _address(text(value))
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("has to end after the host: no path, no query, no fragment")
    host = bracketed(parts.hostname or "")
    return f"{parts.scheme}://{authority(host, parts.port or PORTS[parts.scheme], parts.scheme)}"


def provider_address(value: object) -> str:
    """Read an address of a provider: of https, or of this computer."""
    address = text(value)
    parts = _address(address)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ValueError("has to begin with https://, since secrets are sent there")
    if parts.query or parts.fragment:
        raise ValueError("has to end after the path: no query, no fragment")
    return address


def networks(value: object) -> tuple[Network, ...]:
    """Read addresses and networks: a list, or text with commas between them."""
    listed: object = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, list):
        raise ValueError("has to be a list of addresses or networks")  # noqa: TRY004 -- see above
    return tuple(_network(each) for each in cast("Iterable[object]", listed))


def header(value: object) -> str:
    """Read the name of a header."""
    name = text(value)
    if not _HEADER.fullmatch(name):
        raise ValueError("has to be the name of a header: letters, digits and dashes")
    return name


def limit(value: object) -> str:
    """Read one limit in the notation of `limits`, such as ``600/minute``."""
    notation = text(value)
    try:
        found = parse_many(notation)
    except ValueError:
        found = []
    if len(found) != 1 or found[0].amount < 1 or found[0].get_expiry() < 1:
        raise ValueError('has to be one limit such as "600/minute" or "10/10minute"')
    return notation


def _address(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        known = parts.scheme in PORTS and parts.hostname and parts.port != 0
    except ValueError:  # a port that is none, brackets that do not close
        raise ValueError(_NO_ADDRESS) from None
    if not known or not address.isascii() or re.search(r"[\s\\]", address):
        raise ValueError(_NO_ADDRESS)
    if "@" in parts.netloc:
        raise ValueError("has to be without a name and a password")
    return parts


def _network(value: object) -> Network:
    try:
        network = ipaddress.ip_network(text(value))
    except ValueError:
        raise ValueError(
            "has to be a list of addresses or networks such as 127.0.0.1 and 10.0.0.0/8"
        ) from None
    if network.prefixlen == 0:
        raise ValueError("would believe everybody: name the addresses of the proxies alone")
    return network
