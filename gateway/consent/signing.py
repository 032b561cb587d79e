"""The key that signs what the ledger says about itself: checkpoints of what was pruned, and heads (Ed25519, RFC 8032).

Unlike the cookies' keys it is not secret from everybody: whoever has the public half can check the published heads.
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class LedgerKeys:
    """`seeds` are 32 bytes each, the newest first; the newest signs, every one verifies."""

    def __init__(self, seeds: Sequence[bytes]) -> None:
        private = [Ed25519PrivateKey.from_private_bytes(seed) for seed in seeds]
        self._newest = private[0]
        self._public = {_text(key.public_key()): key.public_key() for key in private}
        self.public = _text(self._newest.public_key())

    def sign(self, message: bytes) -> str:
        """128 hexadecimal digits."""
        return self._newest.sign(message).hex()

    def verifies(self, public: str, message: bytes, signature: str) -> bool:
        """True where one of these keys, the one named, signed exactly this."""
        key = self._public.get(public)
        try:
            if key is None:
                return False
            key.verify(bytes.fromhex(signature), message)
        except (InvalidSignature, ValueError):
            return False
        return True


def _text(key: Ed25519PublicKey) -> str:
    return key.public_bytes_raw().hex()
