"""Who is on a site at present: out of the raw hits, for the dashboard's page in real time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import cast

import msgspec

from gateway.clock import Clock
from gateway.errors import NotFound
from gateway.reports.restricted import Restricted, not_restricted
from gateway.settings import Settings
from gateway.sites.catalog import Catalog
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

_HERE = Path(__file__).parent
PRESENT_MINUTES = 5  # who sent anything in the last so many is here
MINUTES = 30
ROWS = 10


class Minute(msgspec.Struct, frozen=True, kw_only=True):
    """One minute of the last half hour: who sent anything in it, and the page views."""

    at: int  # seconds since the epoch, when it began
    visitors: int
    pageviews: int


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """How many of those who are here have this value; who looked at several pages is at each."""

    value: str
    visitors: int


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """A site at one moment. `minutes`: the last 30, the present one last; `visitors`: here in the last five minutes."""

    at: float  # seconds since the epoch
    visitors: int
    minutes: tuple[Minute, ...]
    pages: tuple[Here, ...]
    countries: tuple[Here, ...]


class Presence:
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

    def look(self, site: int) -> Present:
        """Raises NotFound, WarehouseUnavailable."""
        served = self._catalog.get(site)
        if served is None:
            raise NotFound("There is no such site.", "$.site")
        now = self._clock.now()
        this = int(now.timestamp()) // 60
        since = now - timedelta(minutes=MINUTES)
        without, parameters = not_restricted(sorted(self._restricted(site)))
        parameters |= {
            "site": site,
            "since": (this - MINUTES + 1) * 60_000 - 1,
            "present": int((now - timedelta(minutes=PRESENT_MINUTES)).timestamp() * 1000),
            "first": since.astimezone(served.zone).date(),
            "last": now.astimezone(served.zone).date(),
        }
        sql = statements.read(_HERE, "live").replace("/* restricted */", without)
        clickhouse = self._settings.clickhouse
        limits = {"max_memory_usage": clickhouse.report_memory_bytes, "max_execution_time": clickhouse.report_seconds}
        rows = self._warehouse.query(sql, parameters, limits)
        by_minute = {int(str(row["value"])): row for row in rows if row["by"] == "minute"}
        minutes = [
            Minute(
                at=minute * 60,
                visitors=cast(int, by_minute.get(minute, {}).get("visitors", 0)),
                pageviews=cast(int, by_minute.get(minute, {}).get("pageviews", 0)),
            )
            for minute in range(this - MINUTES + 1, this + 1)
        ]
        return Present(
            at=now.timestamp(),
            visitors=next((cast(int, row["visitors"]) for row in rows if row["by"] == "all"), 0),
            minutes=tuple(minutes),
            pages=_here(rows, "page"),
            countries=_here(rows, "country"),
        )


def _here(rows: Sequence[dict[str, object]], by: str) -> tuple[Here, ...]:
    found = (Here(value=str(row["value"]), visitors=cast(int, row["visitors"])) for row in rows if row["by"] == by)
    return tuple(one for one in found if one.visitors)[:ROWS]
