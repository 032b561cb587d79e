"""When a table may be tried again: exponential, with jitter, without end."""

from __future__ import annotations

import time
from secrets import SystemRandom

FIRST = 0.25  # seconds


class Backoff:
    """The waits of all tables of one warehouse."""

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._random = SystemRandom()
        self._failures: dict[str, int] = {}
        self._until: dict[str, float] = {}

    def ready(self, table: str) -> bool:
        return time.monotonic() >= self._until.get(table, 0.0)

    def failed(self, table: str) -> float:
        """Notes a failure; answers the seconds to wait. Jitter keeps many workers from coming back at the same moment."""
        failures = self._failures[table] = self._failures.get(table, 0) + 1
        wait = min(self._longest, FIRST * 2.0 ** min(failures, 30)) * self._random.uniform(0.5, 1.0)
        self._until[table] = time.monotonic() + wait
        return wait

    def succeeded(self, table: str) -> None:
        self._failures.pop(table, None)
        self._until.pop(table, None)

    def failing(self) -> bool:
        """Whether any table's last try failed."""
        return bool(self._failures)

    def hurry(self) -> None:
        """Lets every table be tried at once; the count of failures stays."""
        self._until.clear()

    def next(self) -> float:
        """Seconds until the first waiting table may be tried; infinite where none waits."""
        return max(0.0, min(self._until.values(), default=float("inf")) - time.monotonic())
