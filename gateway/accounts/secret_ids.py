"""Random identifiers that are secrets: handed out once, kept only as their SHA-256.

A fast hash is enough: with 256 random bits there is nothing to guess, unlike with a password.
"""

from __future__ import annotations

import hashlib
import re
import secrets

_ID = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def new_id() -> str:
    """256 random bits, URL-safe, 43 characters."""
    return secrets.token_urlsafe(32)


def is_id(value: str) -> bool:
    """Whether new_id() could have made it: nobody need look for what it could not."""
    return _ID.fullmatch(value) is not None


def digest(value: str) -> bytes:
    """What is stored in place of `value`: 32 bytes."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()
