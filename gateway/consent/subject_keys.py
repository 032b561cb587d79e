"""The only form in which a customer's id is kept: HMAC-SHA-256 (RFC 2104) under a key of the site's own.

The key lives in the state database, is given to nobody and never replaced: who has a copy of the hashes alone can link them
to no id, and two sites never share a hash.
"""

from __future__ import annotations

import hmac
import secrets

import sqlalchemy as sa

from gateway.errors import BadRequest
from gateway.state.database import State
from gateway.state.subjects import subject_keys

LONGEST_ID = 200  # characters


class SubjectKeys:
    """`hashed(site, id)`; the first use of a site makes its key. Blocks on the state database once a site."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._known: dict[int, bytes] = {}

    def hashed(self, site: int, identifier: str) -> bytes:
        """32 bytes. Raises BadRequest, without a word of the id, for one that cannot be told from others."""
        if not identifier or len(identifier) > LONGEST_ID:
            raise BadRequest(f"A customer's id has 1 to {LONGEST_ID} characters", "id")
        if "\ufffd" in identifier or any(ord(letter) < 32 or ord(letter) == 127 for letter in identifier):
            raise BadRequest("A customer's id is text in UTF-8, percent-encoded, without control characters", "id")
        if identifier in (".", ".."):
            raise BadRequest("Proxies take this id for a path; choose another", "id")
        return hmac.digest(self._key(site), identifier.encode(), "sha256")

    def _key(self, site: int) -> bytes:
        known = self._known.get(site)
        if known is None:
            with self._state.begin() as connection:
                # The first worker makes it; the others find its row under the same primary key.
                self._state.insert_or_ignore(connection, subject_keys, site=site, key=secrets.token_bytes(32))
                known = bytes(
                    connection.execute(sa.select(subject_keys.c.key).where(subject_keys.c.site == site)).scalar_one()
                )
            self._known[site] = known
        return known
