"""What a report is asked and what it answers. docs/statistics.md defines every figure."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from gateway.errors import BadRequest
from gateway.reports import periods
from gateway.reports.dimensions import DIMENSIONS, METRICS, ON_REQUEST, metrics_of
from gateway.reports.periods import Period, Span

MAX_LIMIT = 10_000
Compare = Literal["", "previous", "year", "range"]
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


def check(query: StatsQuery, of_actions: bool) -> tuple[str, ...]:
    """The metrics to show. `of_actions` as in metrics_of(). Raises BadRequest for what cannot be asked."""
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
    known = metrics_of(query.dimension, of_actions)
    for metric in query.metrics:
        if metric not in known and metric not in ON_REQUEST:
            raise BadRequest(f"{metric[:40]!r} is no metric of this report. Known: {', '.join(known)}.", "$.metrics")
    order_of(query)
    return tuple(dict.fromkeys(query.metrics)) or known


def order_of(query: StatsQuery) -> tuple[str, int]:
    """The column to order by and the sign to multiply it with. Raises BadRequest."""
    first = query.metrics[0] if query.metrics else "visits"
    name = query.order.removeprefix("-") or first
    sign = -1 if query.order.startswith("-") or not query.order else 1
    if name == query.dimension and name:
        return "value", -1 if query.order.startswith("-") else 1
    if name not in METRICS:
        raise BadRequest("order is a metric or the dimension, with - in front for descending.", "$.order")
    return name, sign
