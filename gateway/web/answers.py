"""Answers of the hot routes, written to ASGI directly; everything else uses Starlette's responses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from starlette.types import Send

from gateway.errors import GatewayError

Header = tuple[bytes, bytes]

JSON: tuple[bytes, bytes] = (b"content-type", b"application/json")
NOSNIFF: tuple[bytes, bytes] = (b"x-content-type-options", b"nosniff")
NO_STORE: tuple[bytes, bytes] = (b"cache-control", b"no-store")


async def answer(
    send: Send, status: int, body: bytes, headers: Iterable[Header] = (), cookies: Sequence[str] = ()
) -> None:
    """`cookies` are values of Set-Cookie. In one write where the server can (protocol.py), else as ASGI's two messages."""
    listed = (*headers, NOSNIFF)
    whole = getattr(send, "whole", None)
    if whole is not None and whole(status, listed, cookies, body):
        return
    sent = [*listed, *((b"set-cookie", cookie.encode()) for cookie in cookies)]
    if status != 204:  # which has no length, not even 0 (RFC 9110 § 8.6)
        sent.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body})


def error_body(error: GatewayError) -> bytes:
    """The JSON of an error: where and what (DESIGN.md, wire contracts)."""
    return msgspec.json.encode({"error": {"where": error.where, "what": error.what}})


def error_headers(error: GatewayError) -> list[Header]:
    headers = [JSON, NO_STORE]
    if error.retry_after is not None:
        headers.append((b"retry-after", str(error.retry_after).encode()))
    return headers
