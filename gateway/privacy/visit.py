"""What a visitor's request carries besides its body, parsed once at the edge into one frozen value."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from gateway.privacy.cookies import read_cookies
from gateway.privacy.signals import GPC_HEADER, global_privacy_control

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?![a-z0-9-])", re.IGNORECASE)
_PURPOSES = (b"sec-purpose", b"purpose", b"x-moz")


class Visit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One HTTP request of a visitor. `address` is truncated; `cookies` are the gateway's own, unverified."""

    received: float  # seconds since the epoch
    address: str
    excluded: bool = False  # the full address, seen only by the edge, is among the excluded ranges
    country_hint: str = ""  # from a trusted proxy or CDN
    user_agent: str = ""
    language: str = ""
    referer: str = ""
    origin: str = ""
    fetch_site: str = ""
    gpc: bool = False
    prefetch: bool = False
    content_type: str = ""
    content_length: int = -1
    cookies: dict[str, str] = {}


def read_visit(
    headers: Iterable[tuple[bytes, bytes]], received: float, address: str, excluded: bool, country_hint: str
) -> Visit:
    """Parse the headers that matter. Never raises: bytes that are no text are replaced, unknown headers ignored."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in found:
            # HTTP/2 splits cookies; any one Sec-GPC counts (RULES.md C2). Of the others the first is taken.
            if name == b"cookie":
                found[name] += b"; " + value
            elif name == GPC_HEADER and global_privacy_control((value,)):
                found[name] = value
            continue
        found[name] = value
    length = found.get(b"content-length", b"")
    cookie = _text(found, b"cookie")
    return Visit(
        received=received,
        address=address,
        excluded=excluded,
        country_hint=country_hint,
        user_agent=_text(found, b"user-agent"),
        language=primary_language(_text(found, b"accept-language")),
        referer=_text(found, b"referer"),
        origin=_text(found, b"origin"),
        fetch_site=_text(found, b"sec-fetch-site"),
        gpc=GPC_HEADER in found and global_privacy_control((found[GPC_HEADER],)),
        prefetch=any(is_prefetch(found[name]) for name in _PURPOSES if name in found),
        content_type=_text(found, b"content-type"),
        content_length=int(length) if length.isdigit() and len(length) < 19 else -1,
        cookies=read_cookies(cookie) if cookie else {},
    )


def _text(found: dict[bytes, bytes], name: bytes) -> str:
    return found[name].decode("latin-1") if name in found else ""


def is_prefetch(sec_purpose: bytes) -> bool:
    """True where the browser fetches ahead of a visit that may never come (Sec-Purpose, Fetch standard)."""
    return b"prefetch" in sec_purpose or b"prerender" in sec_purpose


def primary_language(accepted: str) -> str:
    """The first language tag of an Accept-Language value or a script's report, as "fr" or "fr-ca"; "" where there is none."""
    match = _LANGUAGE.match(accepted)
    return match[0].lower() if match else ""
