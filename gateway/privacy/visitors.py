"""Who a hit belongs to: hashes of 64 bits under keys that are replaced, so that no stored number outlives its purpose."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, time
from hashlib import blake2b
from threading import Lock

import sqlalchemy as sa

from gateway.clock import Clock, add_months
from gateway.privacy.cookies import Visitor
from gateway.state.database import State
from gateway.state.tables import site_keys

KEY_MONTHS = 12  # a key signs at most this long, so that an id hashed under it ends within 13 months
KEY_KEPT_MONTHS = 26  # a visitor born on a key's last day lives 13 months more


class SiteKeys:
    """The per-site keys under which visitor ids are hashed. The key of a visitor is the one current at its birth."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._lock = Lock()
        self._known: dict[int, list[tuple[str, bytes]]] = {}  # newest first
        self._renew_at: dict[int, float] = {}  # seconds since the epoch

    def current(self, site: int) -> bytes:
        """The key under which ids without a birth are hashed today."""
        return self._keys(site)[0][1]

    def at(self, site: int, born: int) -> bytes:
        """The key that was current at `born` (seconds since the epoch); the oldest kept where that is before all."""
        keys = self._keys(site)
        if len(keys) == 1:
            return keys[0][1]
        day = datetime.fromtimestamp(born, UTC).date().isoformat()
        for key_day, key in keys:
            if key_day <= day:
                return key
        return keys[-1][1]

    def hashes(self, site: int, visitor: Visitor) -> tuple[int, ...]:
        """Every number that a browser's rows may have: under each key that still exists, the newest first.

        One key is its own; but on the day of a new key, hits before and after it were hashed under different ones.
        """
        return tuple(visitor_hash(key, visitor.id) for _, key in self._keys(site))

    def destroy_old(self) -> int:
        """Destroy keys under which no living id was hashed; the number destroyed."""
        oldest = add_months(self._clock.now().date(), -KEY_KEPT_MONTHS).isoformat()
        with self._lock, self._state.begin() as connection:
            destroyed = connection.execute(sa.delete(site_keys).where(site_keys.c.born < oldest)).rowcount
        self._known.clear()
        return destroyed

    def _keys(self, site: int) -> list[tuple[str, bytes]]:
        now = self._clock.timestamp()
        known = self._known.get(site)
        if known is None or now >= self._renew_at.get(site, 0.0):
            known = self._renew(site, datetime.fromtimestamp(now, UTC).date())
        return known

    def _renew(self, site: int, today: date) -> list[tuple[str, bytes]]:
        of_site = sa.select(site_keys.c.born, site_keys.c.key).where(site_keys.c.site == site)
        with self._lock, self._state.begin() as connection:
            rows = connection.execute(of_site.order_by(site_keys.c.born.desc())).all()
            if not rows or date.fromisoformat(rows[0].born) <= add_months(today, -KEY_MONTHS):
                # The first worker of the day makes it; the others find its row under the same primary key.
                self._state.insert_or_ignore(
                    connection, site_keys, site=site, born=today.isoformat(), key=secrets.token_bytes(32)
                )
                rows = connection.execute(of_site.order_by(site_keys.c.born.desc())).all()
        known = [(row.born, bytes(row.key)) for row in rows]
        self._known[site] = known
        ends = add_months(date.fromisoformat(known[0][0]), KEY_MONTHS)
        self._renew_at[site] = datetime.combine(ends, time.min, UTC).timestamp()
        return known


def new_visitor(now: float) -> Visitor:
    """A visitor born now: 128 random bits, nothing derived from the device."""
    return Visitor(secrets.token_hex(16), int(now))


def visitor_hash(key: bytes, identifier: str) -> int:
    """64 bits, never 0 (0 means "none" in the table)."""
    return int.from_bytes(blake2b(identifier.encode(), key=key, digest_size=8).digest()) or 1


def day_fingerprint(salt: bytes, site: int, address: str, user_agent: str) -> int:
    """That day's fingerprint of a browser: hash of salt, site, truncated address and user agent; 64 bits, never 0."""
    return int.from_bytes(blake2b(f"{site}\0{address}\0{user_agent}".encode(), key=salt, digest_size=8).digest()) or 1


def hit_hash(site: int, client_id: str) -> int:
    """64 bits of the client's own id of a hit, so that a retry is stored under the same number."""
    return int.from_bytes(blake2b(f"{site}\0{client_id}".encode(), digest_size=8).digest())


def page_view_number(site: int, text: str) -> int:
    """64 bits for the client's own id of a page view; 0 where it sent none. Ours are 16 hexadecimal digits already."""
    if not text:
        return 0
    if len(text) <= 16 and text.isalnum():
        try:
            return int(text, 16)
        except ValueError:
            pass
    return hit_hash(site, text)
