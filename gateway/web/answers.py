"""Answers of the hot routes, written to ASGI directly; everything else uses Starlette's responses."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from starlette.types import Send

from gateway.errors import GatewayError

Headers = Sequence[tuple[bytes, bytes]]

JSON: tuple[bytes, bytes] = (b"content-type", b"application/json")
_NOSNIFF = (b"x-content-type-options", b"nosniff")
NO_STORE: tuple[bytes, bytes] = (b"cache-control", b"no-store")


async def answer(send: Send, status: int, body: bytes, headers: Headers) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, _NOSNIFF, (b"content-length", b"%d" % len(body))],
        }
    )
    await send({"type": "http.response.body", "body": body})


def error_body(error: GatewayError) -> bytes:
    """The JSON of an error: where and what (DESIGN.md, wire contracts)."""
    return msgspec.json.encode({"error": {"where": error.where, "what": error.what}})


def error_headers(error: GatewayError) -> list[tuple[bytes, bytes]]:
    headers = [JSON, NO_STORE]
    if error.retry_after is not None:
        headers.append((b"retry-after", str(error.retry_after).encode()))
    return headers
