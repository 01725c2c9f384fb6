"""Who asks: the address of a visitor, which is looked at and never kept.

A proxy that is trusted says in ``X-Forwarded-For`` whom it speaks for. What anybody else writes
there is worth nothing, so the header is read from its right end, up to the first address that is
not a trusted proxy's.
"""

import ipaddress
import re

from starlette.requests import Request

from claudeusage_server.settings import Proxies

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_FORWARDED = "x-forwarded-for"
_WITH_PORT = re.compile(r"(?:\[([^\]]+)\]|(\d+(?:\.\d+){3}))(?::\d+)?")
_NETWORK_BITS = 64
"""What one household or one server gets of IPv6: whoever has it has all of its addresses."""


def by_trusted_proxy(request: Request, proxies: Proxies) -> bool:
    """Say whether a trusted proxy sent the request, so that its headers are believed."""
    peer = _peer(request)
    return peer is not None and _is_trusted(peer, proxies)


def address(request: Request, proxies: Proxies) -> Address | None:
    """Return the address that a request came from, None where there is none, as on a Unix socket.

    An entry that cannot be read ends the way back: the proxy that wrote it is all that is known.
    """
    found = _peer(request)
    forwarded = ",".join(request.headers.getlist(_FORWARDED)).split(",")
    while found is not None and _is_trusted(found, proxies) and forwarded:
        before = _read(forwarded.pop())
        if before is None:
            break
        found = before
    return found


def counted_as(request: Request, proxies: Proxies) -> str:
    """Return what a visitor's requests are counted under: an address, of IPv6 its network."""
    found = address(request, proxies)
    if found is None:
        return ""
    if found.version == 4:  # noqa: PLR2004 -- the protocol's own name
        return str(found)
    return str(ipaddress.ip_network((found.packed, _NETWORK_BITS), strict=False))


def _peer(request: Request) -> Address | None:
    return _read(request.client.host) if request.client else None


def _read(text: str) -> Address | None:
    entry = text.strip()
    found = _WITH_PORT.fullmatch(entry)
    if found:
        entry = found[1] or found[2]
    try:
        read = ipaddress.ip_address(entry.partition("%")[0])
    except ValueError:
        return None
    return read.ipv4_mapped or read if isinstance(read, ipaddress.IPv6Address) else read


def _is_trusted(found: Address, proxies: Proxies) -> bool:
    return any(found in network for network in proxies.trusted)
