"""Bulk requests: `{"requests": ["?idsite=1&…" | {…} | null, …], "token_auth": "…"}`, whatever their content type says."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from gateway.errors import BadRequest, TooLarge


class Bulk(NamedTuple):
    """`elements` as they were sent, good or bad; `token` is "" where none came with them."""

    elements: list[Any]
    token: str


class _Body(msgspec.Struct, frozen=True):
    requests: list[Any]
    token_auth: Any = ""


_decode = msgspec.json.Decoder(_Body).decode


def is_bulk(body: bytes) -> bool:
    """matomo.js labels its queue as a form, so the body alone says what it is. A form would have encoded the quotes."""
    return b'"requests"' in body


def read_bulk(body: bytes, most: int) -> Bulk:
    """The elements of a bulk request. Raises BadRequest where it is none, TooLarge where it has more than `most`."""
    try:
        decoded = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        what, _, where = str(error).partition(" - at `")
        raise BadRequest(what, where.rstrip("`") or "$") from None
    if len(decoded.requests) > most:
        raise TooLarge(f"A bulk request may have {most} requests, this has {len(decoded.requests)}", "requests")
    return Bulk(decoded.requests, decoded.token_auth if isinstance(decoded.token_auth, str) else "")
