"""The headline figures of many sites in one question, so that a thousand of them take no longer than a few reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import cast

import msgspec

from gateway.clock import Clock
from gateway.reports.periods import Period
from gateway.reports.restricted import Restricted
from gateway.reports.run import Reports, StatsQuery
from gateway.settings import Settings
from gateway.sites.catalog import ServedSite
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

_HERE = Path(__file__).parent
DAYS = 30
METRICS = ("visitors", "visits", "pageviews")


class Headline(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one span. Visitors are unique over the span."""

    visitors: int = 0
    visits: int = 0
    pageviews: int = 0


class SiteFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A site's last thirty days, today included, and the thirty before. `daily`: visits of each of its days, oldest first."""

    id: int
    now: Headline
    before: Headline
    daily: tuple[int, ...]


class EverySite:
    """Blocking: call from a thread."""

    def __init__(
        self, warehouse: Warehouse, reports: Reports, settings: Settings, clock: Clock, restricted: Restricted
    ) -> None:
        self._warehouse = warehouse
        self._reports = reports
        self._settings = settings
        self._clock = clock
        self._restricted = restricted

    def figures(self, sites: Sequence[ServedSite]) -> list[SiteFigures]:
        """One entry for each of `sites`, in their order, each in the days of its own zone. Raises WarehouseUnavailable.

        A site that leaves somebody out (GDPR art. 18) is asked about by itself: what is grouped cannot be taken apart.
        """
        alone = [served.id for served in sites if self._restricted(served.id)]
        together = {served.id: self._today(served) for served in sites if served.id not in alone}
        found = self._together(together) if together else {}
        return [self._alone(served.id) if served.id in alone else found[served.id] for served in sites]

    def _today(self, served: ServedSite) -> date:
        return self._clock.now().astimezone(served.zone).date()

    def _together(self, last_days: Mapping[int, date]) -> dict[int, SiteFigures]:
        clickhouse = self._settings.clickhouse
        parameters = {
            "sites": list(last_days),
            "lasts": list(last_days.values()),
            "days": DAYS,
            "first": min(last_days.values()) - timedelta(days=2 * DAYS - 1),
            "last": max(last_days.values()),
        }
        limits = {"max_memory_usage": clickhouse.report_memory_bytes, "max_execution_time": clickhouse.report_seconds}
        rows = self._warehouse.query(statements.read(_HERE, "every_site"), parameters, limits)
        by_span = {(cast(int, row["site"]), cast(int, row["span"])): row for row in rows}
        return {site: _figures(site, by_span.get((site, 0), {}), by_span.get((site, 1), {})) for site in last_days}

    def _alone(self, site: int) -> SiteFigures:
        today = self._reports.today(site)
        spans = [
            (today - timedelta(days=DAYS * (back + 1) - 1), today - timedelta(days=DAYS * back)) for back in (0, 1)
        ]
        now, before = (
            self._reports.run(StatsQuery(site=site, first=first, last=last, metrics=METRICS)).totals
            for first, last in spans
        )
        by_day = StatsQuery(
            site=site, first=spans[0][0], last=today, metrics=("visits",), period=Period.DAY, totals=False
        )
        daily = tuple(int(row["visits"]) for row in self._reports.run(by_day).rows)
        return SiteFigures(
            id=site, now=msgspec.convert(now, Headline), before=msgspec.convert(before, Headline), daily=daily
        )


def _figures(site: int, now: Mapping[str, object], before: Mapping[str, object]) -> SiteFigures:
    daily = [0] * DAYS
    for age, visits in zip(cast(list[int], now.get("ages", [])), cast(list[int], now.get("daily", [])), strict=True):
        daily[DAYS - 1 - age] += visits
    return SiteFigures(id=site, now=_headline(now), before=_headline(before), daily=tuple(daily))


def _headline(row: Mapping[str, object]) -> Headline:
    return msgspec.convert({name: row.get(f"{name}_", 0) for name in METRICS}, Headline)
