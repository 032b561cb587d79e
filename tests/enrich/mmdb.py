"""Writes geography databases for tests, in the MaxMind DB format 2.0 (https://maxmind.github.io/MaxMind-DB/)."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_RECORD = 4  # bytes: records of 32 bits
_UINT16, _UINT32, _UINT64 = 5, 6, 9


def write(path: Path, networks: Mapping[str, Mapping[str, Any]]) -> None:
    """A database of IPv4 networks in an IPv6 tree, as the published ones are; replaced at once."""
    data, offsets = b"", {}
    for network, record in networks.items():
        offsets[network] = len(data)
        data += _encoded(record)
    nodes: list[list[int | None]] = [[None, None]]
    leaves: dict[tuple[int, int], int] = {}
    for network, offset in offsets.items():
        parsed = ipaddress.ip_network(network)
        length = parsed.prefixlen + (96 if parsed.version == 4 else 0)
        bits = f"{int(parsed.network_address):0128b}"[:length]
        at = 0
        for place, bit in enumerate(map(int, bits)):
            if place == length - 1:
                leaves[at, bit] = offset
            else:
                if nodes[at][bit] is None:
                    nodes.append([None, None])
                    nodes[at][bit] = len(nodes) - 1
                at = nodes[at][bit] or 0
    count = len(nodes)
    tree = b""
    for number, children in enumerate(nodes):
        for bit, child in enumerate(children):
            leaf = leaves.get((number, bit))
            value = child if child is not None else count if leaf is None else count + 16 + leaf
            tree += value.to_bytes(_RECORD, "big")
    about = {
        "node_count": (_UINT32, count),
        "record_size": (_UINT16, 8 * _RECORD),
        "ip_version": (_UINT16, 6),
        "database_type": "Test-City",
        "languages": [],
        "binary_format_major_version": (_UINT16, 2),
        "binary_format_minor_version": (_UINT16, 0),
        "build_epoch": (_UINT64, 1_700_000_000),
        "description": {},
    }
    new = path.with_suffix(".new")
    new.write_bytes(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + _encoded(about))
    new.replace(path)


def _encoded(value: Any) -> bytes:
    if isinstance(value, Mapping):
        return _control(7, len(value)) + b"".join(_encoded(key) + _encoded(item) for key, item in value.items())
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(map(_encoded, value))
    if isinstance(value, str):
        text = value.encode()
        return _control(2, len(text)) + text
    if isinstance(value, float):
        return _control(3, 8) + struct.pack(">d", value)
    kind, number = value
    assert isinstance(number, int)
    digits = number.to_bytes(8, "big").lstrip(b"\0")
    return _control(kind, len(digits)) + digits


def _control(kind: int, size: int) -> bytes:
    assert size < 285
    small = min(size, 29)
    rest = bytes([size - 29]) if small == 29 else b""
    if kind < 8:
        return bytes([kind << 5 | small]) + rest
    return bytes([small, kind - 7]) + rest
