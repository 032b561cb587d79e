"""Password hashes: argon2id with the parameters of RFC 9106's second recommendation (64 MiB, three passes)."""

from __future__ import annotations

import secrets
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.errors import BadRequest, Unavailable

LEAST_LENGTH = 10
_GREATEST_LENGTH = 1024
# Each hash takes 64 MiB and about a core: a flood of log-ins must not take the gateway's memory.
_AT_ONCE = 2
_WAIT_SECONDS = 5.0
_RECOMMENDED = PasswordHasher()


class Passwords:
    """Hashes and verifies. Calls block for about a twentieth of a second; from async code run them in a thread."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or _RECOMMENDED
        self._places = threading.BoundedSemaphore(_AT_ONCE)
        self._nobody = _of_nobody(self._hasher)

    def hash(self, password: str) -> str:
        """The hash to store. Raises Unavailable when too many are being made."""
        self._enter()
        try:
            return self._hasher.hash(password)
        finally:
            self._places.release()

    def of_nobody(self) -> str:
        """A hash that no password belongs to, for a user who has yet to choose one."""
        return self.hash(secrets.token_hex(32))

    def verify(self, stored: str | None, password: str) -> bool:
        """True where `password` belongs to the `stored` hash.

        Without a stored hash (no such user) it takes the same time and is False, so that the time of an answer
        does not tell which names exist. Raises Unavailable when too many are being verified.
        """
        if len(password) > _GREATEST_LENGTH:
            stored, password = None, ""
        self._enter()
        try:
            self._hasher.verify(stored or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        finally:
            self._places.release()
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """True where `stored` was made with other parameters than those in use."""
        return self._hasher.check_needs_rehash(stored)

    def matches_setting(self, stored: str, given: str) -> bool:
        """True where the setting `given`, a password or a hash of one, is what `stored` was made from."""
        return stored == given if is_hash(given) else self.verify(stored, given)

    def of_setting(self, given: str) -> str:
        """The hash to store for a setting that is a password or, from `gateway hash-password`, a hash already."""
        return given if is_hash(given) else self.hash(given)

    def _enter(self) -> None:
        if not self._places.acquire(timeout=_WAIT_SECONDS):
            raise Unavailable("Too many log-ins at the same time. Try again in a moment.", retry_after=5)


def is_hash(value: str) -> bool:
    """True for what `Passwords.hash` makes."""
    return value.startswith("$argon2id$")


def check_new(password: str, where: str = "$.password") -> None:
    """Raises BadRequest for a password that is too short to be anybody's."""
    if len(password) < LEAST_LENGTH:
        raise BadRequest(f"A password has at least {LEAST_LENGTH} characters.", where)
    if len(password) > _GREATEST_LENGTH:
        raise BadRequest(f"A password has at most {_GREATEST_LENGTH} characters.", where)


@cache
def _of_nobody(hasher: PasswordHasher) -> str:
    """A hash, made once, that no password belongs to."""
    return hasher.hash(secrets.token_hex(16))
