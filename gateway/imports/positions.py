"""How far each file was read, told by how the file begins: whatever it is called, compressed or not, and however it has grown."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import NamedTuple

import sqlalchemy as sa

from gateway.clock import Clock
from gateway.privacy.addresses import redact
from gateway.state.database import State
from gateway.state.imports import imports as table

HEAD = 65_536  # bytes of a file that tell it from others


class Position(NamedTuple):
    """Everything before `position` is taken. Reading begins at `back`, which has `line` lines before it."""

    position: int = 0
    back: int = 0
    line: int = 0


START = Position()


class Fingerprint(NamedTuple):
    """How a file begins: a hash of its first `length` bytes."""

    head: str
    length: int


def fingerprint(head: bytes, length: int = HEAD) -> Fingerprint:
    """Of a file of which `head` is the beginning. Addresses are truncated first: the hash gives none away."""
    part = head[:length]
    told = redact(part.decode("latin-1")).encode("latin-1")
    return Fingerprint(blake2b(told, digest_size=20).hexdigest(), len(part))


class Positions:
    """Of one site's files. Calls block on the state database. Raises DBAPIError."""

    def __init__(self, state: State, clock: Clock, site: int) -> None:
        self._state = state
        self._clock = clock
        self._site = site

    def find(self, head: bytes) -> Position:
        """How far the file that begins with `head` (HEAD bytes, or all it has) was read; START where it is new."""
        of_site = sa.select(table).where(table.c.site == self._site).where(table.c.length <= len(head))
        with self._state.begin() as connection:
            rows = connection.execute(of_site).all()
        heads = {length: fingerprint(head, length).head for length in {row.length for row in rows}}
        found = [Position(row.position, row.back, row.line) for row in rows if heads[row.length] == row.head]
        return max(found, default=START)

    def exact(self, head: str) -> int:
        """How many entries of an export with this very fingerprint are taken."""
        query = sa.select(table.c.position).where(table.c.site == self._site).where(table.c.head == head)
        with self._state.begin() as connection:
            return int(connection.execute(query).scalar() or 0)

    def save(self, positions: Mapping[Fingerprint, Position]) -> None:
        """All of them or none; on disk on return."""
        now = self._clock.timestamp()
        with self._state.begin() as connection:
            for (head, length), at in positions.items():
                connection.execute(sa.delete(table).where(table.c.site == self._site).where(table.c.head == head))
                connection.execute(
                    sa.insert(table).values(site=self._site, head=head, length=length, at=now, **at._asdict())
                )
