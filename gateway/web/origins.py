"""Which other origins may call: a site's own, and nobody else (Fetch standard, CORS protocol)."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from gateway.errors import BadRequest, Forbidden
from gateway.privacy.visit import Visit
from gateway.sites.catalog import Catalog, ServedSite

# An origin without user, and a path of printable ASCII without the backslash that browsers read as a slash.
_PAGE = re.compile(r"(https?://[A-Za-z0-9.:\[\]_-]+)(?:[/?#][\x21-\x5b\x5d-\x7e]*)?")
_LONGEST_PAGE = 2000

_ALLOWED_METHODS = b"GET, POST, PUT, DELETE, OPTIONS"


@lru_cache(maxsize=1024)
def origin_host(origin: str) -> str:
    """The host of an Origin value, lower case; "" for "null" and for what is no http(s) origin."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in ("http", "https") else ""


class Origins:
    def __init__(self, catalog: Catalog, base_url: str) -> None:
        self._catalog = catalog
        parts = urlsplit(base_url)
        self._of = lru_cache(maxsize=1024)(self._headers)
        self._own = f"{parts.scheme}://{parts.netloc}"
        self._secure = parts.scheme == "https"

    def allows(self, origin: str, site: ServedSite) -> bool:
        if origin == self._own:
            return True
        # An http page of the same host may have been written by anyone on the way.
        return site.owns_host(origin_host(origin)) and (not self._secure or origin.startswith("https:"))

    def headers(self, visit: Visit, site: ServedSite | None) -> list[tuple[bytes, bytes]]:
        """CORS headers of an answer about `site`: its own origins with credentials, no other origin at all."""
        return list(self._of(visit.origin, site)) if visit.origin else []

    def _headers(self, origin: str, site: ServedSite | None) -> tuple[tuple[bytes, bytes], ...]:
        vary = (b"vary", b"Origin")
        if site is None or not self.allows(origin, site):
            return (vary,)
        return (
            vary,
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-allow-credentials", b"true"),
        )

    def preflight(self, origin: str) -> list[tuple[bytes, bytes]]:
        """Answer to OPTIONS, which names no site: any served site's origin may go on and be checked for its own."""
        vary = (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
        host = origin_host(origin)
        if not host or not any(self.allows(origin, site) for site in self._catalog):
            return [vary]
        return [
            vary,
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-allow-methods", _ALLOWED_METHODS),
            (b"access-control-allow-headers", b"content-type"),
            (b"access-control-max-age", b"7200"),
        ]

    def page(self, url: str, site: ServedSite, where: str) -> str:
        """`url` where it is a page of the site's own hosts: an open redirect would serve phishing. Raises BadRequest."""
        found = _PAGE.fullmatch(url) if len(url) <= _LONGEST_PAGE else None
        if found is None or not site.owns_host(origin_host(found[1])) or not self.allows(found[1], site):
            raise BadRequest("This address is no page of the site's own", where)
        return url

    def require_own(self, visit: Visit, site: ServedSite) -> None:
        """Refuse a state change asked for by somebody else's page. Raises Forbidden.

        Clients that are no browser send neither header and carry nobody's cookies but their own.
        """
        if visit.fetch_site == "cross-site":
            raise Forbidden("Cross-site requests may not change a choice", "Sec-Fetch-Site")
        if visit.origin and not self.allows(visit.origin, site):
            raise Forbidden("This origin is not one of the site's domains", "Origin")
