"""Figures by two words at once, which Matomo's subtables are made of: the keywords of a search engine, a category's actions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from gateway.reports import filters
from gateway.reports.filters import Filter
from gateway.reports.periods import Span
from gateway.reports.restricted import Restricted, not_restricted
from gateway.settings import Settings
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

_HERE = Path(__file__).parent
_EPOCH = date(1970, 1, 1)
OF_ACTIONS = frozenset({"event_category", "event_action", "event_name", "content", "content_piece"})


class Pairs:
    """Blocking: call from a thread, at most as many at a time as reports."""

    def __init__(
        self, warehouse: Warehouse, settings: Settings, restricted: Restricted = lambda _site: frozenset()
    ) -> None:
        self._warehouse = warehouse
        self._settings = settings
        self._restricted = restricted

    def rows(
        self, site: int, span: Span, starts: Sequence[date], chosen: Filter, outer: str, inner: str, limit: int
    ) -> list[dict[str, object]]:
        """Figures of each period (under "date", by its first day) and pair (under "outer" and "inner").

        `inner` may be "": then they are those of the outer values alone. At most `limit` pairs a period, the most frequent.
        Raises WarehouseUnavailable.
        """
        condition, parameters = filters.to_sql(chosen)
        sql = statements.read(_HERE, "action_pairs" if outer in OF_ACTIONS else "visit_pairs")
        without, more = not_restricted(sorted(self._restricted(site)))
        sql = sql.replace("/* filter */", condition).replace("/* restricted */", without)
        clickhouse = self._settings.clickhouse
        found = self._warehouse.query(
            sql,
            {
                **parameters,
                **more,
                "site": site,
                "first": span.first,
                "last": span.last,
                "starts": [(start - _EPOCH).days for start in starts],
                "outer": outer,
                "inner": inner,
                "limit": limit,
            },
            {"max_memory_usage": clickhouse.report_memory_bytes, "max_execution_time": clickhouse.report_seconds},
        )
        return [{**row, "date": row["period"]} for row in found]
