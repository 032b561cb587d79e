"""Content codings: which of those an answer has does a client like best (RFC 9110 § 12.5.3)."""

from __future__ import annotations

import gzip
from collections.abc import Iterable

import brotli

IDENTITY = "identity"
CODINGS = ("br", "gzip")  # best first


def preferred(accepted: str, offered: Iterable[str] = CODINGS) -> str:
    """The offered coding with the highest weight in an Accept-Encoding value; of equals the first; else IDENTITY.

    A coding is used only where it is named or `*` stands for it. What is malformed counts as weight 0.
    """
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if name:
            weights[name] = min((_weight(parameter) for parameter in parameters), default=1.0)
    best, highest = IDENTITY, 0.0
    for coding in offered:
        weight = weights.get(coding, weights.get("*", 0.0))
        if weight > highest:
            best, highest = coding, weight
    return best if highest >= weights.get(IDENTITY, 0.0) else IDENTITY


def encode(body: bytes, coding: str, *, best: bool) -> bytes:
    """`body` in that coding. `best`: as small as can be, for what is kept; else quickly, for what is made per request."""
    if coding == "br":
        return bytes(brotli.compress(body, quality=11 if best else 4))
    if coding == "gzip":
        return gzip.compress(body, compresslevel=9 if best else 5, mtime=0)
    return body


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
