"""Retention: of those whose first visit was in a week, how many came again in each week after (docs/statistics.md).

Only visitors who are recognised from one visit to the next can be followed: cookieless visits are in no cohort, nor are those
under the exemption for audience measurement, whose figures tell of nobody's way through several visits. They are counted apart.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import cast

import msgspec

from gateway.clock import Clock, add_months
from gateway.errors import BadRequest, NotFound
from gateway.reports import filters
from gateway.reports.periods import Period, start_of
from gateway.reports.restricted import Restricted, not_restricted
from gateway.settings import Settings
from gateway.sites.catalog import Catalog
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

_HERE = Path(__file__).parent
LEAST_WEEKS, MOST_WEEKS = 2, 56  # an id lives 13 months at most
_WEEK = timedelta(days=7)


class Cohort(msgspec.Struct, frozen=True, kw_only=True):
    """`week`: its Monday. `visitors`: how many came in that week, the next one, and so on up to the present week."""

    week: date
    visitors: tuple[int, ...]


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """Of the visits of these weeks that the filter lets through, `cookieless` and `exempt` are in no cohort.

    `cut`: weeks that were asked for begin before this date, of which figures are kept no more.
    """

    first: date
    last: date
    cohorts: tuple[Cohort, ...]
    visits: int
    cookieless: int
    exempt: int
    cut: date | None


class Cohorts:
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

    def run(self, site: int, weeks: int, filter_: str = "") -> Retention:
        """Of the last `weeks` weeks, the present one included; `filter_` is asked of first visits.

        Raises BadRequest, NotFound, or WarehouseUnavailable (also where a limit of memory or time was met).
        """
        if not LEAST_WEEKS <= weeks <= MOST_WEEKS:
            raise BadRequest(f"weeks is {LEAST_WEEKS} to {MOST_WEEKS}.", "$.weeks")
        served = self._catalog.get(site)
        if served is None:
            raise NotFound("There is no such site.", "$.site")
        last = self._clock.now().astimezone(served.zone).date()
        asked = start_of(last, Period.WEEK) - (weeks - 1) * _WEEK
        earliest = add_months(last, -self._settings.retention.data_months)
        first = max(asked, earliest)
        condition, parameters = filters.to_sql(filters.parse(filter_))
        without, who = not_restricted(sorted(self._restricted(site)))
        parameters |= {**who, "site": site, "first": first, "last": last}
        clickhouse = self._settings.clickhouse
        limits = {"max_memory_usage": clickhouse.report_memory_bytes, "max_execution_time": clickhouse.report_seconds}

        def ask(name: str) -> list[dict[str, object]]:
            sql = statements.read(_HERE, name).replace("/* filter */", condition).replace("/* restricted */", without)
            return self._warehouse.query(sql, parameters, limits)

        [counted] = ask("cohorts_visits")
        found = {(row["cohort"], row["later"]): cast(int, row["visitors"]) for row in ask("cohorts")}
        monday = start_of(first, Period.WEEK)
        mondays = [monday + number * _WEEK for number in range((last - monday).days // 7 + 1)]
        cohorts = tuple(
            Cohort(
                week=week,
                visitors=tuple(found.get((week, later), 0) for later in range(len(mondays) - number)),
            )
            for number, week in enumerate(mondays)
        )
        return Retention(
            first=first,
            last=last,
            cohorts=cohorts,
            visits=cast(int, counted["visits"]),
            cookieless=cast(int, counted["cookieless"]),
            exempt=cast(int, counted["exempt"]),
            cut=earliest if asked < earliest else None,
        )
