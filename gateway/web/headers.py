"""Security headers on every answer; a page may set its own stricter ones first."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
)
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGES = (
    (b"content-security-policy", PAGE_POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
# What is no page has nothing to load where somebody opens it as one.
_OTHERS = (
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
)


class SecurityHeaders:
    """`hsts_seconds`: for how long browsers are to use https alone (RFC 6797); 0: nothing is said of it."""

    def __init__(self, app: ASGIApp, *, hsts_seconds: int = 0) -> None:
        self.app = app
        hsts = ((b"strict-transport-security", b"max-age=%d" % hsts_seconds),) if hsts_seconds else ()
        self._pages = (*_ALWAYS, *hsts, *PAGES)
        self._others = (*_ALWAYS, *hsts, *_OTHERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                present = {name for name, _ in headers}
                html = any(name == b"content-type" and value.startswith(b"text/html") for name, value in headers)
                framed = any(
                    name == b"content-security-policy"
                    and b"frame-ancestors" in value
                    and b"frame-ancestors 'none'" not in value
                    for name, value in headers
                )
                for header in self._pages if html else self._others:
                    # A page that says itself who may frame it is not denied to them by the older header.
                    if header[0] not in present and not (framed and header[0] == b"x-frame-options"):
                        headers.append(header)
                message = {**message, "headers": headers}
            await send(message)

        await self.app(scope, receive, adding)
