"""The statement that answers a question: .sql files put together with closed lists of names, everything else a parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple, cast

from gateway.reports import filters
from gateway.reports.dimensions import ON_REQUEST, WITH_UNKNOWN, is_custom, metric_sql, parts_of, value_of
from gateway.reports.periods import Span
from gateway.reports.question import MAX_LIMIT
from gateway.reports.restricted import Restricted, not_restricted
from gateway.settings import Settings
from gateway.sites.catalog import Catalog
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

_HERE = Path(__file__).parent
_EPOCH = date(1970, 1, 1)
Found = Mapping[str, object]  # metric → figure; `period`, its first day; `value`; `value_count`, values there are


class Question(NamedTuple):
    """`starts`: the first days of the periods. `values`: only these. `order` is a metric, or "value"."""

    site: int
    dimension: str
    chosen: filters.Filter
    span: Span
    starts: Sequence[date]
    metrics: Sequence[str]
    order: str = "visits"
    sign: int = -1
    limit: int = MAX_LIMIT
    offset: int = 0
    values: Sequence[str] | None = None
    totals: bool = False


class Answer(NamedTuple):
    """`total` is the whole site over the whole span, empty where it was not asked for or there is nothing."""

    rows: Sequence[Found]
    total: Found


class Asking:
    """Blocking. Raises WarehouseUnavailable."""

    def __init__(self, warehouse: Warehouse, catalog: Catalog, settings: Settings, restricted: Restricted) -> None:
        self._warehouse = warehouse
        self._catalog = catalog
        self._limits = {
            "max_memory_usage": settings.clickhouse.report_memory_bytes,
            "max_execution_time": settings.clickhouse.report_seconds,
        }
        self._restricted = restricted

    def ask(self, asked: Question) -> Answer:
        """Rows and total come from one statement: to be understood costs it more than to be run."""
        if not asked.totals:
            return Answer(self._query(asked, beside=False), {})
        if asked.offset:  # the total is no page of the rows
            return Answer(self._query(asked, beside=False), self._total(asked))
        if not asked.dimension and len(asked.starts) == 1:
            rows = self._query(asked, beside=False)
            return Answer(rows, rows[0] if rows else {})
        found = self._query(asked, beside=True)
        return Answer([row for row in found if not row["total"]], next((row for row in found if row["total"]), {}))

    def of_actions(self, site: int, dimension: str) -> bool:
        """True for a custom dimension whose values are those of single actions."""
        served = self._catalog.get(site)
        dimensions = served.site.dimensions if served is not None else ()
        return any(f"dimension{one.id}" == dimension and one.scope == "action" for one in dimensions)

    def _total(self, asked: Question) -> Found:
        found = self._query(
            Question(asked.site, "", asked.chosen, asked.span, [asked.span.first], asked.metrics), False
        )
        return found[0] if found else {}

    def _query(self, asked: Question, beside: bool) -> list[Found]:
        """The rows, and among them the total where it is wanted `beside` them."""
        site, dimension = asked.site, asked.dimension
        parameters: dict[str, object] = {
            "site": site,
            "dimension": dimension,
            "first": asked.span.first,
            "last": asked.span.last,
            "starts": [(start - _EPOCH).days for start in asked.starts],
            "only": asked.values is not None,
            "values": list(asked.values or ()),
            "order": asked.order,
            "sign": asked.sign,
            "limit": asked.limit,
            "offset": asked.offset,
            "totals": beside,
        }
        restricted = sorted(self._restricted(site))
        if asked.chosen.groups or restricted:
            # A visit is one visitor's, so that leaving some out is exact for whatever is asked.
            condition, more = filters.to_sql(asked.chosen)
            without, who = not_restricted(restricted)
            figures = self._of_visits(site, dimension)
            figures = figures.replace("/* filter */", condition).replace("/* restricted */", without)
            parameters |= {**more, **who, "unknown": dimension in WITH_UNKNOWN}
        else:
            figures = statements.read(_HERE, "audience")
            needed = {*asked.metrics, asked.order}
            parameters["uniques"] = not needed.isdisjoint({"visitors", *ON_REQUEST})
            parameters["every"] = not needed.isdisjoint(ON_REQUEST)
        shown = "".join(f"{_metric(dimension, name)} AS {name}_, " for name in asked.metrics)
        order = "0" if asked.order == "value" else f"toFloat64({metric_sql(dimension, asked.order)})"
        sql = statements.read(_HERE, "report").replace("/* metrics */", shown).replace("/* order */", order)
        found = self._warehouse.query(sql.replace("/* figures */", figures), parameters, self._limits)
        return [{name.removesuffix("_"): value for name, value in row.items()} for row in found]

    def _of_visits(self, site: int, dimension: str) -> str:
        """The statement over visits that answers a dimension; its texts come from dimensions.py alone."""
        parts = None if is_custom(dimension) and not self.of_actions(site, dimension) else parts_of(dimension)
        if parts is None:
            return statements.read(_HERE, "visits").replace("/* value */", value_of(dimension))
        sql = statements.read(_HERE, "actions")
        for name, text in parts._asdict().items():
            sql = sql.replace(f"/* {name} */", text)
        return sql


def _metric(dimension: str, name: str) -> str:
    """A metric of a dimension's values, in their total that of the site."""
    own, of_site = metric_sql(dimension, name), metric_sql("", name)
    return own if own == of_site else f"if(total, {of_site}, {own})"


def count_of(answer: Answer) -> int:
    """How many values there are, before limit and offset."""
    return max((cast(int, row["value_count"]) for row in answer.rows), default=0)
