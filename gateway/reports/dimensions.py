"""What figures can be told apart by, and visits filtered by: closed lists, so that no name reaches SQL unseen.

docs/statistics.md says what each of them means.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    TEXT = "text"
    TEXTS = "texts"  # one text for each of the visit's pages, events, searches, …
    NUMBER = "number"
    NUMBERS = "numbers"  # one number for each action
    FLAG = "flag"


class Field(NamedTuple):
    """A name of ours, the column of `visits AS v` behind it, and what it holds."""

    name: str
    column: str
    kind: Kind


CUSTOM_DIMENSIONS = 20

# One value for each visit.
_VISIT = {
    "entry_page": "v.entry_page",
    "exit_page": "v.exit_page",
    "entry_title": "v.entry_title",
    "exit_title": "v.exit_title",
    "host": "v.host",
    "referrer_type": "v.referrer_type",
    "referrer": "v.referrer_name",
    "referrer_path": "v.referrer_path",
    "keyword": "v.keyword",
    "campaign": "v.campaign_name",
    "campaign_source": "v.campaign_source",
    "campaign_medium": "v.campaign_medium",
    "campaign_keyword": "v.campaign_keyword",
    "campaign_content": "v.campaign_content",
    "campaign_id": "v.campaign_id",
    "country": "v.country",
    "continent": "v.continent",
    "region": "v.region",
    "city": "v.city",
    "browser": "v.browser",
    "browser_version": "trim(concat(v.browser, ' ', v.browser_version))",
    "os": "v.os",
    "os_version": "trim(concat(v.os, ' ', v.os_version))",
    "device": "v.device",
    "brand": "v.brand",
    "model": "v.model",
    "language": "v.language",
    "screen": "v.screen",
    "visitor_type": "v.visitor_type",
    "basis": "v.basis",
}
# One value for each visit, and one orders them as numbers.
_VISIT_NUMBERS = {"hour": "v.local_hour", "visitor_hour": "v.visitor_hour", "weekday": "v.weekday"}
# One for each page view.
_PAGES = {"page": "v.pages", "title": "v.titles"}
_STATUS = {"status": "arrayMap(one -> if(one = 0, '', toString(one)), v.statuses)"}
_EVENTS = {
    "event_category": "v.event_categories",
    "event_action": "v.event_actions",
    "event_name": "v.event_names",
}
_DOWNLOADS = {"download": "v.download_urls"}
_OUTLINKS = {"outlink": "v.outlink_urls"}
_SEARCHES = {"search": "v.search_keywords", "search_category": "v.search_categories"}
_CONTENTS = {"content": "v.content_names", "content_piece": "v.content_pieces"}
_GOALS = {"goal": "v.conversions"}
_PRODUCTS = {"product": "v.product_names"}
_CUSTOM = {f"dimension{number}": f"v.dimensions[{number}]" for number in range(1, CUSTOM_DIMENSIONS + 1)}

_NUMBERS = {
    "actions": "v.actions",
    "pageviews": "v.pageviews",
    "events": "v.events",
    "downloads": "v.downloads",
    "outlinks": "v.outlinks",
    "searches": "v.searches",
    "conversions": "length(v.conversions)",
    "orders": "v.orders",
    "revenue": "v.revenue",
    "seconds": "v.duration",
    "engaged_seconds": "v.engaged",
}
# To filter by alone: a place without the country that stands in front of it.
_PLACES = {"region_code": "substringUTF8(v.region, 4)", "city_name": "substringUTF8(v.city, 4)"}
_FLAGS = {"identified": "v.identified", "test": "v.test"}

VISIT_METRICS = (
    "visitors",
    "visits",
    "pageviews",
    "actions",
    "bounce_rate",
    "avg_seconds",
    "engaged_seconds",
    "bounces",
    "seconds",
    "max_actions",
    "actions_per_visit",
    "events",
    "event_value",
    "downloads",
    "outlinks",
    "searches",
    "conversions",
    "converted_visits",
    "conversion_rate",
    "revenue",
    "orders",
)
PAGE_METRICS = (
    "visitors",
    "visits",
    "pageviews",
    "entries",
    "exits",
    "bounce_rate",
    "avg_seconds",
    "bounces",
    "seconds",
    "hits",
)
_ACTION_METRICS = ("visitors", "visits", "hits")
_METRICS = {
    **dict.fromkeys(_PAGES, PAGE_METRICS),
    **dict.fromkeys(_STATUS, (*_ACTION_METRICS, "pageviews")),
    **dict.fromkeys(_EVENTS, (*_ACTION_METRICS, "events", "event_value")),
    **dict.fromkeys(_DOWNLOADS, (*_ACTION_METRICS, "downloads")),
    **dict.fromkeys(_OUTLINKS, (*_ACTION_METRICS, "outlinks")),
    **dict.fromkeys(_SEARCHES, (*_ACTION_METRICS, "searches")),
    **dict.fromkeys(_CONTENTS, _ACTION_METRICS),
    **dict.fromkeys(
        _GOALS, ("visitors", "visits", "conversions", "converted_visits", "conversion_rate", "revenue", "orders")
    ),
    **dict.fromkeys(_PRODUCTS, (*_ACTION_METRICS, "orders", "revenue")),
}
# Told where they are asked for by name: the different visitors of each day, added up; and of all values of the dimension in
# the period, whether or not they are among the rows: how many there are, empty apart, and their visits added up.
ON_REQUEST = frozenset({"daily_visitors", "distinct_values", "value_visits"})
METRICS = frozenset(VISIT_METRICS).union(*_METRICS.values())

# An empty value means "unknown" here and makes a row; elsewhere it means that there is none.
WITH_UNKNOWN = frozenset(
    {
        "",
        "page",
        "title",
        "referrer_type",
        "country",
        "continent",
        "browser",
        "os",
        "device",
        "language",
        "screen",
        "visitor_type",
        "basis",
    }
)
PAGE_DIMENSIONS = frozenset(_PAGES)
_ACTIONS = {
    **_PAGES,
    **_STATUS,
    **_EVENTS,
    **_DOWNLOADS,
    **_OUTLINKS,
    **_SEARCHES,
    **_CONTENTS,
    **_GOALS,
    **_PRODUCTS,
}
DIMENSIONS: frozenset[str] = frozenset({*_VISIT, *_VISIT_NUMBERS, *_ACTIONS, *_CUSTOM})

FIELDS: dict[str, Field] = {
    name: Field(name, column, kind)
    for kind, columns in (
        (Kind.TEXT, {**_VISIT, **_PLACES}),
        (Kind.TEXTS, {**_ACTIONS, **_CUSTOM}),
        (Kind.NUMBER, {**_VISIT_NUMBERS, **_NUMBERS}),
        (Kind.NUMBERS, {"event_value": "v.event_values"}),
        (Kind.FLAG, _FLAGS),
    )
    for name, column in columns.items()
}


def metrics_of(dimension: str, of_actions: bool = False) -> tuple[str, ...]:
    """The metrics that make sense for a dimension, or for the whole where it is "".

    `of_actions`: a custom dimension whose values are those of single actions rather than of the visit.
    """
    if of_actions and dimension in _CUSTOM:
        return _ACTION_METRICS
    return _METRICS.get(dimension, VISIT_METRICS)


def is_custom(dimension: str) -> bool:
    return dimension in _CUSTOM


class Parts(NamedTuple):
    """What an array of values stands beside, each as long as it: SQL over `visits AS v`."""

    values: str
    weights: str
    seconds: str
    amounts: str


def value_of(dimension: str) -> str:
    """A visit's value of a dimension of which it has one, as SQL over `visits AS v`; a text."""
    if dimension in _CUSTOM:
        return f"{_CUSTOM[dimension]}[1]"
    return _VALUES.get(dimension) or _VISIT[dimension]


def parts_of(dimension: str) -> Parts | None:
    """A visit's values of a dimension of which it may have several; None where it has one."""
    values = {**_ACTIONS, **_CUSTOM}.get(dimension)
    if values is None:
        return None
    none = f"arrayMap(one -> 0., {values})"
    return Parts(
        values,
        "v.product_pieces" if dimension in _PRODUCTS else f"arrayMap(one -> 1, {values})",
        "v.page_seconds" if dimension in _PAGES else none,
        _AMOUNTS.get(dimension, none),
    )


_VALUES = {
    "": "''",
    "entry_title": "if(v.entry_page = '', '', v.entry_title)",
    "exit_title": "if(v.exit_page = '', '', v.exit_title)",
    "hour": "leftPad(toString(v.local_hour), 2, '0')",
    "visitor_hour": "if(v.visitor_hour = 255, '', leftPad(toString(v.visitor_hour), 2, '0'))",
    "weekday": "toString(v.weekday)",
}
_AMOUNTS = {
    **dict.fromkeys(_EVENTS, "v.event_values"),
    **dict.fromkeys(_GOALS, "v.conversion_revenues"),
    **dict.fromkeys(_PRODUCTS, "v.product_revenues"),
}

# A metric is a column of the figures that queries/report.sql stands on, unless it is here.
_METRIC_SQL = {
    "bounce_rate": "if(entries = 0, 0, bounces / entries)",
    "avg_seconds": "if(visits = 0, 0, seconds / visits)",
    "engaged_seconds": "if(visits = 0, 0, engaged / visits)",
    "actions_per_visit": "if(visits = 0, 0, actions / visits)",
    "event_value": "amount",
    "converted_visits": "converted",
    "conversion_rate": "if(visits = 0, 0, converted / visits)",
    "distinct_values": "countIf(value != '') OVER (PARTITION BY total, period)",
    "value_visits": "sum(visits) OVER (PARTITION BY total, period)",
}
_METRIC_SQL_OF: dict[str, dict[str, str]] = {
    **{name: {"pageviews": "hits", "avg_seconds": "if(hits = 0, 0, seconds / hits)"} for name in _PAGES},
    **{name: {"events": "hits"} for name in _EVENTS},
    "status": {"pageviews": "hits"},
    "download": {"downloads": "hits"},
    "outlink": {"outlinks": "hits"},
    "search": {"searches": "hits"},
    "search_category": {"searches": "hits"},
    "goal": {
        "conversions": "hits",
        "converted_visits": "visits",
        "conversion_rate": "toFloat64(visits)",  # of all visits, which only another report knows: run.py divides
        "revenue": "amount",
    },
    "product": {"revenue": "amount"},
}


def metric_sql(dimension: str, metric: str) -> str:
    """The SQL of a metric of METRICS over the figures of a report."""
    return _METRIC_SQL_OF.get(dimension, {}).get(metric) or _METRIC_SQL.get(metric, metric)
