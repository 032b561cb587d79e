"""Periods, filters and CSV: what is read from a query string and written to a file."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BadRequest
from gateway.reports import csv_export, filters, periods
from gateway.reports.periods import Period, Span

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("period", "first", "last", "starts"),
    [
        (Period.DAY, "2026-02-27", "2026-03-01", ["2026-02-27", "2026-02-28", "2026-03-01"]),
        (Period.WEEK, "2026-11-04", "2026-11-16", ["2026-11-04", "2026-11-09", "2026-11-16"]),
        (Period.MONTH, "2025-12-31", "2026-02-01", ["2025-12-31", "2026-01-01", "2026-02-01"]),
        (Period.YEAR, "2025-06-01", "2026-06-01", ["2025-06-01", "2026-01-01"]),
        (Period.RANGE, "2026-01-01", "2026-06-01", ["2026-01-01"]),
    ],
)
def test_buckets(period: Period, first: str, last: str, starts: list[str]) -> None:
    span = Span(date.fromisoformat(first), date.fromisoformat(last))
    assert [day.isoformat() for day in periods.buckets(span, period)] == starts


def test_spans() -> None:
    assert periods.parse_span("", "", TODAY) == (date(2026, 10, 24), TODAY)
    assert periods.parse_span("yesterday", "today", TODAY) == (date(2026, 11, 21), TODAY)
    march = Span(date(2024, 2, 29), date(2024, 3, 2))
    assert march.previous() == (date(2024, 2, 26), date(2024, 2, 28))
    assert march.year_before() == (date(2023, 2, 28), date(2023, 3, 2))


@pytest.mark.parametrize("text", ["2026-13-01", "20261101", "2026-11-1", "tomorrow", "2026-W10-1", "0001-01-01"])
def test_wrong_dates_say_where(text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        periods.parse_span(text, "", TODAY)
    assert caught.value.where == "$.from"


def test_a_filter_is_a_tree() -> None:
    tree = filters.parse("country==FR,country==BE;page!@%2Ca%3Bb;actions>=2;test==0")
    assert [[(c.field.name, c.operator.value, c.value) for c in group] for group in tree.groups] == [
        [("country", "==", "FR"), ("country", "==", "BE")],
        [("page", "!@", ",a;b")],
        [("actions", ">=", 2.0)],
        [("test", "==", False)],
    ]


@pytest.mark.parametrize(
    "text",
    [
        "country",
        "country=FR",
        "nothing==1",
        "country>=FR",
        "actions==many",
        "actions=@1",
        "test==2",
        ";",
        "a;",
        "visitor==5",
        "country==FR;;nothing==1",
        "==",
        "page==a\0b",
        "actions==1e400",
        "actions==nan",
        ";".join(["country==FR"] * 51),
    ],
)
def test_wrong_filters_are_refused(text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        filters.parse(text)
    assert caught.value.where == "$.filter"


@given(st.text(max_size=60).filter(lambda text: "\0" not in text))
def test_no_value_reaches_the_sql(value: str) -> None:
    written = quote(value, safe="")
    sql, parameters = filters.to_sql(filters.parse(f"page=@{written};country!={written}"))
    assert parameters == {"f0": value, "f1": value}
    assert sql == filters.to_sql(filters.parse("page=@x;country!=y"))[0]


@given(st.text(max_size=80))
def test_any_text_is_a_filter_or_a_bad_request(text: str) -> None:
    with suppress(BadRequest):
        filters.to_sql(filters.parse(text))


def test_csv_holds_no_formula() -> None:
    rows = [
        {"title": text, "visits": -1}
        for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "plain", 'a"b,c\nd', "é")
    ]
    lines = csv_export.write(["title", "visits", "missing"], rows).decode()
    assert lines.split("\r\n")[:7] == [
        "title,visits,missing",
        "'=1+1,-1,",
        "'+1,-1,",
        "'-1,-1,",
        "'@SUM(A1),-1,",
        "'\t=1,-1,",
        "' =1,-1,",
    ]
    assert '"a""b,c\nd",-1,' in lines
