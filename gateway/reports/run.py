"""Reports: a typed question in, figures out. docs/statistics.md defines every one of them."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Literal, cast

import msgspec

from gateway.clock import Clock, add_months
from gateway.errors import BadRequest, NotFound, WarehouseUnavailable
from gateway.reports import filters, periods
from gateway.reports.dimensions import (
    DIMENSIONS,
    METRICS,
    ON_REQUEST,
    WITH_UNKNOWN,
    is_custom,
    metric_sql,
    metrics_of,
    parts_of,
    value_of,
)
from gateway.reports.periods import Period, Span
from gateway.settings import Settings
from gateway.sites.catalog import Catalog
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

_HERE = Path(__file__).parent
_EPOCH = date(1970, 1, 1)
MAX_LIMIT = 10_000
Compare = Literal["", "previous", "year", "range"]
# A site's visitors whose rows are in no figure (GDPR art. 18).
Restricted = Callable[[int], Collection[int]]
_RESTRICTED_AT_ONCE = 5_000  # a server takes 128 kB for one parameter, and 1 MB for all: some 40,000
Figures = dict[str, float | int]
Row = dict[str, str | float | int]


class StatsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. Dates are of the site's zone, both included; `filter` is text in the grammar of filters.py.

    `order` is a metric or the dimension's own name, `-` in front for descending; empty: the most of the first metric
    that is shown come first.
    """

    site: int
    first: date
    last: date
    metrics: tuple[str, ...] = ()  # empty: all that fit the dimension
    dimension: str = ""
    period: Period = Period.RANGE
    filter: str = ""
    compare: Compare = ""
    compared: Span | None = None  # for compare="range"
    limit: int = 100
    offset: int = 0
    order: str = ""
    totals: bool = True  # False: they are not asked for, and empty in the answer


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """The same figures of an earlier span: row i belongs to row i of the answer."""

    first: date
    last: date
    rows: tuple[Row, ...]
    totals: Figures


class StatsResult(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one period or value each; `totals` are the site's over the whole span.

    `cut`: the span reaches back to days that are kept no more; nothing before this date is in the figures.
    `row_count`: how many values the dimension has in the span, before limit and offset.
    """

    query: StatsQuery
    metrics: tuple[str, ...]
    rows: tuple[Row, ...]
    totals: Figures
    row_count: int
    cut: date | None = None
    compare: Compared | None = None


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
        self._restricted = restricted
        self._warehouse = warehouse
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

    def run(self, query: StatsQuery) -> StatsResult:
        """Raises BadRequest, NotFound, or WarehouseUnavailable (also where a limit of memory or time was met)."""
        earliest = self.earliest(query.site)
        metrics = self.check(query)
        chosen = filters.parse(query.filter)
        span = Span(query.first, query.last)
        cut = earliest if span.first < earliest else None
        seconds = self._settings.clickhouse.report_seconds
        if not self._turns.acquire(timeout=seconds):
            raise WarehouseUnavailable("Too many reports are running.", retry_after=10)
        try:
            rows, count = self._rows(query, chosen, span.since(earliest), query.period, metrics)
            return StatsResult(
                query=query,
                metrics=metrics,
                rows=tuple(rows),
                totals=self._totals(query, chosen, span.since(earliest), metrics) if query.totals else {},
                row_count=count,
                cut=cut,
                compare=self._compare(query, chosen, span, earliest, metrics, rows),
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
        kept = before.since(earliest)
        if query.dimension:
            values = list(dict.fromkeys(str(row[query.dimension]) for row in rows))
            found, _ = self._rows(query, chosen, kept, Period.RANGE, metrics, values)
            by_value = {str(row[query.dimension]): row for row in found}
            empty = _figures({}, metrics)
            matched = [by_value.get(value, cast(Row, {query.dimension: value, **empty})) for value in values]
        else:
            matched, _ = self._rows(query, chosen, kept, query.period, metrics)
        return Compared(
            first=before.first,
            last=before.last,
            rows=tuple(matched),
            totals=self._totals(query, chosen, kept, metrics),
        )

    def _totals(
        self, query: StatsQuery, chosen: filters.Filter, span: Span | None, metrics: tuple[str, ...]
    ) -> Figures:
        if span is None:
            return _figures({}, metrics)
        found = self._ask(query.site, "", chosen, span, [span.first], metrics)
        return _figures(found[0] if found else {}, metrics)

    def _rows(
        self,
        query: StatsQuery,
        chosen: filters.Filter,
        span: Span | None,
        period: Period,
        metrics: tuple[str, ...],
        values: Sequence[str] | None = None,
    ) -> tuple[list[Row], int]:
        if span is None:
            return [], 0
        if period is Period.HOUR:
            return self._hours(query.site, chosen, span, metrics)
        starts = periods.buckets(span, period)
        if not query.dimension:
            found = {row["period"]: row for row in self._ask(query.site, "", chosen, span, starts, metrics)}
            series: list[Row] = [
                {"date": start.isoformat(), **_figures(found.get(start, {}), metrics)} for start in starts
            ]
            return series, len(series)
        order, sign = _order(query)
        page = {"order": order, "sign": sign, "limit": query.limit, "offset": query.offset}
        if values is not None:
            page = {**page, "limit": MAX_LIMIT, "offset": 0}
        answer = self._ask(query.site, query.dimension, chosen, span, starts, metrics, page, values)
        if query.dimension == "goal" and "conversion_rate" in metrics:
            self._rate(query.site, chosen, span, starts, answer)
        rows: list[Row] = []
        for row in answer:
            named: Row = {query.dimension: str(row["value"])}
            if period is not Period.RANGE:
                named = {"date": cast(date, row["period"]).isoformat(), **named}
            rows.append({**named, **_figures(row, metrics)})
        return rows, max((cast(int, row["value_count"]) for row in answer), default=0)

    def _hours(self, site: int, chosen: filters.Filter, span: Span, metrics: tuple[str, ...]) -> tuple[list[Row], int]:
        """One row for each hour of the site's clock: the visits that began in it."""
        days = periods.buckets(span, Period.DAY)
        page = {"order": "value", "sign": 1, "limit": 24, "offset": 0}
        answer = self._ask(site, "hour", chosen, span, days, metrics, page)
        found = {(row["period"], row["value"]): row for row in answer}
        rows: list[Row] = [
            {"date": f"{day.isoformat()}T{hour:02}:00", **_figures(found.get((day, f"{hour:02}"), {}), metrics)}
            for day in days
            for hour in range(24)
        ]
        return rows, len(rows)

    def _rate(
        self,
        site: int,
        chosen: filters.Filter,
        span: Span,
        starts: Sequence[date],
        answer: Sequence[dict[str, object]],
    ) -> None:
        """A goal's conversion rate is over all visits of the period, not over those that reached it."""
        whole = {row["period"]: row for row in self._ask(site, "", chosen, span, starts, ("visits",))}
        for row in answer:
            visits = cast(int, whole[row["period"]]["visits"])
            row["conversion_rate"] = cast(float, row["conversion_rate"]) / visits

    def _ask(
        self,
        site: int,
        dimension: str,
        chosen: filters.Filter,
        span: Span,
        starts: Sequence[date],
        metrics: Sequence[str],
        page: Mapping[str, object] | None = None,
        values: Sequence[str] | None = None,
    ) -> list[dict[str, object]]:
        page = page or {"order": "visits", "sign": -1, "limit": MAX_LIMIT, "offset": 0}
        parameters: dict[str, object] = {
            "site": site,
            "dimension": dimension,
            "first": span.first,
            "last": span.last,
            "starts": [(start - _EPOCH).days for start in starts],
            "only": values is not None,
            "values": list(values or ()),
            **page,
        }
        restricted = sorted(self._restricted(site))
        if chosen.groups or restricted:
            # A visit is one visitor's, so that leaving some out is exact for whatever is asked.
            condition, more = filters.to_sql(chosen)
            without, who = not_restricted(restricted)
            figures = self._of_visits(site, dimension)
            figures = figures.replace("/* filter */", condition).replace("/* restricted */", without)
            parameters |= {**more, **who, "unknown": dimension in WITH_UNKNOWN}
        else:
            figures = statements.read(_HERE, "audience")
            needed = {*metrics, page["order"]}
            parameters["uniques"] = not needed.isdisjoint({"visitors", *ON_REQUEST})
            parameters["every"] = not needed.isdisjoint(ON_REQUEST)
        shown = "".join(f"{metric_sql(dimension, name)} AS {name}_, " for name in metrics)
        order = "0" if page["order"] == "value" else f"toFloat64({metric_sql(dimension, str(page['order']))})"
        sql = statements.read(_HERE, "report").replace("/* metrics */", shown).replace("/* order */", order)
        clickhouse = self._settings.clickhouse
        limits = {"max_memory_usage": clickhouse.report_memory_bytes, "max_execution_time": clickhouse.report_seconds}
        found = self._warehouse.query(sql.replace("/* figures */", figures), parameters, limits)
        return [{name.removesuffix("_"): value for name, value in row.items()} for row in found]

    def _of_visits(self, site: int, dimension: str) -> str:
        """The statement over visits that answers a dimension; its texts come from dimensions.py alone."""
        parts = None if is_custom(dimension) and not self._of_actions(site, dimension) else parts_of(dimension)
        if parts is None:
            return statements.read(_HERE, "visits").replace("/* value */", value_of(dimension))
        sql = statements.read(_HERE, "actions")
        for name, text in parts._asdict().items():
            sql = sql.replace(f"/* {name} */", text)
        return sql

    def _of_actions(self, site: int, dimension: str) -> bool:
        """True for a custom dimension whose values are those of single actions."""
        served = self._catalog.get(site)
        dimensions = served.site.dimensions if served is not None else ()
        return any(f"dimension{one.id}" == dimension and one.scope == "action" for one in dimensions)

    def check(self, query: StatsQuery) -> tuple[str, ...]:
        """The metrics to show. Raises BadRequest for what cannot be asked."""
        if query.dimension and query.dimension not in DIMENSIONS:
            raise BadRequest(f"Unknown dimension. Known: {', '.join(sorted(DIMENSIONS))}.", "$.dimension")
        if query.first > query.last:
            raise BadRequest("The first day lies after the last.", "$.from")
        if query.period is Period.HOUR and query.dimension:
            raise BadRequest("Hours are those of the whole site: ask without a dimension, or filter.", "$.period")
        for span in (Span(query.first, query.last), query.compared):
            if query.period is Period.HOUR and span is not None and span.length > periods.MAX_HOURLY_DAYS:
                raise BadRequest(f"By hour at most {periods.MAX_HOURLY_DAYS} days are told.", "$.period")
        if not 1 <= query.limit <= MAX_LIMIT:
            raise BadRequest(f"limit is 1 to {MAX_LIMIT}.", "$.limit")
        if not 0 <= query.offset <= 10_000_000:
            raise BadRequest("offset is 0 to 10000000.", "$.offset")
        known = metrics_of(query.dimension, self._of_actions(query.site, query.dimension))
        for metric in query.metrics:
            if metric not in known and metric not in ON_REQUEST:
                raise BadRequest(
                    f"{metric[:40]!r} is no metric of this report. Known: {', '.join(known)}.", "$.metrics"
                )
        _order(query)
        return tuple(dict.fromkeys(query.metrics)) or known


def not_restricted(visitors: Sequence[int]) -> tuple[str, dict[str, object]]:
    """The condition that leaves visitors out, and its parameters; nothing where there are none."""
    parameters: dict[str, object] = {
        f"restricted_{n}": list(visitors[n : n + _RESTRICTED_AT_ONCE])
        for n in range(0, len(visitors), _RESTRICTED_AT_ONCE)
    }
    parts = [f"AND NOT (identified AND visitor IN {{{name}:Array(UInt64)}})" for name in parameters]
    return " ".join(parts), parameters


def _order(query: StatsQuery) -> tuple[str, int]:
    """The column to order by and the sign to multiply it with. Raises BadRequest."""
    first = query.metrics[0] if query.metrics else "visits"
    name = query.order.removeprefix("-") or first
    sign = -1 if query.order.startswith("-") or not query.order else 1
    if name == query.dimension and name:
        return "value", -1 if query.order.startswith("-") else 1
    if name not in METRICS:
        raise BadRequest("order is a metric or the dimension, with - in front for descending.", "$.order")
    return name, sign


def _figures(row: Mapping[str, object], metrics: Sequence[str]) -> Figures:
    """The metrics of one row; zero where there is none, or a sum that is not finite."""
    figures: Figures = {}
    for metric in metrics:
        value = row.get(metric, 0)
        if isinstance(value, float):
            value = round(value, 6) if math.isfinite(value) else 0.0
        figures[metric] = cast(float, value)
    return figures
