"""Tombstones: what a visitor had erased, and whose processing is restricted (GDPR art. 17 and 18).

A visitor is the number in `hits.visitor`; `SiteKeys.hashes` gives those of a browser's cookie. What stands is known in
memory. A new tombstone is on disk when `erase`, `restrict` or `lift` returns, and counts with the next look of every
worker of the same data directory, LOOK seconds later at most, told by the size of a file (one stat()); a worker of another
host learns of it within RELOOK seconds. Delivery asks the state database itself before it stores anything.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import NamedTuple

import sqlalchemy as sa

from gateway.clock import Clock, add_months_to_instant
from gateway.erasure.record import Line, Record
from gateway.state.database import State
from gateway.state.tombstones import tombstones

FOREVER = 2**63 - 1  # later than any row: an id that was erased is dead, and nothing is stored under it again
RELOOK = 1.0  # seconds
LOOK = 0.001  # seconds: under load every hit would ask the file system twice, for 3 µs or more each time
_OVERLAP = 600.0  # seconds: clocks of several hosts differ, and their transactions end in any order
_TICK = 0.001  # seconds between a restriction and its lifting, however close they came
# Nothing is left then that could come back: rows live 25 months at most, and a browser's id 13 more.
_KEPT_MONTHS = 38

log = logging.getLogger("gateway.erasure")


class Kind(StrEnum):
    ERASE = "erase"
    RESTRICT = "restrict"
    LIFT = "lift"


class Standing(NamedTuple):
    """What stands for a visitor."""

    erased_before: int = 0  # rows with a ts below this are erased, milliseconds since the epoch; 0: none
    restricted: bool = False


NOTHING = Standing()


class Tombstones:
    """Writing blocks on the state database. Reading does so only after something was written, for some 0.2 ms."""

    def __init__(self, state: State, clock: Clock, data_dir: Path) -> None:
        self._state = state
        self._clock = clock
        self._record = Record(data_dir)
        self._lock = threading.Lock()
        self._size = -1  # of the record, at the last look
        self._look_at = 0.0  # when the next look is due, monotonic
        self._newest = 0.0
        self._erased: dict[tuple[int, int], int] = {}
        self._restrictions: dict[tuple[int, int], tuple[float, bool]] = {}  # when it last changed, and to what
        self._restricted: dict[int, frozenset[int]] = {}  # by site

    # Writing: durable on return. Raises DBAPIError, or OSError for the record.

    def erase(self, site: int, visitors: Iterable[int], before: int = FOREVER) -> None:
        """Erase what is held of these visitors and happened before `before` (milliseconds); by default the id dies.

        Asked twice, it is done once. The removal itself is the job's (erasing.py).
        """
        self._write(Kind.ERASE, site, [v for v in visitors if self.standing(site, v).erased_before < before], before)

    def restrict(self, site: int, visitors: Iterable[int]) -> None:
        """Take these visitors' rows out of all reports and refuse new ones, until it is lifted."""
        self._write(Kind.RESTRICT, site, [v for v in visitors if not self.standing(site, v).restricted])

    def lift(self, site: int, visitors: Iterable[int]) -> None:
        """End a restriction: rows that are still kept count again."""
        self._write(Kind.LIFT, site, [v for v in visitors if self.standing(site, v).restricted])

    def restore(self) -> int:
        """Put back tombstones that the record has and the state database lacks (an older one was put back); how many."""
        added = 0
        with self._state.begin() as connection:
            for line in self._record.lines():
                added += self._state.insert_or_ignore(connection, tombstones, **_values(line))
        self.refresh()
        return added

    # Reading.

    def standing(self, site: int, visitor: int) -> Standing:
        """What stands for one visitor now."""
        self._look()
        key = (site, visitor)
        if key not in self._erased and key not in self._restrictions:
            return NOTHING
        return Standing(self._erased.get(key, 0), self._restrictions.get(key, (0.0, False))[1])

    def stands(self, site: int, visitors: Iterable[int]) -> Standing:
        """What stands for a browser, under any of its numbers."""
        found = [self.standing(site, visitor) for visitor in visitors]
        return Standing(max((one.erased_before for one in found), default=0), any(one.restricted for one in found))

    def restricted(self, site: int) -> frozenset[int]:
        """The site's visitors whose rows are in no report now."""
        self._look()
        return self._restricted.get(site, frozenset())

    def erased(self) -> Mapping[tuple[int, int], int]:
        """(site, visitor) → before, of all sites, read now: for whoever is about to store rows. Raises DBAPIError."""
        self.refresh()
        return MappingProxyType(self._erased)

    def refresh(self) -> None:
        """Learn what other hosts wrote. Blocks on the state database. Raises DBAPIError."""
        size = self._record.size()
        with self._lock:
            self._read()
            self._size = size

    def purge(self) -> int:
        """Forget what nothing can bring back any more; how many tombstones."""
        before = add_months_to_instant(self._clock.now(), -_KEPT_MONTHS).timestamp()
        # An erasure that is not done stays, however old.
        old = (tombstones.c.made < before) & (tombstones.c.done.is_not(None) | (tombstones.c.kind != Kind.ERASE))
        with self._state.begin() as connection:
            gone = int(connection.execute(sa.delete(tombstones).where(old)).rowcount)
            kept = [row.id for row in connection.execute(sa.select(tombstones.c.id))] if gone else []
        if gone:
            self._record.keep(kept)
        return gone

    def _write(self, kind: Kind, site: int, visitors: Sequence[int], before: int = 0) -> None:
        now = self._clock.timestamp()
        lines = []
        for visitor in visitors:
            changed = self._restrictions.get((site, visitor), (0.0, False))[0]
            made = now if kind is Kind.ERASE else max(now, changed + _TICK)
            lines.append(
                Line(
                    id=secrets.token_hex(16), site=site, visitor=f"{visitor:016x}", kind=kind, before=before, made=made
                )
            )
        if not lines:
            return
        with self._state.begin() as connection:
            connection.execute(sa.insert(tombstones), [_values(line) for line in lines])
        # Only now: whoever sees the file grow finds the row.
        self._record.append(lines)
        self.refresh()

    def _look(self) -> None:
        """Read what is new where this data directory has something new."""
        now = monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK
        size = self._record.size()
        if size == self._size:
            return
        with self._lock:
            self._size = size
            try:
                self._read()
            except sa.exc.DBAPIError:
                # No hit waits for a state database that is away: `refresh` is called every second, and delivery waits.
                log.exception("tombstones not read for now")

    def _read(self) -> None:
        columns = [tombstones.c[name] for name in ("site", "visitor", "kind", "before", "made")]
        query = sa.select(*columns).where(tombstones.c.made >= self._newest - _OVERLAP).order_by(tombstones.c.made)
        with self._state.begin() as connection:
            rows = connection.execute(query).all()
        changed = set()
        for site, text, kind, before, made in rows:
            key = (site, int(text, 16))
            self._newest = max(self._newest, made)
            if kind == Kind.ERASE:
                self._erased[key] = max(before, self._erased.get(key, 0))
            elif made > self._restrictions.get(key, (float("-inf"), False))[0]:
                self._restrictions[key] = (made, kind == Kind.RESTRICT)
                changed.add(site)
        for site in changed:
            of_site = (key[1] for key, (_, stands) in self._restrictions.items() if key[0] == site and stands)
            self._restricted[site] = frozenset(of_site)


def _values(line: Line) -> dict[str, object]:
    return {
        "id": line.id,
        "site": line.site,
        "visitor": line.visitor,
        "kind": line.kind,
        "before": line.before,
        "made": line.made,
        "done": None,
        "removed": 0,
        "waits_for": "",
    }
