"""From raw hits to published visits, facts and audience.

Days are recomputed whole. A recomputed day becomes a new generation of rows that nothing reads (generations.py), until one
insert into `rollups` publishes it; a crash before that leaves rows that `delete_old` removes. No mark says what is to do: a
day needs a rollup where its raw hits differ from those its published generation was made of.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

import msgspec

from gateway.clock import Clock, add_months
from gateway.metrics import Metrics
from gateway.settings import Settings
from gateway.sites.catalog import Catalog
from gateway.sites.site import Site
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.generations import TABLES, Counting, Generations, Key, Published, Raw, columns

_HERE = Path(__file__).parent
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OVERLAP = timedelta(minutes=10)  # `stored` comes from several servers' clocks, and inserts overtake each other
_OLD = timedelta(minutes=10)  # a report may still be reading what was published when it began
_TIME_SHIFT = 22  # 41 bits of milliseconds before, room for chance after
_RANDOM_BITS = 30
_BATCH_ROWS = 500_000  # raw hits of the sites that are rolled up and published together
_BATCH_DAYS = 500  # a statement names them all


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
            raw = {_key(row): _raw(row) for row in rows}
            if full:
                rows = self._query("published", {"cutoff": cutoff})
            else:
                rows = self._query("published_since", {"cutoff": cutoff, "since": since})
            published = {_key(row): _published(row) for row in rows}
            dirty = {key for key, now in raw.items() if _differs(now, published.get(key))}
            if full:
                dirty |= {key for key, was in published.items() if key not in raw and was.made_of.rows}
                dirty |= {key for key, was in published.items() if not was.has_audience}
            for counting, batch in self._batches(dirty, {key: now.rows for key, now in raw.items()}):
                self._roll_up(counting, batch)
            # Only now: what failed above is looked for again.
            self._seen = max([now.latest for now in raw.values()] + ([self._seen] if self._seen else []), default=None)
            self._metrics.rollup_days.inc(len(dirty))
            return len(dirty)

    def days(self, site_id: int, days: Sequence[date]) -> None:
        """Roll up these site-local days now, changed or not, also days older than raw hits are kept.

        A day that retention has already taken raw hits from keeps what is published. Raises WarehouseUnavailable.
        """
        with self._lock, self._metrics.rollup_seconds.time():
            self._roll_up(Counting.of(self._site(site_id)), [Key(site_id, day) for day in sorted(set(days))])
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

    def _batches(self, dirty: Collection[Key], sizes: Mapping[Key, int]) -> Iterator[tuple[Counting, list[Key]]]:
        """All days of some sites that count alike: together few enough for one go, unless those of one site are more."""
        alike: dict[Counting, dict[int, list[Key]]] = {}
        for key in sorted(dirty):
            counting = Counting.of(self._site(key.site))
            alike.setdefault(counting, {}).setdefault(key.site, []).append(key)
        for counting, sites in alike.items():
            batch: list[Key] = []
            for keys in sites.values():
                together = [*batch, *keys]
                if batch and (len(together) > _BATCH_DAYS or sum(sizes.get(key, 0) for key in together) > _BATCH_ROWS):
                    yield counting, batch
                    together = keys
                batch = together
            yield counting, batch

    def _roll_up(self, counting: Counting, keys: Sequence[Key]) -> None:
        if not keys:
            return
        orders = self._query("order_days", columns(keys))
        wanted = sorted({*keys, *(_key(row) for row in orders)})
        # Read before the visits are made: a hit that arrives in between makes the day differ again, not be forgotten.
        raw = {_key(row): _raw(row) for row in self._query("raw_of_days", columns(wanted))}
        published = self._published_of(wanted)
        cutoff = self._raw_cutoff()
        from_hits = [
            key
            for key in wanted
            if key.day > cutoff or key not in published or raw.get(key, NOTHING).rows >= published[key].made_of.rows
        ]
        # Of days whose raw hits are partly gone the visits are still there, or what an erasure has left of them.
        from_visits = sorted({*wanted} - {*from_hits})
        before, self._unfinished = self._unfinished, self._clock.now()
        until = self._query("published_until", {"sites": sorted({key.site for key in wanted})})
        numbers = self._generations(max((_int(row, "highest") for row in until), default=0))
        last = {_int(row, "site"): cast(date, row["last"]) for row in until}
        writing = Generations(self._warehouse, counting, self._published_of, last, numbers)
        fresh = writing.write(from_hits, from_visits, {key: found.rows for key, found in raw.items()})
        made_of = {key: was.made_of for key, was in writing.published.items()}
        made_of |= {key: raw.get(key, NOTHING) for key in from_hits}
        visits = self._count(fresh)
        rows = [_row(key, generation, made_of[key], visits) for key, generation in fresh.items()]
        self._warehouse.insert("rollups", rows, f"rollup:{min(fresh.values())}")
        self._unfinished = before

    def _published_of(self, keys: Collection[Key]) -> dict[Key, Published]:
        if not keys:
            return {}
        return {_key(row): _published(row) for row in self._query("published_of_days", columns(keys))}

    def _count(self, fresh: Mapping[Key, int]) -> dict[int, int]:
        rows = self._query("count_visits", {**columns(fresh), "generations": list(fresh.values())})
        return {_int(row, "generation"): _int(row, "visits") for row in rows}

    def _site(self, number: int) -> Site | None:
        served = self._catalog.get(number)
        return served.site if served else None

    def _generations(self, highest: int) -> Iterator[int]:
        """Numbers above every published one, and never those of a run that crashed or goes on elsewhere."""
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
        self._warehouse.change(statements.read(_HERE, name), parameters)


def _row(key: Key, generation: int, made_of: Raw, visits: Mapping[int, int]) -> bytes:
    return msgspec.json.encode(
        {
            "site": key.site,
            "day": key.day.isoformat(),
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


def _key(row: Mapping[str, object]) -> Key:
    return Key(_int(row, "site"), _day(row))


def _raw(row: Mapping[str, object]) -> Raw:
    return Raw(_int(row, "raw_rows"), cast(datetime, row["max_stored"]))


def _published(row: Mapping[str, object]) -> Published:
    return Published(_int(row, "generation"), _int(row, "facts_generation"), _raw(row), cast(bool, row["has_audience"]))
