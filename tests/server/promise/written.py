"""Every way in which a secret may be written: what the bytes of files and answers are searched for.

No form is shorter than four bytes, for shorter ones stand anywhere.
"""

import base64
import hashlib
import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

SHORTEST = 4
_HEX = re.compile(r"(?:[0-9a-f]{2}){8,}")
_SHOWN = 80
"""How many bytes are shown before and after what was found."""


def in_clear(secret: str) -> set[bytes]:
    """Return a secret as it is, in either case, in hexadecimal, and in Base64 from any offset."""
    raw = {each.encode() for each in (secret, secret.lower(), secret.upper())}
    raw |= {secret.replace("-", "").encode()} if len(secret) > 2 * SHORTEST else set()
    if _HEX.fullmatch(secret):
        raw.add(bytes.fromhex(secret))
    return {form for each in raw for form in _encoded(each)}


def hashed(secret: str) -> set[bytes]:
    """Return what is left of a secret by the hash that is used everywhere, and by older ones."""
    raw = {secret.encode(), bytes.fromhex(secret) if _HEX.fullmatch(secret) else secret.encode()}
    digests = {
        hashlib.new(name, each, usedforsecurity=False).digest()
        for name in ("sha256", "sha1", "md5")
        for each in raw
    }
    return {form for digest in digests for form in _encoded(digest)}


def of_address(written: str) -> set[bytes]:
    """Return an address as text, as a number and as bytes, from either end."""
    address = ipaddress.ip_address(written)
    packed = address.packed
    numbers = {int.from_bytes(packed, "big"), int.from_bytes(packed, "little")}
    forms = {packed, packed[::-1], *(str(number).encode() for number in numbers)}
    forms |= in_clear(written) | in_clear(address.exploded) | in_clear(packed.hex())
    forms |= {form for each in (written, packed.hex()) for form in hashed(each)}
    if isinstance(address, ipaddress.IPv4Address):
        parts = written.split(".")
        return forms | {
            mark.join(order).encode() for mark in ".-_" for order in (parts, parts[::-1])
        }
    network = ipaddress.ip_network((packed, 64), strict=False)
    halves = {str(network), str(network.network_address), address.exploded[: 4 * 5 - 1]}
    return forms | {packed[:8], *(half.encode() for half in halves)}


def of_moment(moment: datetime) -> set[bytes]:
    """Return a moment as counts of seconds and of their parts, and as dates with a time of day."""
    seconds, shapes = moment.timestamp(), ("%H:%M:%S", "T%H:%M", " %H:%M:")
    forms = {shape for power in (0, 3, 6) for shape in of_number(int(seconds * 10**power))}
    utc = moment.astimezone(UTC)
    forms |= {utc.strftime(shape).encode() for shape in shapes}
    return forms | {format_datetime(utc, usegmt=True).encode()}


def of_number(number: int) -> set[bytes]:
    """Return a number as digits and as bytes from either end."""
    size = (number.bit_length() + 7) // 8
    ends = {number.to_bytes(size, "big"), number.to_bytes(size, "little")}
    return {str(number).encode(), *ends}


def found(needles: Mapping[bytes, str], held: Iterable[tuple[str, bytes]]) -> list[str]:
    """Say which needles are in anything that is held, and where; both have names."""
    places = dict(held)
    assert needles
    assert places
    assert all(len(needle) >= SHORTEST for needle in needles)
    together = b"\0\0".join(set(places.values()))
    return [
        f"{name} ({needle!r}) in {place}: {_around(needle, content)!r}"
        for needle, name in needles.items()
        if needle in together
        for place, content in places.items()
        if needle in content
    ]


def _around(needle: bytes, content: bytes) -> bytes:
    at = content.index(needle)
    return content[max(0, at - _SHOWN) : at + _SHOWN]


def _encoded(raw: bytes) -> Iterator[bytes]:
    yield raw
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            # Of the first and the last letter some bits are of what stands beside it.
            yield encode(bytes(shift) + raw)[(0, 2, 3)[shift] :].rstrip(b"=")[:-1]
