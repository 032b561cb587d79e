"""The ledger's chain: each row carries the hash of the row before it, set when the journal commits it (RULES.md E7)."""

from __future__ import annotations

import hashlib

FIRST = "0" * 64


def seal(payload: bytes, chain: str, seq: int, prev: str) -> tuple[bytes, str]:
    """The row with its place in the chain, and its own hash. `payload` is a non-empty JSON object without those fields.

    hash = SHA-256(previous hash as hex ‖ payload), so a row cannot be altered, removed or moved unnoticed.
    """
    digest = link(payload, prev)
    place = f',"chain":"{chain}","seq":{seq},"prev":"{prev}","hash":"{digest}"}}'
    return payload[:-1] + place.encode(), digest


def link(payload: bytes, prev: str) -> str:
    """The hash of a row given the one before."""
    return hashlib.sha256(prev.encode() + payload).hexdigest()
