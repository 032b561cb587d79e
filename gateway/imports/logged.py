"""One request as a web server logged it, whichever the format."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

from gateway.imports.entry import Unreadable


class Address(NamedTuple):
    """A client's address as far as anything may know it."""

    truncated: str
    excluded: bool


ReadAddress = Callable[[str], Address]


class Logged(NamedTuple):
    """`at` in seconds since the epoch; texts are "" where the log does not say."""

    address: Address
    at: float
    method: str
    target: str  # as requested: a path with its query, or a whole URL
    status: int
    host: str = ""  # with its port where the log has it
    referrer: str = ""
    user_agent: str = ""
    language: str = ""
    gpc: bool = False
    prefetch: bool = False


_MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_TIME = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)", re.ASCII)


@lru_cache(maxsize=4096)
def common_time(text: str) -> float:
    """`22/Nov/2026:10:30:00 +0100`, the time of the Common Log Format. Raises Unreadable."""
    found = _TIME.fullmatch(text)
    if found is None or found[2] not in _MONTHS:
        raise Unreadable("the time is none")
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    zone = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    try:
        return datetime(
            int(year), _MONTHS[month], int(day), int(hour), int(minute), min(int(second), 59), tzinfo=timezone(zone)
        ).timestamp()
    except (ValueError, OverflowError):
        raise Unreadable("the time is none") from None


@lru_cache(maxsize=4096)
def iso_time(text: str) -> float:
    """ISO 8601, in UTC where it names no zone. Raises Unreadable."""
    try:
        named = datetime.fromisoformat(text)
        return (named if named.tzinfo else named.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise Unreadable("the time is none") from None


def request_line(text: str) -> tuple[str, str]:
    """Method and target of `GET /path HTTP/1.1`. Raises Unreadable: scanners send anything."""
    method, _, rest = text.partition(" ")
    target, _, version = rest.rpartition(" ")
    if not target or not version.startswith("HTTP/") or not method.isalpha():
        raise Unreadable("the request is none of HTTP")
    return method, target


def status_code(text: str) -> int:
    """Raises Unreadable."""
    if len(text) == 3 and text.isascii() and text.isdigit():
        return int(text)
    raise Unreadable("the status is none")
