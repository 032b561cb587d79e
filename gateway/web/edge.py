"""The outermost middleware: truncates the client's address and lets only known headers through.

Behind it nothing can obtain the full address: `scope["client"]` holds the truncated one, forwarding headers are gone, and
since a client or proxy may put an address into any header, what is not on the list below is gone too. What needs the full
address (the trusted proxies, the excluded ranges) is decided here and leaves as a boolean.
"""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.privacy.addresses import Networks, Truncation, client_address
from gateway.settings import Settings
from gateway.web.door import Door

ADDRESS = "gateway.address"  # truncated, "" where unknown
EXCLUDED = "gateway.excluded"  # True where the address is among privacy.excluded
COUNTRY = "gateway.country"  # from a trusted proxy's country header, "" where there is none

PASSED = frozenset(
    b"accept accept-encoding accept-language access-control-request-headers access-control-request-method authorization"
    b" cache-control connection content-encoding content-length content-type cookie dnt host if-modified-since if-none-match"
    b" last-event-id origin priority purpose range referer sec-ch-ua sec-ch-ua-full-version-list sec-ch-ua-mobile"
    b" sec-ch-ua-model sec-ch-ua-platform sec-ch-ua-platform-version sec-fetch-dest sec-fetch-mode sec-fetch-site"
    b" sec-fetch-user sec-gpc sec-purpose transfer-encoding upgrade-insecure-requests user-agent x-csrf-token x-moz"
    b" x-requested-with".split()
)

_COUNTRY = re.compile(rb"[A-Z]{2}")
_NOT_COUNTRIES = frozenset({b"XX", b"T1"})  # how CDNs say "unknown" and "Tor"


class Edge:
    def __init__(self, app: ASGIApp, settings: Settings, door: Door | None = None) -> None:
        self.app = app
        self.door = door  # for the server (protocol.py)
        self._truncate = Truncation(settings.privacy.ipv4_prefix, settings.privacy.ipv6_prefix)
        self._trusted = Networks(settings.proxy.trusted)
        self._excluded = Networks(settings.privacy.excluded)
        self._country_header = settings.proxy.country_header.lower().encode()
        self._trusts, self._excludes = bool(self._trusted), bool(self._excluded)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._truncate_in(scope)
        await self.app(scope, receive, send)

    def _truncate_in(self, scope: Scope) -> None:
        client = scope.get("client")
        full = client[0] if client else ""
        country = ""
        headers = scope["headers"]
        if self._trusts:
            peer_is_trusted = full in self._trusted
            full = client_address(
                full, [v.decode("latin-1") for n, v in headers if n == b"x-forwarded-for"], self._trusted
            )
            if peer_is_trusted and self._country_header:
                country = _country([v for n, v in headers if n == self._country_header])
        address = self._truncate(full)
        # In place: nobody outside keeps this scope, and a copy of it is not free on the path of every hit.
        scope["client"] = (address, 0)
        scope["headers"] = [header for header in headers if header[0] in PASSED]
        scope[ADDRESS] = address
        scope[EXCLUDED] = self._excludes and full in self._excluded
        scope[COUNTRY] = country


def _country(values: list[bytes]) -> str:
    value = values[-1].strip().upper() if values else b""
    return value.decode() if _COUNTRY.fullmatch(value) and value not in _NOT_COUNTRIES else ""
