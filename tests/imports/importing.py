"""An import in this process, into a database of the test's own, that can be made to die at any step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from gateway.enrich.geo import Geography
from gateway.imports import store, work
from gateway.imports.positions import Fingerprint, Position, Positions
from gateway.imports.requests import Wanted
from gateway.imports.sources import Merged
from gateway.imports.tally import Tally
from gateway.reports.run import StatsQuery
from gateway.sites.catalog import ServedSite
from gateway.sites.goals import Goal
from gateway.sites.site import DEFAULT_PURPOSES, Exemption
from gateway.state.database import State
from gateway.wiring import GEOGRAPHY
from tests.imports.logs import Figures
from tests.warehouse.worlds import World

geography = Geography(GEOGRAPHY)
EXEMPTIONS = (Exemption(country="FR"),)
GOALS = (Goal(id=1, name="Called", match="manual"), Goal(id=2, name="Thanks", match="url", pattern="/thanks"))


class Killed(Exception):
    pass


class Importer:
    """Imports of one site, one after the other, each as a process of its own would begin."""

    def __init__(self, world: World, folder: Path, site: int = 2) -> None:
        self.world = world
        self.site = site
        self.state = State("", folder)
        of_world = world.catalog.get(site)
        assert of_world is not None
        self.served = ServedSite(
            msgspec.structs.replace(of_world.site, purposes=DEFAULT_PURPOSES, goals=GOALS, exemptions=EXEMPTIONS)
        )
        self.steps = 0  # of the last import
        self._die_at = -1
        self._die_before = False

    def close(self) -> None:
        self.state.close()

    def run(
        self, *files: Path, wanted: Wanted = Wanted(), span: work.Span = work.Span(), die_at: int = -1,  # noqa: B008
        before: bool = False,
    ) -> Tally:  # fmt: skip
        """Import. With `die_at`, Killed is raised at that step, `before` or after it is done."""
        world, served, tally = self.world, self.served, Tally()
        self.steps, self._die_at, self._die_before = 0, die_at, before
        positions = Positions(self.state, world.clock, self.site)
        self._positions = positions
        published = store.begin(world.warehouse, world.settings, world.clock, self.site)
        sources = work.sources(files, served, wanted, world.settings, world.clock, positions, tally)
        pipeline = work.pipeline(world.settings, self.state, world.clock, served, geography)
        old = store.last_old_day(world.settings, world.clock)
        job = work.Import(
            work.run_through(pipeline, served), served, Merged(sources), tally, self,
            old=old, published=published, span=span,
        )  # fmt: skip
        job.go()
        return tally

    def store(self, lines: list[bytes], token: str) -> None:
        with _Step(self):
            store.store(self.world.warehouse, store.pack(lines), f"{self.site}:{token}")

    def finish(self, days: list[date]) -> None:
        with _Step(self):
            world = self.world
            store.finish(world.warehouse, world.rollup, world.settings, world.clock, self.site, days)

    def save(self, marks: Mapping[Fingerprint, Position]) -> None:
        with _Step(self):
            self._positions.save(marks)

    def report(self, first: date, last: date, dimension: str = "") -> Any:
        return self.world.reports.run(StatsQuery(site=self.site, first=first, last=last, dimension=dimension))

    def figures(self, first: date, last: date) -> Figures:
        """What the reports say, in the shape of a recount."""
        totals = self.report(first, last).totals
        pages = {row["page"]: row["pageviews"] for row in self.report(first, last, "page").rows}
        countries = {row["country"]: row["visits"] for row in self.report(first, last, "country").rows}
        return figures_of(totals, pages, countries)

    def raw(self, *days: date) -> int:
        sql = "SELECT count() AS rows FROM hits WHERE site = {site:UInt32} AND day IN {days:Array(Date)}"
        (row,) = self.world.warehouse.query(sql, {"site": self.site, "days": list(days)})
        assert isinstance(row["rows"], int)
        return row["rows"]


def figures_of(totals: Mapping[str, Any], pages: dict[str, int], countries: dict[str, int]) -> Figures:
    visits, pageviews, bounces = (totals[name] for name in ("visits", "pageviews", "bounces"))
    return Figures(visits, pageviews, bounces, totals["visitors"], totals["seconds"], pages, countries)


class _Step:
    def __init__(self, importer: Importer) -> None:
        self._importer = importer

    def __enter__(self) -> None:
        if self._dies and self._importer._die_before:
            raise Killed

    def __exit__(self, *error: object) -> None:
        dies = self._dies and not self._importer._die_before
        self._importer.steps += 1
        if dies:
            raise Killed

    @property
    def _dies(self) -> bool:
        return self._importer.steps == self._importer._die_at
