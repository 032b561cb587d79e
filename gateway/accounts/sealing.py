"""Encryption of what has to be read again: under keys derived from the signing keys, so that they rotate together."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Sealing:
    """Seals under the newest key, opens what any of them sealed. `keys`, newest first, are asked for when first needed.

    `purpose` keeps what one part sealed from being opened by another.
    """

    def __init__(self, keys: Callable[[], Sequence[bytes]], purpose: str) -> None:
        self._keys = keys
        self._purpose = purpose
        self._box: MultiFernet | None = None

    def seal(self, secret: bytes) -> bytes:
        return self._open_box().encrypt(secret)

    def open(self, sealed: bytes) -> bytes | None:
        """What was sealed; None where it is damaged or its key is gone."""
        try:
            return self._open_box().decrypt(sealed)
        except InvalidToken:
            return None

    def renew(self, sealed: bytes) -> bytes:
        """The same under the newest key, for keys that will be deleted one day."""
        return self._open_box().rotate(sealed)

    def _open_box(self) -> MultiFernet:
        if self._box is None:
            self._box = MultiFernet([Fernet(self._derived(key)) for key in self._keys()])
        return self._box

    def _derived(self, key: bytes) -> bytes:
        return base64.urlsafe_b64encode(HKDF(SHA256(), 32, salt=None, info=self._purpose.encode()).derive(key))
