"""Reports without small figures, for what leaves the dashboard: shares, letters, and what viewers take away.

Of a report's rows, counts from 1 to 9 are hidden, and in each column as many more as it takes that nobody works them out from
the total (small_numbers.py). A row whose visitors or visits are hidden tells nothing at all: 40 page views of one person are
that person's. Figures made of a count (a rate, a sum of money) are hidden together with it.

Filters can be subtracted from each other: FR, less "FR and not this browser"; "FR or MT", less FR. So a figure is hidden as
well where it differs by less than 10 from the same figure with some of the filter's conditions, or alternatives, left out.

A threshold and the next one can be subtracted as well, and any further one where nobody is between: so whoever may not see
small figures cannot compare numbers by order, nor write many conditions (require_guardable).

Not protected: the difference of two spans that overlap. Whoever offers several spans offers such that do not (overview.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import chain, combinations, groupby
from operator import itemgetter

import msgspec
from msgspec.structs import replace

from gateway.errors import BadRequest
from gateway.reports import filters, small_numbers
from gateway.reports.filters import Condition, Filter, Operator
from gateway.reports.periods import Period, Span, buckets
from gateway.reports.run import MAX_LIMIT, Reports, StatsQuery

# A figure of a row; None where it is hidden.
Told = dict[str, str | float | int | None]
Figured = Mapping[str, str | float | int]

MOST_CONDITIONS = 4  # a viewer's report is compared with those of all 15 filters that have some of them
_MOST_ROWS = 200_000  # values times periods

_PEOPLE = ("visitors", "visits")
_BY_ORDER = (Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE, Operator.LESS)
_COUNTS = frozenset(
    {
        *_PEOPLE,
        *("daily_visitors", "pageviews", "actions", "bounces", "events", "downloads", "outlinks", "searches", "hits"),
        *("conversions", "converted_visits", "orders", "entries", "exits"),
    }
)
# What a figure that is no count is made of; it is hidden where that is.
_MADE_OF = {
    "bounce_rate": "bounces",
    "conversion_rate": "converted_visits",
    "event_value": "events",
    "revenue": "conversions",
}


class GuardedCompared(msgspec.Struct, frozen=True, kw_only=True):
    """The same figures of another span: row i belongs to row i of the report."""

    first: date
    last: date
    rows: tuple[Told, ...]
    totals: Told


class Guarded(msgspec.Struct, frozen=True, kw_only=True):
    """A report as StatsResult is one; None is a figure that is hidden."""

    query: StatsQuery
    metrics: tuple[str, ...]
    rows: tuple[Told, ...]
    totals: Told
    row_count: int
    cut: date | None = None
    compare: GuardedCompared | None = None


def run(reports: Reports, query: StatsQuery) -> Guarded:
    """Blocking. `limit` and `offset` choose among the rows once it is known which to hide. Raises as Reports.run does."""
    reports.check(query)
    asked = tuple(dict.fromkeys((*query.metrics, *_PEOPLE, *_needed(query)))) if query.metrics else ()
    whole = replace(query, metrics=asked, limit=_most(query), offset=0, compare="", compared=None, totals=True)
    found = reports.run(whole)
    metrics = query.metrics or found.metrics
    others = [reports.run(replace(whole, filter=less)) for less in with_less(filters.parse(query.filter))]
    names = ("date", query.dimension)
    rows = _told(found.rows, [one.rows for one in others], query, found.metrics, found.totals)
    (totals,) = _told([found.totals], [[one.totals] for one in others], replace(query, dimension=""), found.metrics, {})
    page = [_only(row, (*names, *metrics)) for row in _page(rows, query)]
    return Guarded(
        query=query,
        metrics=metrics,
        rows=tuple(page),
        totals=_only(totals, metrics),
        row_count=found.row_count,
        cut=found.cut,
        compare=_compare(reports, query, page),
    )


def _most(query: StatsQuery) -> int:
    """The values to ask for, of each period: of few of them it could not be known what else gives them away."""
    if not query.dimension or query.period is Period.RANGE:
        return MAX_LIMIT
    return max(query.offset + query.limit, _MOST_ROWS // len(buckets(Span(query.first, query.last), query.period)))


def _page(rows: Sequence[Told], query: StatsQuery) -> list[Told]:
    """The rows from `offset` on, `limit` of them, of each period."""
    if not query.dimension:
        return list(rows)
    seen: dict[object, int] = defaultdict(int)
    page: list[Told] = []
    for row in rows:
        if query.offset <= seen[row.get("date")] < query.offset + query.limit:
            page.append(row)
        seen[row.get("date")] += 1
    return page


def _compare(reports: Reports, query: StatsQuery, rows: Sequence[Told]) -> GuardedCompared | None:
    if not query.compare:
        return None
    span = Span(query.first, query.last)
    before = span.year_before() if query.compare == "year" else query.compared or span.previous()
    alone = replace(query, first=before.first, last=before.last, compare="", compared=None, limit=MAX_LIMIT, offset=0)
    found = run(reports, alone)
    matched = found.rows
    if query.dimension:
        by_value = {row[query.dimension]: row for row in found.rows}
        nothing = dict.fromkeys(found.metrics, 0)
        values = [row[query.dimension] for row in rows]
        matched = tuple(by_value.get(value, {query.dimension: value, **nothing}) for value in values)
    return GuardedCompared(first=before.first, last=before.last, rows=matched, totals=found.totals)


def _needed(query: StatsQuery) -> list[str]:
    """The counts behind the figures asked for. A product's revenue is that of its orders, of which alone it knows."""
    made_of = {**_MADE_OF, "revenue": "orders"} if query.dimension == "product" else _MADE_OF
    return [made_of[metric] for metric in query.metrics if metric in made_of]


def require_guardable(chosen: Filter) -> None:
    """Raises BadRequest for a filter of more than MOST_CONDITIONS, and for one that compares by < <= >= or >."""
    conditions = list(chain.from_iterable(chosen.groups))
    if len(conditions) > MOST_CONDITIONS:
        raise BadRequest(f"For viewers a filter has at most {MOST_CONDITIONS} conditions.", "$.filter")
    for condition in conditions:
        if condition.operator in _BY_ORDER:
            raise BadRequest(
                f"{condition.field.name}{condition.operator}: for viewers numbers are compared by == and != alone, since two"
                " neighbouring thresholds tell who is between them.",
                "$.filter",
            )


def with_less(chosen: Filter) -> list[str]:
    """The filters with fewer of the conditions and alternatives: all of them, since what one less does not change two may.

    Of more than MOST_CONDITIONS, which only who may see everything writes and nobody else can vary, those with one less.
    """
    places = [(at, condition) for at, group in enumerate(chosen.groups) for condition in group]
    fewest = 0 if len(places) <= MOST_CONDITIONS else len(places) - 1
    found = dict.fromkeys(
        filters.write(Filter(_groups(kept)))
        for count in range(fewest, len(places))
        for kept in combinations(places, count)
    )
    return list(found)


def _groups(kept: Sequence[tuple[int, Condition]]) -> tuple[tuple[Condition, ...], ...]:
    """Alternatives stay beside each other; a group that has none left is no condition at all."""
    return tuple(tuple(condition for _, condition in group) for _, group in groupby(kept, key=itemgetter(0)))


def _told(
    rows: Sequence[Figured],
    likewise: Sequence[Sequence[Figured]],
    query: StatsQuery,
    metrics: Sequence[str],
    totals: Figured,
) -> list[Told]:
    """The rows with what must be hidden as None. `likewise` are those of filters with something left out.

    With a dimension each period is a column of its own; without one the rows are the periods of one column.
    """
    told: list[Told] = [dict(row) for row in rows]
    columns: dict[object, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        columns[row.get("date") if query.dimension else None].append(index)
    others = [{_key(row, query): row for row in some} for some in likewise]
    for indices in columns.values():
        column = [rows[index] for index in indices]
        beside = [[other.get(_key(row, query), {}) for row in column] for other in others]
        whole = totals if query.period is Period.RANGE else {}
        secret = {name: _hidden(column, beside, name, whole) for name in metrics if name in _COUNTS}
        alone = secret.get("visitors", frozenset()) | secret.get("visits", frozenset())
        for at, index in enumerate(indices):
            for name in metrics:
                behind = _MADE_OF.get(name, name)
                behind = "orders" if name == "revenue" and behind not in secret else behind
                if at in alone or at in secret.get(behind, frozenset()):
                    told[index][name] = None
    return told


def _hidden(
    column: Sequence[Figured], beside: Sequence[Sequence[Figured]], name: str, totals: Figured
) -> frozenset[int]:
    """The places in a column whose figure is hidden. What the total has beyond the rows is a figure that is never told."""
    figures = [_count(row, name) for row in column]
    close = {
        at
        for at, figure in enumerate(figures)
        for other in beside
        if small_numbers.is_small(abs(_count(other[at], name) - figure))
    }
    rest = max(0, _count(totals, name) - sum(figures))
    return small_numbers.hidden([*figures, rest], also=close) - {len(figures)}


def _count(row: Figured, name: str) -> int:
    return int(row.get(name, 0))


def _key(row: Figured, query: StatsQuery) -> tuple[object, object]:
    """What a row is about."""
    return row.get("date"), row.get(query.dimension)


def _only(row: Told, names: Iterable[str]) -> Told:
    return {name: row[name] for name in names if name in row}
