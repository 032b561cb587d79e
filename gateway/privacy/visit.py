"""What a visitor's request carries besides its body, parsed once at the edge into one frozen value."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from gateway.privacy.cookies import read_cookies
from gateway.privacy.signals import GPC_HEADER, global_privacy_control

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?![a-z0-9-])", re.IGNORECASE)


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
    user_agent = language = referer = origin = fetch_site = cookie = content_type = ""
    content_length = -1
    gpc_values: list[bytes] = []
    prefetch = False
    for name, value in headers:
        if name == b"user-agent":
            user_agent = value.decode("latin-1")
        elif name == b"cookie":
            cookie = f"{cookie}; {value.decode('latin-1')}" if cookie else value.decode("latin-1")
        elif name == b"accept-language":
            language = primary_language(value.decode("latin-1"))
        elif name == b"referer":
            referer = value.decode("latin-1")
        elif name == b"origin":
            origin = value.decode("latin-1")
        elif name == b"sec-fetch-site":
            fetch_site = value.decode("latin-1")
        elif name == GPC_HEADER:
            gpc_values.append(value)
        elif name == b"content-type":
            content_type = value.decode("latin-1")
        elif name == b"content-length":
            content_length = int(value) if value.isdigit() and len(value) < 19 else -1
        elif name in (b"sec-purpose", b"purpose", b"x-moz"):
            prefetch = prefetch or is_prefetch(value)
    return Visit(
        received=received,
        address=address,
        excluded=excluded,
        country_hint=country_hint,
        user_agent=user_agent,
        language=language,
        referer=referer,
        origin=origin,
        fetch_site=fetch_site,
        gpc=bool(gpc_values) and global_privacy_control(gpc_values),
        prefetch=prefetch,
        content_type=content_type,
        content_length=content_length,
        cookies=read_cookies(cookie) if cookie else {},
    )


def is_prefetch(sec_purpose: bytes) -> bool:
    """True where the browser fetches ahead of a visit that may never come (Sec-Purpose, Fetch standard)."""
    return b"prefetch" in sec_purpose or b"prerender" in sec_purpose


def primary_language(accepted: str) -> str:
    """The first language tag of an Accept-Language value or a script's report, as "fr" or "fr-ca"; "" where there is none."""
    match = _LANGUAGE.match(accepted)
    return match[0].lower() if match else ""
