"""Tokens by which a page says which customer is logged in: made for the site's server, sent along by the script.

A token is signed under the gateway's signing keys with a salt of its own, names a keyed hash and never the customer's id,
holds for one site, and ends after an hour at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NamedTuple

import msgspec
from itsdangerous import BadData
from msgspec import Meta

from gateway.clock import Clock
from gateway.consent.timed import timed_serializer
from gateway.errors import Forbidden

MOST_SECONDS = 3600
LONGEST = 400  # characters

_Contents = tuple[int, Annotated[str, Meta(pattern="^[0-9a-f]{64}$")], Annotated[int, Meta(ge=1, le=MOST_SECONDS)]]


class SubjectToken(NamedTuple):
    """`subject` is the keyed hash; the times are in seconds since the epoch, and at `ends` it is over."""

    subject: bytes
    made: int
    ends: int


class SubjectTokens:
    """Makes and reads tokens. `keys` are the signing keys, newest first."""

    def __init__(self, keys: Sequence[bytes], clock: Clock) -> None:
        self._serializer = timed_serializer(keys, "gateway subject", clock)
        self._now = clock.timestamp

    def token(self, site: int, subject: bytes, seconds: int = MOST_SECONDS) -> tuple[str, int]:
        """A token, and when it ends."""
        return str(self._serializer.dumps((site, subject.hex(), seconds))), int(self._now()) + seconds

    def read(self, token: str, site: int, where: str = "subject") -> SubjectToken | None:
        """None where its time is over. Raises Forbidden for what is forged, or for another site."""
        try:
            if len(token) > LONGEST:
                raise BadData("too long")
            given, signed = self._serializer.loads(token, return_timestamp=True)
            of_site, subject, seconds = msgspec.convert(given, _Contents)
        except (BadData, msgspec.ValidationError):
            raise Forbidden("This is no token of this gateway's for a logged-in customer", where) from None
        if of_site != site:
            raise Forbidden("This token is for another site", where)
        made = int(signed.timestamp())
        return SubjectToken(bytes.fromhex(subject), made, made + seconds) if self._now() < made + seconds else None
