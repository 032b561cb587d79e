"""Signatures of the Standard Webhooks specification (standardwebhooks.com), which receivers have libraries for."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping


def headers(secret: str, message: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """The headers that let the receiver know that we said this, when, and whether it heard it before."""
    signed = f"{message}.{timestamp}.".encode() + body
    digest = base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{digest}",
    }
