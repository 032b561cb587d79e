"""What a visitor's request carries besides its body, parsed once at the edge into one frozen value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from gateway.privacy.cookies import read_cookies
from gateway.privacy.signals import GPC_HEADER, global_privacy_control

# Headers are cut before anything caches by them: memory must not be the visitors' to fill.
LONGEST_AGENT = 1024
LONGEST_URL = 8192
LONGEST_LABEL = 300

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?![a-z0-9-])", re.IGNORECASE)
_HINTS = (
    b"sec-ch-ua",
    b"sec-ch-ua-full-version-list",
    b"sec-ch-ua-mobile",
    b"sec-ch-ua-model",
    b"sec-ch-ua-platform",
    b"sec-ch-ua-platform-version",
)
_PURPOSES = (b"sec-purpose", b"purpose", b"x-moz")


class Visit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One HTTP request of a visitor. `address` is truncated; `cookies` are the gateway's own, unverified."""

    received: float  # seconds since the epoch
    address: str
    excluded: bool = False  # the full address, seen only by the edge, is among the excluded ranges
    country_hint: str = ""  # from a trusted proxy or CDN
    user_agent: str = ""
    accept_language: str = ""
    referer: str = ""
    origin: str = ""
    fetch_site: str = ""
    gpc: bool = False
    prefetch: bool = False
    hints: tuple[tuple[str, str], ...] = ()  # Client Hint headers by name, read only when identified
    content_type: str = ""
    content_length: int = -1
    cookies: dict[str, str] = {}

    @property
    def is_own(self) -> bool:
        """False where the browser says that somebody else's page sent it here: merely looking then changes nothing."""
        return self.fetch_site != "cross-site"

    @property
    def language(self) -> str:
        """The language the browser prefers, as "fr" or "fr-ca"."""
        return primary_language(self.accept_language)


def read_visit(
    headers: Sequence[tuple[bytes, bytes]], received: float, address: str, excluded: bool, country_hint: str
) -> Visit:
    """Parse the headers that matter. Never raises: bytes that are no text are replaced, unknown headers ignored."""
    found = dict(headers)
    if len(found) != len(headers):
        found = _merged(headers)
    get = found.get
    length = get(b"content-length", b"")
    cookie = get(b"cookie", b"").decode("latin-1")
    return Visit(
        received=received,
        address=address,
        excluded=excluded,
        country_hint=country_hint,
        user_agent=get(b"user-agent", b"")[:LONGEST_AGENT].decode("latin-1"),
        accept_language=get(b"accept-language", b"")[:LONGEST_LABEL].decode("latin-1"),
        referer=get(b"referer", b"")[:LONGEST_URL].decode("latin-1"),
        origin=get(b"origin", b"")[:LONGEST_LABEL].decode("latin-1"),
        fetch_site=get(b"sec-fetch-site", b"").decode("latin-1"),
        gpc=get(GPC_HEADER) == b"1",
        prefetch=not found.keys().isdisjoint(_PURPOSES) and any(is_prefetch(get(name, b"")) for name in _PURPOSES),
        hints=_hints(found) if b"sec-ch-ua" in found else (),
        content_type=get(b"content-type", b"").decode("latin-1"),
        content_length=int(length) if length.isdigit() and len(length) < 19 else -1,
        cookies=read_cookies(cookie) if cookie else {},
    )


def _hints(found: Mapping[bytes, bytes]) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode(), found[name][:LONGEST_LABEL].decode("latin-1")) for name in _HINTS if name in found)


def _merged(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by name where some come more than once: of most the first counts.

    HTTP/2 splits cookies; and any one Sec-GPC that says 1 counts (RULES.md C2).
    """
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name not in found or (name == GPC_HEADER and global_privacy_control((value,))):
            found[name] = value
        elif name == b"cookie":
            found[name] += b"; " + value
    return found


def is_prefetch(sec_purpose: bytes) -> bool:
    """True where the browser fetches ahead of a visit that may never come (Sec-Purpose, Fetch standard)."""
    return b"prefetch" in sec_purpose or b"prerender" in sec_purpose


def primary_language(accepted: str) -> str:
    """The first language tag of an Accept-Language value or a script's report, as "fr" or "fr-ca"; "" where there is none."""
    if not accepted:
        return ""
    match = _LANGUAGE.match(accepted)
    return match[0].lower() if match else ""
