"""The page of all sites says of each what its own report says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from gateway.reports.every_site import DAYS, METRICS, EverySite
from gateway.reports.periods import Period
from gateway.reports.run import Reports, StatsQuery
from tests.warehouse.engines import engine
from tests.warehouse.worlds import TODAY, Engine, World, at, make_hit, world

__all__ = ["engine"]


@pytest.fixture(scope="module")
def filled(engine: Engine) -> Iterator[World]:
    with world(engine) as fresh:
        fresh.store(
            make_hit(at(TODAY - timedelta(days=back), clock), site=site, **who, path="/")
            for site, backs in ((1, (0, 1, 2, 29, 30, 31, 59, 60, 61, 90)), (2, (0, 29, 30, 89)))
            for back in backs
            for clock, who in hits_of(back)
        )
        fresh.rollup.run(True)
        yield fresh


def hits_of(back: int) -> list[tuple[str, dict[str, Any]]]:
    """Visitor 1 comes each day, visitor 2 every other, one without an id on some, twice in a visit."""
    found: list[tuple[str, dict[str, Any]]] = [
        ("08:00", {"visitor": 1, "anon": 11}),
        ("08:05", {"visitor": 1, "anon": 11}),
    ]
    if back % 2:
        found.append(("09:00", {"visitor": 2, "anon": 12}))
    if back % 3 == 0:
        found.append(("10:00", {"anon": 100 + back}))
    return found


@pytest.mark.parametrize("restricted", [{}, {1: {1}}, {1: {2}, 2: {1}}], ids=["all", "one left out", "two left out"])
def test_all_sites_at_once_say_what_each_report_says(filled: World, restricted: dict[int, set[int]]) -> None:
    def left_out(site: int) -> frozenset[int]:
        return frozenset(restricted.get(site, ()))

    reports = Reports(filled.warehouse, filled.catalog, filled.settings, filled.clock, left_out)
    every = EverySite(filled.warehouse, reports, filled.settings, filled.clock, left_out)
    sites = sorted(filled.catalog, key=lambda served: -served.id)
    figures = every.figures(sites)
    assert [one.id for one in figures] == [served.id for served in sites]
    for one in figures:
        last = reports.today(one.id)
        for told, end in ((one.now, last), (one.before, last - timedelta(days=DAYS))):
            query = StatsQuery(site=one.id, first=end - timedelta(days=DAYS - 1), last=end, metrics=METRICS)
            assert reports.run(query).totals == {name: getattr(told, name) for name in METRICS}, (one.id, end)
        by_day = StatsQuery(site=one.id, first=last - timedelta(days=DAYS - 1), last=last, period=Period.DAY)
        assert one.daily == tuple(row["visits"] for row in reports.run(by_day).rows)
        assert one.now.visits >= one.now.visitors > 0 and sum(one.daily) == one.now.visits


def test_a_site_without_a_visit_is_zero_and_no_sites_are_none(filled: World) -> None:
    every = EverySite(filled.warehouse, filled.reports, filled.settings, filled.clock, lambda _site: frozenset())
    assert every.figures([]) == []
    filled.clock.advance(timedelta(days=400))
    try:
        assert [(one.now.visits, one.before.visits, sum(one.daily)) for one in every.figures(list(filled.catalog))] == [
            (0, 0, 0)
        ] * 2
    finally:
        filled.clock.advance(timedelta(days=-400))
