"""Funnels: how many visits, or visitors, went through steps in their order, and where they were lost (docs/statistics.md).

Steps are written in the grammar of filters.py: `;` is then, `,` is or: `page==/;page=^/shop,event_action==Try;goal==order`.
They are looked for in the raw hits, because visits do not keep which of their actions came first: nothing older is told.
"""

from __future__ import annotations

import re
from datetime import date
from itertools import accumulate
from pathlib import Path
from typing import Literal, cast

import msgspec

from gateway.clock import Clock, add_months
from gateway.errors import BadRequest, NotFound
from gateway.reports import filters
from gateway.reports.filters import Condition, Filter, Operator
from gateway.reports.periods import Span
from gateway.reports.restricted import Restricted, not_restricted
from gateway.settings import Settings
from gateway.sites.catalog import Catalog
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

_HERE = Path(__file__).parent
LEAST_STEPS, MOST_STEPS = 2, 10
_WHERE = "$.steps"
Within = Literal["visit", "visitor"]

# The type of hit that a step is, and the column that it is compared by.
_SUBJECTS = {
    "page": ("pageview", "h.path"),
    "title": ("pageview", "h.title"),
    "event_category": ("event", "h.category"),
    "event_action": ("event", "h.action"),
    "event_name": ("event", "h.name"),
    "download": ("download", "h.name"),
    "outlink": ("outlink", "h.name"),
    "search": ("search", "h.name"),
    "search_category": ("search", "h.category"),
}
DIMENSIONS = (*_SUBJECTS, "goal")
_HOW = (Operator.EQUAL, Operator.BEGINS, Operator.CONTAINS, Operator.ENDS)
_GOAL = "(h.type NOT IN ('order', 'cart') AND has(h.goals, {{{parameter}:UInt32}}))"
# An order whose number came before is not another one, as in visits.
_ORDER = (
    "(h.type = 'order' AND (h.order_id = 0 OR (h.test, h.order_id, h.ts, h.id) IN"
    " (SELECT test, order_id, tupleElement(min((ts, id)) AS first, 1), tupleElement(first, 2) FROM hits"
    " WHERE site = {site:UInt32} AND day <= {last:Date} AND type = 'order' AND order_id != 0 GROUP BY test, order_id)))"
)


class FunnelQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. Dates are of the site's zone, both included.

    `within` a visit, or within all visits of a visitor in the span: then only those who are recognised are followed.
    """

    site: int
    first: date
    last: date
    steps: str
    within: Within = "visit"
    filter: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """`reached`: by how many; `lost`: how many of them did not reach the next one, 0 at the last.

    `of_previous` and `of_first`: reached, as a share of those of the step before and of the first one; 0 of nobody.
    """

    step: str
    reached: int
    lost: int
    of_previous: float
    of_first: float


class Funnel(msgspec.Struct, frozen=True, kw_only=True):
    """`everybody`: all visits, or recognised visitors, that the filter lets through, whether or not they began.

    `cut`: the span reaches back to days whose hits are kept no more; nothing before this date is told.
    """

    steps: tuple[Step, ...]
    everybody: int
    cut: date | None


class Funnels:
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

    def run(self, query: FunnelQuery) -> Funnel:
        """Raises BadRequest, NotFound, or WarehouseUnavailable (also where a limit of memory or time was met)."""
        steps = parse(query.steps)
        condition, parameters = filters.to_sql(filters.parse(query.filter))
        earliest = self._earliest(query.site)
        span = Span(query.first, query.last).since(earliest)
        cut = earliest if query.first < earliest else None
        if span is None:
            return _funnel(steps, [0] * (len(steps.groups) + 1), 0, cut)
        marks, named = steps_sql(steps)
        without, who = not_restricted(sorted(self._restricted(query.site)))
        of_visitors = query.within == "visitor"
        parameters |= {
            **named,
            **who,
            "site": query.site,
            "first": span.first,
            "last": span.last,
            "count": len(steps.groups),
            "of_visitors": of_visitors,
        }
        sql = statements.read(_HERE, "funnel").replace("/* steps */", marks)
        sql = sql.replace("/* filter */", condition).replace("/* restricted */", without)
        clickhouse = self._settings.clickhouse
        limits = {"max_memory_usage": clickhouse.report_memory_bytes, "max_execution_time": clickhouse.report_seconds}
        [row] = self._warehouse.query(sql, parameters, limits)
        everybody = cast(int, row["visitors" if of_visitors else "visits"])
        return _funnel(steps, cast(list[int], row["ended_at"]), everybody, cut)

    def _earliest(self, site: int) -> date:
        served = self._catalog.get(site)
        if served is None:
            raise NotFound("There is no such site.", "$.site")
        today = self._clock.now().astimezone(served.zone).date()
        return add_months(today, -self._settings.retention.raw_months)


def parse(text: str) -> Filter:
    """The steps that `text` writes. Raises BadRequest."""
    try:
        steps = filters.parse(text)
    except BadRequest as error:
        raise BadRequest(error.what, _WHERE) from None
    if not LEAST_STEPS <= len(steps.groups) <= MOST_STEPS:
        raise BadRequest(f"A funnel has {LEAST_STEPS} to {MOST_STEPS} steps.", _WHERE)
    for number, group in enumerate(steps.groups, 1):
        for one in group:
            _check(one, number)
    return steps


def steps_sql(steps: Filter) -> tuple[str, dict[str, object]]:
    """The numbers of the steps that a hit `h` is, as SQL, and its parameters. Values are parameters, texts come from above."""
    parameters: dict[str, object] = {}
    marks = []
    for number, group in enumerate(steps.groups, 1):
        marks.append(f"if({' OR '.join(_sql(one, parameters) for one in group)}, {number}, 0)")
    return f"arrayFilter(step -> step > 0, [{', '.join(marks)}]::Array(UInt8))", parameters


def _check(one: Condition, number: int) -> None:
    """Raises BadRequest."""
    name = one.field.name
    if name not in DIMENSIONS:
        raise BadRequest(f"Step {number}: {name} is no action. Known: {', '.join(DIMENSIONS)}.", _WHERE)
    if one.operator not in _HOW:
        raise BadRequest(f"Step {number}: a step is compared by {' '.join(_HOW)}.", _WHERE)
    if name == "goal" and not (
        one.operator is Operator.EQUAL and re.fullmatch("order|[0-9]{1,9}", str(one.value), re.ASCII)
    ):
        raise BadRequest(f"Step {number}: a goal is named by ==, and its number or order.", _WHERE)


def _sql(one: Condition, parameters: dict[str, object]) -> str:
    if one.field.name == "goal" and one.value == "order":
        return _ORDER
    parameter = f"s{len(parameters)}"
    if one.field.name == "goal":
        parameters[parameter] = int(str(one.value))
        return _GOAL.format(parameter=parameter)
    parameters[parameter] = one.value
    type_, column = _SUBJECTS[one.field.name]
    return f"(h.type = '{type_}' AND {filters.text_sql(one.operator, column, parameter)})"


def _funnel(steps: Filter, ended_at: list[int], everybody: int, cut: date | None) -> Funnel:
    """`ended_at`: how many came to no step, to the first and no further, … to the last."""
    reached = list(accumulate(reversed(ended_at[1:])))[::-1]
    told = tuple(
        Step(
            step=filters.write(Filter((group,))),
            reached=here,
            lost=here - following if following is not None else 0,
            of_previous=_share(here, before),
            of_first=_share(here, reached[0]),
        )
        for group, here, before, following in zip(
            steps.groups, reached, [reached[0], *reached], [*reached[1:], None], strict=False
        )
    )
    return Funnel(steps=told, everybody=everybody, cut=cut)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
