"""Bulk requests: `{"requests": ["?idsite=1&…" | {…} | null, …], "token_auth": "…"}`, whatever their content type says."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from gateway.errors import BadRequest, TooLarge


class Bulk(NamedTuple):
    """`elements` as they were sent, good or bad; `token` is "" where none came with them.

    `texts` says that the values of all objects are texts: parameters as they are.
    """

    elements: list[Any]
    token: str
    texts: bool


class _Texts(msgspec.Struct, frozen=True):
    """What nearly all clients send: texts only, which need no second look."""

    requests: list[dict[str, str] | str | None]
    token_auth: str = ""


class _Anything(msgspec.Struct, frozen=True):
    requests: list[Any]
    token_auth: Any = ""


_decode_texts = msgspec.json.Decoder(_Texts).decode
_decode = msgspec.json.Decoder(_Anything).decode


def is_bulk(body: bytes) -> bool:
    """matomo.js labels its queue as a form, so the body alone says what it is. A form would have encoded the quotes."""
    return b'"requests"' in body


def read_bulk(body: bytes, most: int) -> Bulk:
    """The elements of a bulk request. Raises BadRequest where it is none, TooLarge where it has more than `most`."""
    decoded: _Texts | _Anything
    try:
        try:
            decoded = _decode_texts(body)
        except msgspec.ValidationError:
            decoded = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        what, _, where = str(error).partition(" - at `")
        raise BadRequest(what, where.rstrip("`") or "$") from None
    if len(decoded.requests) > most:
        raise TooLarge(f"A bulk request may have {most} requests, this has {len(decoded.requests)}", "requests")
    token = decoded.token_auth if isinstance(decoded.token_auth, str) else ""
    return Bulk(decoded.requests, token, isinstance(decoded, _Texts))
