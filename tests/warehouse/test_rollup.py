"""Rollups: exact uniques over any range whatever came late, and nothing wrong is ever published."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from gateway.errors import WarehouseUnavailable
from gateway.hits import Hit
from gateway.reports.run import StatsQuery
from gateway.warehouse.connection import Warehouse
from tests.warehouse.worlds import TODAY, World, at, days_before, make_hit

FIRST = days_before(20)
SPAN = 12


def audience(seed: int, count: int, first: date = FIRST, span: int = SPAN, **fields: Any) -> list[Hit]:
    """Single page views, each a visit of its own, most of them by visitors who come back."""
    order = random.Random(seed)
    hits = []
    for number in range(count):
        visitor = order.randrange(1, count // 4)
        hits.append(
            make_hit(
                at(first + timedelta(days=order.randrange(span)), f"{order.randrange(24):02}:{order.randrange(60):02}"),
                anon=seed * 10_000_000 + number,
                visitor=visitor if order.random() < 0.8 else 0,
                path=f"/{order.randrange(8)}",
                country=order.choice(("FR", "DE", "US")),
                new_visit=True,
                **fields,
            )
        )
    return hits


def visitors_of(hits: Iterable[Hit], first: date, last: date, **same: str) -> int:
    """The same in plain Python."""
    return len(
        {
            (hit.visitor != 0, hit.visitor or hit.anon)
            for hit in hits
            if first.isoformat() <= hit.day <= last.isoformat()
            and all(getattr(hit, name) == value for name, value in same.items())
        }
    )


def check(here: World, hits: Sequence[Hit], seed: int = 0, ranges: int = 3) -> None:
    """Every figure of visitors over random ranges is that of a recount."""
    order = random.Random(seed)
    for _ in range(ranges):
        first, last = sorted(FIRST + timedelta(days=order.randrange(SPAN)) for _ in range(2))
        whole = here.reports.run(StatsQuery(site=1, first=first, last=last, dimension="country"))
        assert whole.totals["visitors"] == visitors_of(hits, first, last), (first, last)
        assert {row["country"]: row["visitors"] for row in whole.rows} == {
            country: found
            for country in ("FR", "DE", "US")
            if (found := visitors_of(hits, first, last, country=country))
        }
    pages = here.reports.run(StatsQuery(site=1, first=first, last=last, dimension="page"))
    assert {str(row["page"]): row["visitors"] for row in pages.rows} == {
        path: found for n in range(8) if (found := visitors_of(hits, first, last, path=(path := f"/{n}")))
    }


def test_uniques_are_exact_over_any_range(here: World) -> None:
    hits = audience(1, 900)
    here.store(hits)
    assert here.rollup.run() == SPAN
    check(here, hits)
    assert here.rollup.run() == 0, "nothing changed, nothing to do"
    assert here.make_rollup().run() == 0, "nor for a process that just started"


def test_a_late_day_is_recomputed_and_later_days_stay_right(here: World) -> None:
    hits = audience(1, 500)
    here.store(hits)
    here.rollup.run()
    late = audience(2, 200, FIRST + timedelta(days=3), 1)
    here.store(late)
    assert here.rollup.run() == 1
    check(here, hits + late)


def test_a_day_that_loses_visitors_gives_them_back_to_later_days(here: World) -> None:
    hits = audience(1, 500)
    here.store(hits)
    here.rollup.run()
    day = (FIRST + timedelta(days=2)).isoformat()
    here.warehouse.command("DELETE FROM hits WHERE day = {day:Date} AND visitor % 2 = 0", {"day": day})
    assert here.rollup.run(full=True) == 1
    left = [hit for hit in hits if hit.day != day or hit.visitor % 2]
    check(here, left)
    here.warehouse.command("DELETE FROM hits WHERE day = {day:Date}", {"day": day})
    assert here.rollup.run(full=True) == 1, "a day without any hit left is seen too"
    check(here, [hit for hit in left if hit.day != day])


def test_later_days_stay_right_where_their_raw_hits_are_gone(here: World) -> None:
    hits = audience(1, 500)
    here.store(hits)
    here.rollup.run()
    gone = (FIRST + timedelta(days=6)).isoformat()
    here.warehouse.command("DELETE FROM hits WHERE day >= {day:Date}", {"day": gone})
    late = audience(2, 150, FIRST, 3)
    here.store(late)
    here.rollup.days(1, [FIRST + timedelta(days=number) for number in range(3)])
    check(here, hits + late)


def test_days_may_come_in_any_order(here: World) -> None:
    hits = audience(3, 300)
    here.store(hits)
    days = [FIRST + timedelta(days=number) for number in range(SPAN)]
    random.Random(3).shuffle(days)
    for begin in range(0, SPAN, 7):
        here.rollup.days(1, days[begin : begin + 7])
    check(here, hits)


def test_old_days_are_rolled_up_as_they_are_written_and_then_left_alone(here: World) -> None:
    old = date(TODAY.year - 2, TODAY.month, TODAY.day)
    here.store([make_hit(at(old, "10:00"), anon=number, visitor=number) for number in range(1, 6)])
    assert here.rollup.run() == 0, "retention may have taken hits of such days"
    here.rollup.days(1, [old])
    asked = StatsQuery(site=1, first=old, last=old)
    assert here.reports.run(asked).totals["visits"] == 5
    here.warehouse.command("DELETE FROM hits WHERE visitor > 2")
    here.rollup.days(1, [old])
    here.rollup.run(full=True)
    assert here.reports.run(asked).totals["visits"] == 5


def test_sites_do_not_mix(here: World) -> None:
    here.store([make_hit(at(FIRST, "10:00"), site=site, visitor=5, anon=site) for site in (1, 2)])
    assert here.rollup.run() == 2
    here.store([make_hit(at(FIRST, "12:00"), site=2, visitor=6, anon=9)])
    assert here.rollup.run() == 1
    assert [_visitors(here, site, FIRST) for site in (1, 2)] == [1, 2]


def test_many_sites_cost_as_many_statements_as_one(here: World) -> None:
    """Sites 1 and 2 count repeated goals and actions' dimensions, the others do not: two batches, whatever the sites."""
    hits = audience(1, 120, span=3)
    written = []
    for sites in (range(1, 4), range(1, 31)):
        here.store(msgspec.structs.replace(hit, site=site) for site in sites for hit in hits)
        counting = _Failing(here.warehouse, 1000, after=False)
        assert here.make_rollup(counting).run() == 3 * len(sites)  # type: ignore[arg-type]
        written.append(1000 - counting.left)
    assert written == [8, 8], "of each batch visits, facts, audience, and what publishes them"
    totals = [here.reports.run(StatsQuery(site=site, first=FIRST, last=TODAY)).totals for site in (1, 2)]
    assert totals[0] == totals[1]
    assert totals[0]["visitors"] == visitors_of(hits, FIRST, TODAY)
    figures = here.warehouse.query(
        "SELECT DISTINCT dimension, value, day, prev_day, visitors, visits, pageviews, actions, seconds FROM audience"
        " WHERE site > 3"
    )
    (one,) = here.warehouse.query("SELECT count() AS rows FROM audience WHERE site = 4")
    assert len(figures) == one["rows"], "every site's figures are those of any other with the same hits"


def test_replaced_generations_are_deleted_and_nothing_else(here: World) -> None:
    hits = audience(1, 300)
    here.store(hits)
    here.rollup.run()
    here.rollup.days(1, [FIRST, FIRST + timedelta(days=1)])
    assert here.rollup.delete_old() == 0, "a report may still be reading them"
    here.clock.advance(timedelta(hours=1))
    assert here.rollup.delete_old() > 0
    assert here.rollup.delete_old() == 0
    (left,) = here.warehouse.query(
        "SELECT (SELECT count() FROM visits) AS visits,"
        " (SELECT count() FROM rollups) AS rollups, (SELECT sum(visits) FROM rollups) AS recorded"
    )
    assert left["visits"] == len(hits) and left["rollups"] == SPAN
    check(here, hits)


class _Crash(Exception):
    pass


class _Failing:
    """A warehouse whose n-th write never happens, or happens and is not heard of."""

    def __init__(self, warehouse: Warehouse, writes: int, *, after: bool) -> None:
        self._warehouse = warehouse
        self.left = writes
        self._after = after

    def query(self, sql: str, parameters: Mapping[str, object] | None = None, **more: Any) -> list[dict[str, object]]:
        return self._warehouse.query(sql, parameters, **more)

    def command(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        self._write(lambda: self._warehouse.command(sql, parameters))

    def change(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        self._write(lambda: self._warehouse.change(sql, parameters))

    def insert(self, table: str, lines: Sequence[bytes], token: str) -> None:
        self._write(lambda: self._warehouse.insert(table, lines, token))

    def _write(self, write: Any) -> None:
        self.left -= 1
        if self.left == 0 and not self._after:
            raise _Crash
        write()
        if self.left == 0:
            raise _Crash


def test_a_crash_at_any_step_leaves_figures_unchanged_or_right(here: World) -> None:
    hits = audience(1, 60, span=4)
    here.store(hits)
    here.rollup.run()
    # Visits and facts of the late day and of the later days that depend on it, their audience; the last write publishes.
    for step in itertools.count(1) if here.settings.embedded else (3,):
        late = audience(10 + step, 8, FIRST, 1)
        here.store(late)
        failing = _Failing(here.warehouse, step, after=False)
        try:
            here.make_rollup(failing).run()  # type: ignore[arg-type]
            break
        except _Crash:
            check(here, hits, ranges=1)
        hits += late
        here.rollup.run()
        check(here, hits, ranges=1)
    assert step > 4 or not here.settings.embedded
    if here.settings.embedded:
        hits += late
        again = audience(99, 8, FIRST, 1)
        here.store(again)
        unheard = _Failing(here.warehouse, 1, after=True)
        unheard.command = here.warehouse.command  # type: ignore[method-assign]
        with pytest.raises(_Crash):
            here.make_rollup(unheard).run()  # type: ignore[arg-type]
        hits += again
        check(here, hits, ranges=1)
    here.clock.advance(timedelta(hours=1))
    assert here.make_rollup().delete_old() > step
    check(here, hits)


def test_a_failed_run_is_made_up_for_by_the_next(here: World) -> None:
    here.store(audience(1, 100))
    here.rollup.run()
    late = audience(2, 40, FIRST, 1)
    here.store(late)
    working = here.warehouse

    class Away:
        def query(self, *_: Any) -> list[dict[str, object]]:
            raise WarehouseUnavailable("away")

    here.rollup._warehouse = Away()  # type: ignore[assignment]
    with pytest.raises(WarehouseUnavailable):
        here.rollup.run()
    here.rollup._warehouse = working
    assert here.rollup.run() == 1


def _visitors(here: World, site: int, day: date) -> float:
    return here.reports.run(StatsQuery(site=site, first=day, last=day)).totals["visitors"]
