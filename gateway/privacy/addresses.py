"""Truncation of addresses: IPv4 to /24 (or /16, /8), IPv6 to /48 (or /32), before anything else sees them (RULES.md E11).

An IPv6 address that carries an IPv4 one in the part that would be kept (IPv4-mapped, RFC 4291 § 2.5.5.2; 6to4, RFC 3056)
is truncated as that IPv4 address: a 6to4 /48 would otherwise hold all of its 32 bits.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable, Sequence

UNKNOWN = ""

_MAPPED = b"\0" * 10 + b"\xff\xff"
_SIX_TO_FOUR = b"\x20\x02"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Truncation:
    """Truncates address texts to fixed prefixes; anything that is no address becomes UNKNOWN."""

    def __init__(self, ipv4_prefix: int = 24, ipv6_prefix: int = 48) -> None:
        self._ipv4_zeros = bytes((32 - ipv4_prefix) // 8)
        self._ipv6_zeros = bytes((128 - ipv6_prefix) // 8)

    def __call__(self, text: str) -> str:
        packed = pack(text)
        if len(packed) == 4:
            return socket.inet_ntop(socket.AF_INET, packed[: 4 - len(self._ipv4_zeros)] + self._ipv4_zeros)
        if len(packed) == 16:
            return socket.inet_ntop(socket.AF_INET6, packed[: 16 - len(self._ipv6_zeros)] + self._ipv6_zeros)
        return UNKNOWN


def pack(text: str) -> bytes:
    """4 or 16 bytes of an address, IPv4-in-IPv6 as IPv4; b"" where `text` is no address. Ports and zones are dropped."""
    try:
        return socket.inet_pton(socket.AF_INET, text)  # what a socket says; proxies write more than that
    except (OSError, ValueError):
        pass
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    text = text.partition("%")[0]
    try:
        return socket.inet_pton(socket.AF_INET, text)
    except (OSError, ValueError):
        pass
    try:
        packed = socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        return b""
    if packed.startswith(_MAPPED):
        return packed[12:]
    if packed.startswith(_SIX_TO_FOUR):
        return packed[2:6]
    return packed


class Networks:
    """A set of CIDR ranges; `text in networks` for an address text. Raises ValueError for a malformed range."""

    def __init__(self, ranges: Iterable[str]) -> None:
        self._networks: list[Network] = [ipaddress.ip_network(text, strict=False) for text in ranges]

    def __bool__(self) -> bool:
        return bool(self._networks)

    def __contains__(self, text: str) -> bool:
        packed = pack(text)
        if not packed:
            return False
        address = ipaddress.ip_address(packed)
        return any(address in network for network in self._networks if network.version == address.version)


def client_address(peer: str, forwarded_for: Sequence[str], trusted: Networks) -> str:
    """The visitor's address: `peer`, or where that is a trusted proxy, the rightmost forwarded address that is none.

    `forwarded_for` holds the X-Forwarded-For values in the order received. An entry that is no address ends the walk.
    """
    if not trusted or peer not in trusted:
        return peer
    client = peer
    for entry in reversed([part for value in forwarded_for for part in value.split(",")]):
        if not pack(entry):
            break
        client = entry
        if client not in trusted:
            break
    return client


# Dotted quads, and hexadecimal groups between colons, wherever they stand: behind a letter, before a full stop. What is no
# address (a version, a time of day) is told apart afterwards.
_ADDRESS_TEXT = re.compile(
    r"(?:[0-9A-Fa-f]{0,4}:){2,8}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{1,4})?|(?<!\d)(?:\d{1,3}\.){3}\d{1,3}(?!\d)"
)
_truncate = Truncation()


def redact(text: str) -> str:
    """`text` with every complete address in it truncated: URLs and titles are visitors' input too."""
    if text.count(".") < 3 and text.count(":") < 2:
        return text
    return _ADDRESS_TEXT.sub(_redacted, text)


def _redacted(match: re.Match[str]) -> str:
    found = match[0]
    truncated = _truncate(found)
    if not truncated and found.count(":") >= 4:
        # No address as it stands, but long enough to hold one, or a hardware address: cut all the same.
        truncated = ":".join(found.split(":")[:3]) + "::"
    return truncated or found


def coarser(address: str) -> str:
    """A truncated address as its /16 (IPv4) or /32 (IPv6) class: what exempt measurement may keep (RULES.md E10)."""
    return _coarse(address)


_coarse = Truncation(16, 32)
