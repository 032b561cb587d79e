"""Any question gets the figures that counting by hand gives, on chDB and on a server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from gateway.reports import filters
from gateway.reports.dimensions import FIELDS
from gateway.reports.filters import Condition, Filter, Operator
from gateway.reports.periods import Period, Span
from gateway.reports.run import MAX_LIMIT, StatsQuery
from tests.stats import recount
from tests.stats.recount import FIGURES, OF_PAGES, VALUES, Visit, audience
from tests.warehouse.worlds import Engine, World, world

VISITS = audience(seed=5)
DROPPED_IF_EMPTY = {"entry_page", "exit_page"}  # an empty value means that no page was seen

_PIECES = st.one_of(
    st.sampled_from(VALUES),
    st.sampled_from([value[cut:] for value in VALUES for cut in (1, 2) if value[cut:]]),
    st.sampled_from(["FR", "fr", "phone", "fox", "%", "_", "'", "\\", "x", ""]),
)


def condition(name: str, operator: str, value: str | float | bool) -> Condition:
    return Condition(FIELDS[name], Operator(operator), value)


_TEXT = st.builds(condition, st.sampled_from(recount.TEXTS), st.sampled_from("== != =@ !@ =^ =$".split()), _PIECES)
_NUMBER = st.builds(
    condition,
    st.sampled_from(recount.NUMBERS),
    st.sampled_from("== != > >= < <=".split()),
    st.integers(-1, 24).map(float),
)
_FLAG = st.builds(condition, st.just("identified"), st.sampled_from(["==", "!="]), st.booleans())
_FILTERS = st.lists(
    st.lists(st.one_of(_TEXT, _TEXT, _NUMBER, _FLAG), min_size=1, max_size=3).map(tuple), max_size=3
).map(lambda groups: Filter(tuple(groups)))
_SPANS = st.tuples(st.integers(-3, recount.DAYS), st.integers(0, recount.DAYS)).map(
    lambda pair: Span(*(recount.FIRST + timedelta(days=days) for days in (pair[0], pair[0] + pair[1])))
)


@pytest.fixture(scope="module")
def filled(engine: Engine) -> Iterator[World]:
    with world(engine) as fresh:
        fresh.store(hit for visit in VISITS for hit in visit.hits())
        fresh.rollup.run()
        yield fresh


def told(filled: World, chosen: Filter, span: Span, period: Period, dimension: str) -> tuple[dict[Any, Any], Any]:
    """What the reports say: (period, value) → figures where there are any, and the totals."""
    metrics = OF_PAGES if dimension in ("page", "title") else FIGURES
    query = StatsQuery(
        site=1, first=span.first, last=span.last, metrics=metrics, dimension=dimension, period=period,
        filter=filters.write(chosen), limit=MAX_LIMIT,
    )  # fmt: skip
    result = filled.reports.run(query)
    rows = {}
    for row in result.rows:
        figures = {name: row[name] for name in metrics}
        if figures["visits"]:
            rows[str(row.get("date", span.first)), str(row.get(dimension, ""))] = figures
    return rows, {name: result.totals[name] for name in metrics if name in result.totals}


# A failing question is short enough as it is; making it shorter would take minutes of asking.
@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    chosen=_FILTERS,
    span=_SPANS,
    period=st.sampled_from([Period.RANGE, Period.DAY, Period.WEEK, Period.MONTH]),
    dimension=st.sampled_from(["", *recount.TEXTS]),
)
def test_figures_are_those_of_a_recount(
    filled: World, chosen: Filter, span: Span, period: Period, dimension: str
) -> None:
    expected = recount.recount(VISITS, chosen, span, period, dimension)
    if dimension in DROPPED_IF_EMPTY:
        expected = {key: figures for key, figures in expected.items() if key[1]}
    rows, totals = told(filled, chosen, span, period, dimension)
    assert rows.keys() == expected.keys()
    for key, figures in expected.items():
        assert rows[key] == pytest.approx(figures, abs=2e-6), key
    if dimension not in ("page", "title"):
        whole = recount.recount(VISITS, chosen, span, Period.RANGE, "")
        assert totals == pytest.approx(whole.get((span.first.isoformat(), ""), recount.figures([])), abs=2e-6)


def test_every_value_is_a_value(filled: World) -> None:
    """Nothing that could be SQL, a wildcard or a sign of the grammar is anything but text, by any operator."""
    span, wrong = Span(recount.FIRST, recount.FIRST + timedelta(days=recount.DAYS)), []
    for value, operator in zip(VALUES[4:], cycle("== !@ =$ != =@ =^".split()), strict=False):
        chosen = Filter(((condition("page", operator, value),),))
        count = sum(recount.lets_through(chosen, visit) for visit in VISITS)
        assert 0 < count < len(VISITS)
        _, totals = told(filled, chosen, span, Period.RANGE, "")
        if totals["visits"] != count:
            wrong.append((operator, value, count))
    assert wrong == []


def test_a_filter_asks_of_each_event(filled: World) -> None:
    """Some event's value is such; negated, none is."""
    span = Span(recount.FIRST, recount.FIRST + timedelta(days=recount.DAYS))
    for operator in ("==", "!=", ">"):
        chosen = Filter(((condition("event_value", operator, 3.0),),))
        count = sum(recount.lets_through(chosen, visit) for visit in VISITS)
        assert 0 < count < len(VISITS)
        assert told(filled, chosen, span, Period.RANGE, "")[1]["visits"] == count


def test_the_recount_itself_counts() -> None:
    """By hand: two visits of one visitor, one of nobody known."""
    start = VISITS[0].start.replace(hour=8, minute=0)
    page, other = recount.Page("/a", "A"), recount.Page("/b", "B")
    one = Visit(start, 1, 1, "FR", "phone", "Firefox", 10, (page, other, page))
    visits = [one, one._replace(start=start + timedelta(days=1), actions=(other,)), one._replace(visitor=0, anon=9)]
    span = Span(start.date(), start.date() + timedelta(days=1))
    by_page = recount.recount(visits, Filter(()), span, Period.RANGE, "page")
    first = span.first.isoformat()
    assert by_page[first, "/a"] == {"visitors": 2, "visits": 2, "pageviews": 4, "entries": 2, "exits": 2}
    assert by_page[first, "/b"] == {"visitors": 2, "visits": 3, "pageviews": 3, "entries": 1, "exits": 1}
    assert recount.figures(visits) == {
        "visitors": 2, "visits": 3, "pageviews": 7, "actions": 7, "bounce_rate": 0.333333, "avg_seconds": 14.0,
    }  # fmt: skip
    never = filters.parse("page!=/a")
    assert [recount.lets_through(never, visit) for visit in visits] == [False, True, False]
