"""The last visits one by one, with what was done in them. Never exempt ones (CNIL: anonymous statistics only), nor those of
restricted visitors, nor test visits; and never under which number a browser is filed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, cast

import msgspec

from gateway.clock import Clock, add_months
from gateway.errors import BadRequest, NotFound
from gateway.reports import filters
from gateway.reports.periods import Span
from gateway.reports.restricted import Restricted, not_restricted
from gateway.settings import Settings
from gateway.sites.catalog import Catalog
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

_HERE = Path(__file__).parent / "rows"
MAX_VISITS = 1000
_MAX_ACTIONS = 500  # of one visit
_WITHIN = ("visitor", "identified")  # what only the second question needs


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """A page view, event, download, outlink, search, goal, order, cart or content. `at`: milliseconds since the epoch."""

    type: str
    at: int
    host: str
    path: str
    title: str
    category: str
    action: str
    name: str
    value: float
    target: str
    results: int  # of a search, -1 unknown
    status: int
    goals: tuple[int, ...]
    revenue: float


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """Fields are named as the dimensions and metrics of docs/statistics.md; times are milliseconds since the epoch.

    `done` is empty where the raw hits are kept no more; `actions` counts them still.
    """

    day: date
    started: int
    ended: int
    seconds: int
    number: int
    visitor_type: str
    basis: str
    actions: int
    pageviews: int
    events: int
    downloads: int
    outlinks: int
    searches: int
    engaged_seconds: float
    conversions: tuple[str, ...]  # a goal's number each, or "order"
    revenue: float
    orders: int
    entry_page: str
    exit_page: str
    host: str
    referrer_type: str
    referrer: str
    referrer_path: str
    keyword: str
    campaign: str
    campaign_source: str
    campaign_medium: str
    continent: str
    country: str
    region: str
    city: str
    browser: str
    browser_version: str
    os: str
    os_version: str
    device: str
    brand: str
    model: str
    language: str
    screen: str
    hour: int
    dimensions: dict[int, tuple[str, ...]]
    done: tuple[Action, ...]


class VisitLog:
    """Blocking: call from a thread."""

    def __init__(
        self,
        warehouse: Warehouse,
        catalog: Catalog,
        settings: Settings,
        clock: Clock,
        restricted: Restricted = lambda _site: frozenset(),
    ) -> None:
        self._warehouse = warehouse
        self._catalog = catalog
        self._settings = settings
        self._clock = clock
        self._restricted = restricted

    def last(self, site: int, span: Span, filter_: str = "", limit: int = 100, offset: int = 0) -> list[Visit]:
        """The visits of these days that `filter_` (filters.py) lets through, the newest first.

        Raises BadRequest, NotFound, or WarehouseUnavailable (also where a limit of memory or time was met).
        """
        if not 1 <= limit <= MAX_VISITS:
            raise BadRequest(f"limit is 1 to {MAX_VISITS}.", "$.limit")
        if not 0 <= offset <= 10_000_000:
            raise BadRequest("offset is 0 to 10000000.", "$.offset")
        served = self._catalog.get(site)
        if served is None:
            raise NotFound("There is no such site.", "$.site")
        today = self._clock.now().astimezone(served.zone).date()
        kept = span.since(add_months(today, -self._settings.retention.data_months))
        condition, parameters = filters.to_sql(filters.parse(filter_))
        if kept is None:
            return []
        without, who = not_restricted(sorted(self._restricted(site)))
        sql = statements.read(_HERE, "visits").replace("/* filter */", condition).replace("/* restricted */", without)
        parameters |= {**who, "site": site, "first": kept.first, "last": kept.last, "limit": limit, "offset": offset}
        rows = self._query(sql, parameters)
        done = self._done(site, rows) if rows else {}
        return [
            msgspec.convert(
                {**{name: row[name] for name in row if name not in _WITHIN}, "done": done.get(number, ())}, Visit
            )
            for number, row in enumerate(rows, 1)
        ]

    def _done(self, site: int, rows: Sequence[Mapping[str, object]]) -> dict[int, list[dict[str, Any]]]:
        """What was done in each visit, by its place from 1."""
        parameters = {
            "site": site,
            "most": _MAX_ACTIONS,
            "days": [row["day"] for row in rows],
            "visitors": [row["visitor"] for row in rows],
            "identified": [row["identified"] for row in rows],
            "firsts": [row["started"] for row in rows],
            "lasts": [row["ended"] for row in rows],
        }
        done: dict[int, list[dict[str, Any]]] = {}
        for row in self._query(statements.read(_HERE, "actions"), parameters):
            visit = cast(int, row.pop("visit"))
            done.setdefault(visit, []).append(row)
        return done

    def _query(self, sql: str, parameters: Mapping[str, object]) -> list[dict[str, object]]:
        clickhouse = self._settings.clickhouse
        limits = {"max_memory_usage": clickhouse.report_memory_bytes, "max_execution_time": clickhouse.report_seconds}
        return self._warehouse.query(sql, parameters, limits)
