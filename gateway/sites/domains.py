"""Host names as sites declare them: their syntax, and who shares cookies with whom (publicsuffix.org)."""

from __future__ import annotations

import functools
import ipaddress
import re
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


@functools.cache
def _suffixes() -> PublicSuffixList:
    # 0.1 s to read, so only where asked for.
    return PublicSuffixList()


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return "%" not in host  # a zone makes sense on one machine only


def is_host(host: str) -> bool:
    """True for a host name in lower-case ASCII or an IP address, without port, brackets or final dot."""
    if is_address(host):
        return True
    labels = host.split(".")
    if labels[-1].isdigit():  # a mistyped address
        return False
    return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in labels)


def is_local(host: str) -> bool:
    """True where browsers take no Domain attribute: addresses, localhost and other names without a dot."""
    return is_address(host) or "." not in host or host.endswith(".localhost")


def is_public_suffix(host: str) -> bool:
    """True for "com", "co.uk", "github.io": names below which strangers register."""
    return bool(_suffixes().is_public(host))


def registrable(host: str) -> str:
    """The registrable domain ("example.co.uk"); the host itself where there is none (localhost, addresses)."""
    if is_address(host):
        return host
    return _suffixes().privatesuffix(host) or host


def suggestion(text: str) -> str:
    """What the writer of a wrong domain probably meant, or ""."""
    candidate = text.strip().lower()
    wildcard = "*." if candidate.startswith("*.") else ""
    try:
        parts = urlsplit(candidate if "//" in candidate else f"//{candidate.removeprefix('*.')}")
        host = (parts.hostname or "").strip(".").removeprefix("*.")
        host = host.encode("idna").decode() if not host.isascii() else host
    except (ValueError, UnicodeError):
        return ""
    return wildcard + host if host and is_host(host) else ""
