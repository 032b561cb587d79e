"""What is going on at a site now, out of the raw hits of the last minutes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import NamedTuple, cast

from gateway.clock import Clock
from gateway.errors import BadRequest, NotFound
from gateway.reports.restricted import Restricted, not_restricted
from gateway.settings import Settings
from gateway.sites.catalog import Catalog
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

_HERE = Path(__file__).parent / "rows"
MAX_MINUTES = 2880  # as Matomo


class Counters(NamedTuple):
    """`visits` are told apart by pauses and `new_visit` alone; `converted`: visitors who reached a goal or ordered."""

    visits: int
    visitors: int
    actions: int
    converted: int


class RealTime:
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

    def counters(self, site: int, minutes: int) -> Counters:
        """Of the last `minutes`. Raises BadRequest, NotFound, WarehouseUnavailable."""
        if not 1 <= minutes <= MAX_MINUTES:
            raise BadRequest(f"lastMinutes is 1 to {MAX_MINUTES}.", "$.lastMinutes")
        served = self._catalog.get(site)
        if served is None:
            raise NotFound("There is no such site.", "$.site")
        now = self._clock.now()
        since = now - timedelta(minutes=minutes)
        without, parameters = not_restricted(sorted(self._restricted(site)))
        parameters |= {
            "site": site,
            "since": int(since.timestamp() * 1000),
            "first": since.astimezone(served.zone).date(),
            "last": now.astimezone(served.zone).date(),
        }
        sql = statements.read(_HERE, "counters").replace("/* restricted */", without)
        clickhouse = self._settings.clickhouse
        limits = {"max_memory_usage": clickhouse.report_memory_bytes, "max_execution_time": clickhouse.report_seconds}
        [row] = self._warehouse.query(sql, parameters, limits)
        return Counters(*(cast(int, row[name]) for name in Counters._fields))
