"""What keeps one network from filling the ledger, whose rows are kept for years.

A truncated address writes so many rows a minute for a site. Past that an answer with a yes has to wait; a no always holds,
in the browser's own cookie, and only its row is left out and counted. What takes an earlier yes back is counted by that yes
instead of the address: nobody can crowd somebody else's withdrawal out. A signal that keeps coming from a browser without
cookies is one row a day. All of it is kept in memory, bounded, and nowhere else.
"""

from __future__ import annotations

import math
import secrets
from collections import OrderedDict
from collections.abc import Hashable
from hashlib import blake2b

from gateway.privacy.visit import Visit

MOST_KEYS = 50_000
DAY = 86_400.0


class Flood:
    """`per_minute` rows a minute under one key, as many at once; 0: no limit."""

    def __init__(self, per_minute: int) -> None:
        self._most = float(per_minute)
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()  # key → rows left, as of when

    def wait(self, key: Hashable, now: float, cost: int = 1) -> int:
        """Seconds until the next row under this key may be written; 0: now, and it is counted.

        `cost` is how many rows it stands for: more of them than are left are let through once, and waited for afterwards.
        """
        if not self._most:
            return 0
        left, since = self._buckets.pop(key, (self._most, now))
        left = min(self._most, left + max(0.0, now - since) * self._most / 60)
        admitted = left >= 1
        self._buckets[key] = (left - cost if admitted else left, now)
        if len(self._buckets) > MOST_KEYS:
            self._buckets.popitem(last=False)
        return 0 if admitted else math.ceil((1 - left) * 60 / self._most)


class Signals:
    """Browsers whose Global Privacy Control was written down within a day, as hashes under a key of this process alone."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._seen: OrderedDict[bytes, float] = OrderedDict()

    def is_new(self, site: int, visit: Visit) -> bool:
        """True once a day; whoever calls writes the row."""
        whose = self._whose(site, visit)
        seen = self._seen.get(whose)
        if seen is not None and 0 <= visit.received - seen < DAY:
            return False
        self._seen[whose] = visit.received
        self._seen.move_to_end(whose)
        if len(self._seen) > MOST_KEYS:
            self._seen.popitem(last=False)
        return True

    def forget(self, site: int, visit: Visit) -> None:
        """The visitor opted in again, or the row could not be written: the next signal is a new one."""
        self._seen.pop(self._whose(site, visit), None)

    def _whose(self, site: int, visit: Visit) -> bytes:
        return blake2b(f"{site}\0{visit.address}\0{visit.user_agent}".encode(), key=self._key, digest_size=16).digest()
