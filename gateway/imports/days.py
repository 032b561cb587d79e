"""Rows on their way into the warehouse, day by day, so that an import may be killed at any moment and go on.

A day's rows are stored in batches as they come. Once time has moved past it, its figures are made, together with those of
other days; only then is it noted how far the files were read, namely to where the oldest day began that is not done. What
was stored of such a day is read again after a crash and makes the same rows under the same ids, which count once.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from typing import Protocol
from zoneinfo import ZoneInfo

from gateway.imports.positions import Fingerprint, Position
from gateway.imports.store import MOST_ROWS, MOST_TEXT, pack

SLACK = 3600.0  # seconds: servers log a request when it ends, or when it began
DAYS_AT_ONCE = 31
ROWS_AT_ONCE = 500_000

Marks = dict[Fingerprint, Position]


class Storing(Protocol):
    """Where rows go (store.py)."""

    def store(self, lines: list[bytes], token: str) -> None: ...

    def finish(self, days: list[date]) -> None: ...

    def save(self, marks: Mapping[Fingerprint, Position]) -> None: ...


@dataclass(slots=True)
class _Day:
    day: date
    until: float  # when time has moved past it
    before: Marks  # how far the sources were read when it began
    lines: list[bytes] = field(default_factory=list)
    rows: int = 0


class Days:
    def __init__(self, storing: Storing, zone: ZoneInfo, marks: Marks, *, old: date, closed: set[str]) -> None:
        """`marks` says how far the sources are read, at any time. `old`: the last day past the raw hits' limit.

        `closed`: days that take nothing more; those that are finished and old are added.
        """
        self._storing = storing
        self._zone = zone
        self._marks = marks
        self._old = old
        self._closed = closed
        self._run = secrets.token_hex(8)
        self._open: dict[str, _Day] = {}
        self._next = float("inf")  # when the first open day is over
        self._over: list[_Day] = []
        self._rows = 0  # of the days that are over

    def moved(self, to: float) -> None:
        """Time has moved on to `to`: what is over is stored, and where it is enough of it, finished."""
        if to <= self._next:
            return
        for name in [name for name, day in self._open.items() if day.until < to]:
            day = self._open.pop(name)
            self._flush(day)
            self._over.append(day)
            self._rows += day.rows
        self._next = min((day.until for day in self._open.values()), default=float("inf"))
        if len(self._over) >= DAYS_AT_ONCE or self._rows >= ROWS_AT_ONCE:
            self._settle()

    def add(self, name: str, line: bytes) -> None:
        """A row of the day `name`, which is not closed; the marks are without it."""
        day = self._open.get(name)
        if day is None:
            day = self._open[name] = self._begin(date.fromisoformat(name))
        day.lines.append(line)
        day.rows += 1
        if len(day.lines) == MOST_ROWS:
            self._flush(day)

    def end(self) -> None:
        """There is nothing more."""
        self.moved(float("inf"))
        self._settle()
        self._storing.save(self._marks)

    def _begin(self, day: date) -> _Day:
        until = datetime.combine(day + timedelta(days=1), time.min, self._zone).timestamp() + SLACK
        self._next = min(self._next, until)
        for number, over in enumerate(self._over):
            if over.day == day:  # a straggler
                return self._over.pop(number)
        return _Day(day, until, dict(self._marks))

    def _settle(self) -> None:
        if self._over:
            self._storing.finish(sorted(day.day for day in self._over))
            self._closed |= {day.day.isoformat() for day in self._over if day.day <= self._old}
            self._over.clear()
            self._rows = 0
        self._storing.save(_earliest(day.before for day in self._open.values()) if self._open else self._marks)

    def _flush(self, day: _Day) -> None:
        lines, day.lines = day.lines, []
        parts = [lines] if lines else []
        while parts:
            part = parts.pop()
            if len(part) > 1 and len(pack(part)) > MOST_TEXT:
                parts += [part[len(part) // 2 :], part[: len(part) // 2]]
                continue
            self._storing.store(part, self._token(day.day, part))

    def _token(self, day: date, lines: list[bytes]) -> str:
        """The same rows are stored once; but what was stored of an old day by a run that was killed may be gone again."""
        of_run = self._run if day <= self._old else ""
        return f"{day}:{of_run}{blake2b(b''.join(lines), digest_size=16).hexdigest()}"


def _earliest(marks: Iterable[Marks]) -> Marks:
    """Of each source the least."""
    least: Marks = {}
    all_of = list(marks)
    for source in set().union(*all_of):
        # A source that one day does not know was not begun when that day began: nothing of it is done.
        found = [one[source] for one in all_of if source in one]
        if len(found) == len(all_of):
            least[source] = min(found)
    return least
