"""Times in answers: ISO 8601, UTC, whole seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


def iso_time(seconds: float) -> str:
    return _iso_time(int(seconds))


@lru_cache(maxsize=256)
def _iso_time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
