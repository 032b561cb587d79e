"""Refuses state changes that another site made the browser send.

Two independent checks: what the browser says about the request's origin (Fetch Metadata, Origin; see OWASP's
Cross-Site Request Forgery Prevention), and a token in the form that only our own page could know.
The token is derived from a secret cookie, so it needs no storage and ends with its session.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.requests import Request

from gateway.errors import Forbidden

FIELD = "csrf"


def token(secret: str) -> str:
    """The token for forms of the browser whose HttpOnly cookie holds `secret` (a session id or a pre-session id)."""
    return hmac.new(secret.encode("utf-8", "surrogatepass"), b"csrf", hashlib.sha256).hexdigest()


def require_token(secret: str | None, given: object) -> None:
    """Raises Forbidden unless `given` is the token that belongs to `secret`."""
    if not secret or not isinstance(given, str) or not hmac.compare_digest(token(secret).encode(), given.encode()):
        raise Forbidden("This form is out of date. Reload the page and try again.", "$.csrf")


def require_own_origin(request: Request, base_url: str) -> None:
    """Raises Forbidden where the browser says that the request does not come from the gateway's own pages.

    A client that says nothing (not a browser) passes; the token stops it.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        raise Forbidden("This request comes from another website.", "$.headers.sec-fetch-site")
    origin = request.headers.get("origin")
    if origin is None or (origin == "null" and site == "same-origin"):
        # "null" is what a page under `Referrer-Policy: no-referrer` sends even to itself.
        return
    if origin != origin_of(base_url):
        raise Forbidden(f"Open the dashboard at {base_url}; this page was opened elsewhere.", "$.headers.origin")


def origin_of(url: str) -> str:
    """Scheme, host and port of `url`, as browsers write an Origin header."""
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, default) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
