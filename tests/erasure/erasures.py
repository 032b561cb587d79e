"""Everything that erases, on real parts without threads: segments of a journal, their delivery, a state database, a warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec
import sqlalchemy as sa

from gateway.delivery.deliverer import Deliverer
from gateway.erasure.erasing import Erasing
from gateway.erasure.looks import SETTLED, Looks
from gateway.erasure.passing import Passing
from gateway.erasure.tombstones import Tombstones
from gateway.erasure.traces import Traces
from gateway.hits import Hit
from gateway.journal.segment import Row, SegmentWriter
from gateway.metrics import Metrics
from gateway.reports.run import Reports, StatsQuery, StatsResult
from gateway.state.database import State
from gateway.warehouse.connection import Warehouse
from tests.warehouse.worlds import TODAY, World


class Killed(BaseException):
    """The process ends here."""


class Dying:
    """The real warehouse in a process that ends after the n-th thing that it changes, there or in the state database."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self.steps = 0
        self.ends_at: float = float("inf")

    def insert(self, *arguments: Any) -> None:
        self._step(self._warehouse.insert, *arguments)

    def query(self, *arguments: Any) -> list[dict[str, object]]:
        return self._warehouse.query(*arguments)  # changes nothing, so ending at it tells nothing

    def command(self, *arguments: Any) -> None:
        self._step(self._warehouse.command, *arguments)

    def change(self, *arguments: Any) -> None:
        self._step(self._warehouse.change, *arguments)

    def step(self) -> None:
        self.steps += 1
        if self.steps >= self.ends_at:
            raise Killed

    def _step(self, act: Any, *arguments: Any) -> None:
        act(*arguments)
        self.step()


class Erasures:
    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.metrics = Metrics()
        self.clock = world.clock
        self.state = State("", folder)
        self.folder = folder
        self.journal = folder / "journal"
        self.journal.mkdir(exist_ok=True)
        self.dying = Dying(world.warehouse)
        sa.event.listen(self.state.engine, "after_cursor_execute", self._changed)
        sa.event.listen(self.state.engine, "commit", self._committed)
        self._dirty = False
        self.tombstones = Tombstones(self.state, self.clock, folder)
        self.reports = Reports(world.warehouse, world.catalog, world.settings, self.clock, self.tombstones.restricted)
        self.passing = Passing(self.tombstones, Traces(self.state), self.metrics)
        self.looks = Looks(self.state, self.clock, folder, self.tombstones)
        self._segment: SegmentWriter | None = None
        self._deliverer = Deliverer(
            self.journal, world.warehouse, world.settings, self.clock, self.metrics, self.passing
        )
        self.start()

    def _changed(self, _connection: object, _cursor: object, statement: str, *_more: object) -> None:
        self._dirty = self._dirty or not statement.startswith("SELECT")

    def _committed(self, _connection: object) -> None:
        """Before a commit: a process that ends here loses it."""
        dirty, self._dirty = self._dirty, False
        if dirty:
            self.dying.step()

    def start(self) -> None:
        """As a process just started has it."""
        warehouse: Any = self.dying
        self.rollup = self.world.make_rollup(warehouse)
        self.erasing = Erasing(
            self.state, warehouse, self.rollup, self.looks, self.world.catalog, self.clock, self.metrics
        )

    def accept(self, hits: Iterable[Hit]) -> None:
        """Commit hits to the journal."""
        if self._segment is None:
            self._segment = SegmentWriter(self.journal, self.clock.timestamp())
        payloads = [msgspec.json.encode(hit) for hit in hits]
        seq = self._segment.records
        now = self.clock.timestamp()
        self._segment.write(
            [Row(seq + n, "hits", payload, now, crc32(payload)) for n, payload in enumerate(payloads, 1)]
        )

    def end_segment(self) -> None:
        if self._segment is not None:
            self._segment.finish(self.clock.timestamp())
            self._segment = None

    def deliver(self) -> None:
        assert self._deliverer._pass()

    def work(self) -> int:
        """One round of the jobs: what is in the journal is stored, looked through, erased; erasures done."""
        self.deliver()
        self.looks.look()
        return self.erasing.run()

    def finish(self) -> int:
        """All jobs until everything is done."""
        self.end_segment()
        self.clock.advance(timedelta(seconds=SETTLED))
        done = self.work()
        self.rollup.run(full=True)
        assert self.erasing.listed(True, 10) == []
        return done

    def crash_at(self, step: int) -> bool:
        """One round of the job in a process that is killed at its n-th step; False where it came to its end before."""
        self.dying.steps, self.dying.ends_at = 0, step
        try:
            self.erasing.run()
            return False
        except Killed:
            return True
        finally:
            self.dying.ends_at = float("inf")
            self.start()

    def count(self, visitors: Sequence[int]) -> dict[str, int]:
        """Rows of these visitors by table, published or not."""
        counts = {}
        for table in ("hits", "visits", "facts"):
            sql = f"SELECT count() AS rows FROM {table} WHERE visitor IN {{visitors:Array(UInt64)}}"
            [row] = self.world.warehouse.query(sql, {"visitors": list(visitors)})
            counts[table] = int(str(row["rows"]))
        sql = "SELECT count() AS rows FROM dead_letters WHERE multiSearchAny(payload, {needles:Array(String)})"
        needles = {"needles": [str(one) for one in visitors]}
        counts["dead_letters"] = int(str(self.world.warehouse.query(sql, needles)[0]["rows"]))
        return counts

    def close(self) -> None:
        self.end_segment()
        self._deliverer._segments.release()
        self.state.close()


def figures(reports: Reports, first: date, last: date = TODAY) -> Mapping[str, StatsResult]:
    """What a site's reports say, by what was asked: whole, by day, by dimension, filtered."""
    asked: dict[str, dict[str, Any]] = {
        "days": {"period": "day"},
        "pages": {"dimension": "page"},
        "countries": {"dimension": "country", "compare": "previous"},
        "filtered": {"dimension": "page", "filter": "country==FR"},
        "tests": {"filter": "test==1"},
    }
    return {
        name: reports.run(msgspec.convert({"site": 1, "first": first, "last": last, **more}, StatsQuery))
        for name, more in asked.items()
    }
