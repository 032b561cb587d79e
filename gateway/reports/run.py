"""Reports: a typed question in, figures out. docs/statistics.md defines every one of them."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, cast

from gateway.clock import Clock, add_months
from gateway.errors import NotFound, WarehouseUnavailable
from gateway.reports import filters, periods
from gateway.reports.asking import Asking, Found, Question, count_of
from gateway.reports.periods import Period, Span
from gateway.reports.question import (
    MAX_LIMIT,
    Compare,
    Compared,
    Figures,
    Row,
    StatsQuery,
    StatsResult,
    check,
    order_of,
)
from gateway.reports.restricted import Restricted
from gateway.settings import Settings
from gateway.sites.catalog import Catalog
from gateway.warehouse.connection import Warehouse

__all__ = ("MAX_LIMIT", "Compare", "Compared", "Figures", "Reports", "Row", "StatsQuery", "StatsResult")


class _Found(NamedTuple):
    """`value_count`: how many values there are, before limit and offset."""

    rows: Sequence[Row]
    value_count: int
    totals: Figures


class Reports:
    """Blocking: call from a thread. At most settings.clickhouse.reports_at_once run at a time, the others wait."""

    def __init__(
        self,
        warehouse: Warehouse,
        catalog: Catalog,
        settings: Settings,
        clock: Clock,
        restricted: Restricted = lambda _site: frozenset(),
    ) -> None:
        self._asking = Asking(warehouse, catalog, settings, restricted)
        self._catalog = catalog
        self._settings = settings
        self._clock = clock
        self._turns = threading.BoundedSemaphore(settings.clickhouse.reports_at_once)

    def today(self, site_id: int) -> date:
        """The present date in the site's zone. Raises NotFound."""
        served = self._catalog.get(site_id)
        if served is None:
            raise NotFound("There is no such site.", "$.site")
        return self._clock.now().astimezone(served.zone).date()

    def earliest(self, site_id: int) -> date:
        """The oldest date that figures are kept of. Raises NotFound."""
        return add_months(self.today(site_id), -self._settings.retention.data_months)

    def check(self, query: StatsQuery) -> tuple[str, ...]:
        """The metrics to show. Raises BadRequest for what cannot be asked."""
        return check(query, self._asking.of_actions(query.site, query.dimension))

    def run(self, query: StatsQuery) -> StatsResult:
        """Raises BadRequest, NotFound, or WarehouseUnavailable (also where a limit of memory or time was met)."""
        earliest = self.earliest(query.site)
        metrics = self.check(query)
        chosen = filters.parse(query.filter)
        span = Span(query.first, query.last)
        seconds = self._settings.clickhouse.report_seconds
        if not self._turns.acquire(timeout=seconds):
            raise WarehouseUnavailable("Too many reports are running.", retry_after=10)
        try:
            found = self._find(query, chosen, span.since(earliest), metrics, query.totals)
            return StatsResult(
                query=query,
                metrics=metrics,
                rows=tuple(found.rows),
                totals=found.totals,
                row_count=found.value_count,
                cut=earliest if span.first < earliest else None,
                compare=self._compare(query, chosen, span, earliest, metrics, found.rows),
            )
        finally:
            self._turns.release()

    def _compare(
        self,
        query: StatsQuery,
        chosen: filters.Filter,
        span: Span,
        earliest: date,
        metrics: tuple[str, ...],
        rows: Sequence[Row],
    ) -> Compared | None:
        if not query.compare:
            return None
        before = span.year_before() if query.compare == "year" else query.compared or span.previous()
        values = list(dict.fromkeys(str(row[query.dimension]) for row in rows)) if query.dimension else None
        found = self._find(query, chosen, before.since(earliest), metrics, True, values)
        matched = found.rows
        if values is not None:
            by_value = {str(row[query.dimension]): row for row in found.rows}
            empty = _figures({}, metrics)
            matched = [by_value.get(value, cast(Row, {query.dimension: value, **empty})) for value in values]
        return Compared(first=before.first, last=before.last, rows=tuple(matched), totals=found.totals)

    def _find(
        self,
        query: StatsQuery,
        chosen: filters.Filter,
        span: Span | None,
        metrics: tuple[str, ...],
        totals: bool,
        values: Sequence[str] | None = None,
    ) -> _Found:
        """`values`: the dimension's only these, of the whole span, instead of the page that is asked for."""
        if span is None:
            return _Found([], 0, _figures({}, metrics) if totals else {})
        period = Period.RANGE if values is not None else query.period
        starts = periods.buckets(span, Period.DAY if period is Period.HOUR else period)
        asked = Question(query.site, query.dimension, chosen, span, starts, metrics, totals=totals)
        if period is Period.HOUR:
            # The visits that began in an hour of the site's clock.
            asked = asked._replace(dimension="hour", order="value", sign=1, limit=24)
        elif values is not None:
            order, sign = order_of(query)
            asked = asked._replace(order=order, sign=sign, values=values)
        elif query.dimension:
            order, sign = order_of(query)
            asked = asked._replace(order=order, sign=sign, limit=query.limit, offset=query.offset)
        answer = self._asking.ask(asked)
        total = _figures(answer.total, metrics) if totals else {}
        if period is Period.HOUR:
            rows = _of_hours(starts, answer.rows, metrics)
        elif not query.dimension:
            by_start = {row["period"]: row for row in answer.rows}
            rows = [{"date": start.isoformat(), **_figures(by_start.get(start, {}), metrics)} for start in starts]
        else:
            found = answer.rows
            if query.dimension == "goal" and "conversion_rate" in metrics:
                found = self._rated(asked, found)
            return _Found([_named(row, query.dimension, period, metrics) for row in found], count_of(answer), total)
        return _Found(rows, len(rows), total)

    def _rated(self, asked: Question, found: Sequence[Found]) -> list[Found]:
        """A goal's conversion rate is over all visits of the period, not over those that reached it."""
        every = Question(asked.site, "", asked.chosen, asked.span, asked.starts, ("visits",))
        visits = {row["period"]: cast(int, row["visits"]) for row in self._asking.ask(every).rows}
        return [
            {**row, "conversion_rate": cast(float, row["conversion_rate"]) / visits[row["period"]]} for row in found
        ]


def _of_hours(days: Sequence[date], found: Sequence[Found], metrics: Sequence[str]) -> list[Row]:
    """One row for each hour of these days."""
    by_hour = {(row["period"], row["value"]): row for row in found}
    return [
        {"date": f"{day.isoformat()}T{hour:02}:00", **_figures(by_hour.get((day, f"{hour:02}"), {}), metrics)}
        for day in days
        for hour in range(24)
    ]


def _named(row: Found, dimension: str, period: Period, metrics: Sequence[str]) -> Row:
    """A value's row: of which period, where there are several, its name and its figures."""
    named: Row = {dimension: str(row["value"])}
    if period is not Period.RANGE:
        named = {"date": cast(date, row["period"]).isoformat(), **named}
    return {**named, **_figures(row, metrics)}


def _figures(row: Found, metrics: Sequence[str]) -> Figures:
    """The metrics of one row; zero where there is none, or a sum that is not finite."""
    figures: Figures = {}
    for metric in metrics:
        value = row.get(metric, 0)
        if isinstance(value, float):
            value = round(value, 6) if math.isfinite(value) else 0.0
        figures[metric] = cast(float, value)
    return figures
