"""A database of countries as an operator may have one: a small file in MaxMind's format.

MaxMind DB File Format Specification 2.0: a search tree, sixteen zero bytes, the data, a marker and
the metadata.
"""

import ipaddress
from collections.abc import Mapping
from typing import cast

_MARKER = b"\xab\xcd\xefMaxMind.com"
_MAP, _TEXT, _UINT16, _UINT32, _UINT64 = 7, 2, 5, 6, 9
_V4_BITS, _V6_BITS = 32, 128
_Node = list["int | bytes | None"]


def database(countries: Mapping[str, object], version: int = 6) -> bytes:
    """Return the file's bytes, from records by network; IPv4 lies in ``::/96`` of version 6."""
    nodes: list[_Node] = [[None, None]]
    for network, record in countries.items():
        _place(nodes, _bits(network, version), _written(record))
    tree, data = bytearray(), bytearray()
    for node in nodes:
        for entry in node:
            if isinstance(entry, bytes):
                tree += (len(nodes) + 16 + len(data)).to_bytes(3, "big")
                data += entry
            else:
                tree += (len(nodes) if entry is None else entry).to_bytes(3, "big")
    about = {
        "node_count": (_UINT32, len(nodes)),
        "record_size": (_UINT16, 24),
        "ip_version": (_UINT16, version),
        "binary_format_major_version": (_UINT16, 2),
        "binary_format_minor_version": (_UINT16, 0),
        "build_epoch": (_UINT64, 1),
    }
    named = {"database_type": "Test-Country", "description": {"en": "a test"}, "languages": "en"}
    metadata = _control(_MAP, len(about) + len(named)) + _written(named)[1:]
    for name, (kind, number) in about.items():
        metadata += _written(name) + _control(kind, 2) + number.to_bytes(2, "big")
    return bytes(tree) + bytes(16) + bytes(data) + _MARKER + metadata


def _bits(network: str, version: int) -> str:
    parsed = ipaddress.ip_network(network)
    size = _V4_BITS if parsed.version == 4 else _V6_BITS
    bits = f"{int(parsed.network_address):0{size}b}"[: parsed.prefixlen]
    return "0" * (_V6_BITS - _V4_BITS) + bits if size == _V4_BITS and version == 6 else bits


def _place(nodes: list[_Node], bits: str, record: bytes) -> None:
    at = 0
    for bit in map(int, bits[:-1]):
        onward = nodes[at][bit]
        if not isinstance(onward, int):
            onward = nodes[at][bit] = len(nodes)
            nodes.append([None, None])
        at = onward
    nodes[at][int(bits[-1])] = record


def _written(value: object) -> bytes:
    if isinstance(value, Mapping):
        table = cast("Mapping[str, object]", value)
        pairs = (_written(name) + _written(each) for name, each in table.items())
        return _control(_MAP, len(table)) + b"".join(pairs)
    encoded = str(value).encode()
    return _control(_TEXT, len(encoded)) + encoded


def _control(kind: int, size: int) -> bytes:
    assert size < 29
    return bytes([size, kind - 7]) if kind > 7 else bytes([kind << 5 | size])
