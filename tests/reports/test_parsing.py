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
from gateway.reports.dimensions import FIELDS
from gateway.reports.filters import Condition, Filter, Operator
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


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-02-29", "2024-02-29", "2024-02-29"),
        ("today", "2026-11-22", "2026-11-22"),
        ("yesterday", "2026-11-21", "2026-11-21"),
        ("2026-11-01,today", "2026-11-01", "2026-11-22"),
        ("last1", "2026-11-22", "2026-11-22"),
        ("last30", "2026-10-24", "2026-11-22"),
        ("previous30", "2026-10-23", "2026-11-21"),
        ("week", "2026-11-16", "2026-11-22"),
        ("month", "2026-11-01", "2026-11-22"),
        ("year", "2026-01-01", "2026-11-22"),
        ("lastweek", "2026-11-09", "2026-11-15"),
        ("lastmonth", "2026-10-01", "2026-10-31"),
        ("lastyear", "2025-01-01", "2025-12-31"),
    ],
)
def test_spans_by_name(text: str, first: str, last: str) -> None:
    assert periods.parse_date(text, TODAY) == Span(date.fromisoformat(first), date.fromisoformat(last))


@given(st.one_of(st.text(max_size=30), st.from_regex(r"(last|previous)?[0-9a-z,-]{0,12}", fullmatch=True)))
def test_any_text_is_a_span_or_a_bad_request(text: str) -> None:
    try:
        span = periods.parse_date(text, TODAY)
    except BadRequest as error:
        assert error.where == "$.date"
    else:
        assert 1 <= span.length <= periods.MAX_DAYS


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


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("country", "At character 1: A condition is a dimension"),
        ("country==FR;;device==phone", "At character 13: A condition is missing."),
        ("country==FR,", "At character 13: A condition is missing."),
        ("country==FR,colour==red", "At character 13: Unknown dimension: colour."),
        ("country==FR;device>phone", "At character 19: device cannot be compared by >."),
        ("country==%2C%2C;actions>many", "At character 25: actions is compared with a number."),
        ("test==yes", "At character 7: test is 0 or 1."),
        ("page==" + "x" * 1001, "At character 7: A value has at most 1000 characters."),
        (",".join(["page==x"] * 51), "More than 50 conditions."),
    ],
)
def test_a_wrong_filter_says_at_which_character(text: str, what: str) -> None:
    with pytest.raises(BadRequest) as caught:
        filters.parse(text)
    assert caught.value.where == "$.filter" and caught.value.what.startswith(what)


_TEXTS = st.text(max_size=20).filter(lambda text: "\0" not in text)
_CONDITIONS = st.one_of(
    st.builds(
        Condition, st.just(FIELDS["page"]), st.sampled_from([*"== != =@ !@ =^ =$".split()]).map(Operator), _TEXTS
    ),
    st.builds(
        Condition,
        st.just(FIELDS["actions"]),
        st.sampled_from([*"== != > >= < <=".split()]).map(Operator),
        st.integers(-(10**9), 10**9).map(lambda number: number / 1000),
    ),
    st.builds(Condition, st.just(FIELDS["test"]), st.just(Operator.EQUAL), st.booleans()),
)


@given(st.lists(st.lists(_CONDITIONS, min_size=1, max_size=4), max_size=4))
def test_a_filter_is_read_as_it_was_written(groups: list[list[Condition]]) -> None:
    tree = Filter(tuple(map(tuple, groups)))
    assert filters.parse(filters.write(tree)) == tree


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
        for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "plain", 'a"b,c\nd', "é", "\u00a0\x0b=1")
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
    assert lines.endswith("\r\n'\u00a0\x0b=1,-1,\r\n")


def test_a_long_table_is_written_in_parts() -> None:
    rows = [{"page": f"/{number}"} for number in range(2500)]
    parts = list(csv_export.lines(["page"], rows))
    assert len(parts) == 3 and b"".join([csv_export.header(["page"]), *parts]) == csv_export.write(["page"], rows)
