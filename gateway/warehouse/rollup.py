"""From raw hits to published visits, facts and audience.

Days are recomputed whole. A recomputed day becomes a new generation of rows that nothing reads (generations.py), until one
insert into `rollups` publishes it; a crash before that leaves rows that `delete_old` removes. No mark says what is to do: a
day needs a rollup where its raw hits differ from those its published generation was made of.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

import msgspec

from gateway.clock import Clock, add_months
from gateway.metrics import Metrics
from gateway.settings import Settings
from gateway.sites.catalog import Catalog
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.generations import TABLES, Generations, Published, Raw

_HERE = Path(__file__).parent
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OVERLAP = timedelta(minutes=10)  # `stored` comes from several servers' clocks, and inserts overtake each other
_OLD = timedelta(minutes=10)  # a report may still be reading what was published when it began
_TIME_SHIFT = 22  # 41 bits of milliseconds before, room for chance after
_RANDOM_BITS = 30


NOTHING = Raw(0, _EPOCH)


class Rollup:
    """Calls block, and exclude each other within a process; across processes the caller holds a lease."""

    def __init__(
        self, warehouse: Warehouse, catalog: Catalog, settings: Settings, clock: Clock, metrics: Metrics
    ) -> None:
        self._warehouse = warehouse
        self._catalog = catalog
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._lock = threading.Lock()
        self._seen: datetime | None = None
        # Since when no run, perhaps of another process, can have left rows that nothing published; None: there are none.
        self._unfinished: datetime | None = clock.now()

    def run(self, full: bool = False) -> int:
        """Roll up every day whose raw hits changed; how many days that were.

        The first run, and one with `full`, compares all days, those that lost all their hits included. Days whose raw
        hits may be partly gone by retention are left as they are. Raises WarehouseUnavailable.
        """
        with self._lock, self._metrics.rollup_seconds.time():
            full = full or self._seen is None
            since = _EPOCH if self._seen is None or full else self._seen - _OVERLAP
            cutoff = self._raw_cutoff()
            rows = self._query("raw_days", {"cutoff": cutoff, "since": since})
            raw = {(_int(row, "site"), _day(row)): _raw(row) for row in rows}
            published = {
                (_int(row, "site"), _day(row)): _published(row) for row in self._query("published", {"cutoff": cutoff})
            }
            dirty = {key for key, now in raw.items() if _differs(now, published.get(key))}
            if full:
                dirty |= {key for key, was in published.items() if key not in raw and was.made_of.rows}
            dirty |= {key for key, was in published.items() if not was.has_audience}
            for site in sorted({site for site, _ in dirty}):
                self._roll_up(site, sorted(day for one, day in dirty if one == site))
            # Only now: what failed above is looked for again.
            self._seen = max([now.latest for now in raw.values()] + ([self._seen] if self._seen else []), default=None)
            self._metrics.rollup_days.inc(len(dirty))
            return len(dirty)

    def days(self, site_id: int, days: Sequence[date]) -> None:
        """Roll up these site-local days now, changed or not, also days older than raw hits are kept.

        A day that retention has already taken raw hits from keeps what is published. Raises WarehouseUnavailable.
        """
        with self._lock, self._metrics.rollup_seconds.time():
            self._roll_up(site_id, sorted(set(days)))
            self._metrics.rollup_days.inc(len(set(days)))

    def delete_old(self) -> int:
        """Delete generations that are published no more, or never were; how many. Raises WarehouseUnavailable."""
        before = {"before": self._generation_at(self._clock.now() - _OLD)}
        count = 0
        for table in TABLES:
            dead = self._query("replaced", before)
            if self._unfinished is not None:
                dead += self._query("never_published", {**before, "table": table})
            if dead:
                which = {
                    "table": table,
                    "days": sorted({_day(row) for row in dead}),
                    "dead": sorted({_int(row, "generation") for row in dead}),
                }
                if self._query("count_generations", which)[0]["rows"]:
                    self._run("drop_generations", which)
                    count += len(cast(list[int], which["dead"]))
        if self._query("dead_rollups", before)[0]["rows"]:
            self._run("drop_rollups", before)
        if self._unfinished is not None and self._clock.now() - self._unfinished > _OLD:
            self._unfinished = None
        return count

    def _roll_up(self, site: int, wanted: list[date]) -> None:
        if not wanted:
            return
        published = {_day(row): _published(row) for row in self._query("published_of_site", {"site": site})}
        orders = self._query("order_days", {"site": site, "first": wanted[0], "days": wanted})
        wanted = sorted({*wanted, *(_day(row) for row in orders)})
        # Read before the visits are made: a hit that arrives in between makes the day differ again, not be forgotten.
        raw = {_day(row): _raw(row) for row in self._query("raw_of_days", {"site": site, "days": wanted})}
        cutoff = self._raw_cutoff()
        days = [
            day
            for day in wanted
            if day > cutoff or day not in published or raw.get(day, NOTHING).rows >= published[day].made_of.rows
        ]
        before, self._unfinished = self._unfinished, self._clock.now()
        sizes = {day: found.rows for day, found in raw.items()}
        # Of days whose raw hits are partly gone the visits are still there, or what an erasure has left of them.
        rest = [day for day in wanted if day not in days]
        served = self._catalog.get(site)
        numbers = self._generations(published.values())
        writing = Generations(self._warehouse, site, served.site if served else None, published, numbers)
        fresh = writing.write(days, rest, sizes)
        visits = self._count(site, fresh)
        rows = [
            _row(site, day, generation, raw.get(day, NOTHING) if day in days else published[day].made_of, visits)
            for day, generation in fresh.items()
        ]
        self._warehouse.insert("rollups", rows, f"rollup:{site}:{min(fresh.values())}")
        self._unfinished = before

    def _count(self, site: int, fresh: Mapping[date, int]) -> dict[int, int]:
        rows = self._query("count_visits", {"site": site, "fresh": list(fresh.values()), "days": list(fresh)})
        return {_int(row, "generation"): _int(row, "visits") for row in rows}

    def _generations(self, published: Iterable[Published]) -> Iterator[int]:
        """Numbers above every published one, and never those of a run that crashed or goes on elsewhere."""
        highest = max((was.facts_generation for was in published), default=0)
        # Chance is added after the comparison: the clock may stand still or go back, and then only chance tells runs apart.
        number = max(self._generation_at(self._clock.now()), highest) + secrets.randbits(_RANDOM_BITS)
        while True:
            number += 1
            yield number

    @staticmethod
    def _generation_at(at: datetime) -> int:
        return int(at.timestamp() * 1000) << _TIME_SHIFT

    def _raw_cutoff(self) -> date:
        """The last day that retention, or the tables' own TTL, may already have taken hits from."""
        return add_months(self._clock.now().date(), -self._settings.retention.raw_months)

    def _query(self, name: str, parameters: Mapping[str, object]) -> list[dict[str, object]]:
        return self._warehouse.query(statements.read(_HERE, name), parameters)

    def _run(self, name: str, parameters: Mapping[str, object]) -> None:
        self._warehouse.command(statements.read(_HERE, name), parameters)


def _row(site: int, day: date, generation: int, made_of: Raw, visits: Mapping[int, int]) -> bytes:
    return msgspec.json.encode(
        {
            "site": site,
            "day": day.isoformat(),
            "generation": generation,
            "facts_generation": generation,
            "raw_rows": made_of.rows,
            "max_stored": made_of.latest.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
            "visits": visits.get(generation, 0),
            "has_audience": True,
        }
    )


def _differs(now: Raw, was: Published | None) -> bool:
    return was is None or now != was.made_of


def _int(row: Mapping[str, object], name: str) -> int:
    return cast(int, row[name])


def _day(row: Mapping[str, object]) -> date:
    return cast(date, row["day"])


def _raw(row: Mapping[str, object]) -> Raw:
    return Raw(_int(row, "raw_rows"), cast(datetime, row["max_stored"]))


def _published(row: Mapping[str, object]) -> Published:
    return Published(_int(row, "generation"), _int(row, "facts_generation"), _raw(row), cast(bool, row["has_audience"]))
