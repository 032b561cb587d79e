"""Bots by rate: more hits in a minute from one network and user agent than people make.

Counted on the truncated address, so that a whole /24 shares a count with whoever has the same browser: the limit is generous, and
nobody is singled out by it. Addresses of local networks are not counted: behind a proxy that is not among `proxy.trusted`
they are everybody's.
"""

from __future__ import annotations

from gateway.enrich.geo import is_local

WINDOW = 60.0  # seconds
MOST = 20_000  # keys counted at once, about 3 MB; who comes later in that minute is not counted


class Rates:
    """Counts of the minute that runs, per process. `limit` hits in it are allowed; 0 allows any number."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._window = 0
        self._counts: dict[int, int] = {}

    def exceeded(self, address: str, user_agent: str, now: float) -> bool:
        """Count a hit at `now` (seconds since the epoch); whether it is one too many."""
        if not address or is_local(address):
            return False
        return self.exceeded_by(hash((address, user_agent)), now)

    def exceeded_by(self, key: int, now: float) -> bool:
        """The same for whoever `key` stands for."""
        if not self._limit:
            return False
        window = int(now // WINDOW)
        if window != self._window:
            self._window = window
            self._counts = {}
        count = self._counts.get(key, 0) + 1
        if count == 1 and len(self._counts) >= MOST:
            return False
        self._counts[key] = count
        return count > self._limit
