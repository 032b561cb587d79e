"""The one source of time: passed in everywhere, so that tests and imports can freeze or move it."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    def timestamp(self) -> float:
        """Seconds since the Unix epoch."""
        ...

    def now(self) -> datetime:
        """The present, as an aware datetime in UTC."""
        ...


class SystemClock:
    def timestamp(self) -> float:
        return time.time()

    def now(self) -> datetime:
        return datetime.now(UTC)


class FrozenClock:
    """A clock that moves only when told to."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("FrozenClock needs an aware datetime")
        self._at = at.astimezone(UTC)

    def timestamp(self) -> float:
        return self._at.timestamp()

    def now(self) -> datetime:
        return self._at

    def move_to(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        self._at += by


def local_hour(at: float, zone: ZoneInfo) -> tuple[str, int]:
    """The local date (YYYY-MM-DD) and hour (0…23) at `at`, in seconds since the epoch."""
    return _local_hour(int(at // _QUARTER), zone)


# Since 1980 every zone's offset is a number of whole quarters of an hour, and changes at one: within a quarter nobody's date
# or hour does.
_QUARTER = 900


@lru_cache(maxsize=4096)
def _local_hour(quarter: int, zone: ZoneInfo) -> tuple[str, int]:
    local = datetime.fromtimestamp(quarter * _QUARTER, zone)
    return local.date().isoformat(), local.hour


def add_months(day: date, months: int) -> date:
    """The same day `months` calendar months later (or earlier), clamped to the month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("unreachable: every month has 28 days")


def add_months_to_instant(at: datetime, months: int) -> datetime:
    """The same instant of day `months` calendar months later, in the instant's own zone."""
    return datetime.combine(add_months(at.date(), months), at.timetz())
