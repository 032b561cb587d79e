"""Matomo's generic parameters, on one small table with subtables."""

from __future__ import annotations

import copy

import pytest

from gateway.errors import BadRequest
from gateway.reports.matomo import question, shaping
from gateway.reports.matomo.answers import Ratio, Row, Seconds
from gateway.reports.matomo.shaping import Flat, shape, subtable_id

TABLE: list[Row] = [
    {"label": "Qwant", "nb_visits": 3, "bounce_rate": Ratio(0.67), "segment": "referrerName==Qwant", "subtable": [
        {"label": "hats", "nb_visits": 1},
        {"label": "boots", "nb_visits": 2},
    ]},
    {"label": "Google", "nb_visits": 5, "bounce_rate": Ratio(0.2), "segment": "referrerName==Google", "subtable": []},
    {"label": "Ecosia", "nb_visits": 4, "bounce_rate": Ratio(1), "segment": "referrerName==Ecosia", "subtable": []},
]  # fmt: skip


def shaped(flat: Flat | None = None, /, **given: str) -> list[Row]:
    asked = question.parse({"method": "A.b", **given})
    return shape(copy.deepcopy(TABLE), asked, "nb_visits", flat or Flat())


def labels(**given: str) -> list[object]:
    return [row["label"] for row in shaped(**given)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "Google Ecosia Qwant"),
        ({"filter_limit": "1"}, "Google"),
        ({"filter_limit": "1", "filter_offset": "1"}, "Ecosia"),
        ({"filter_limit": "0"}, ""),
        ({"filter_offset": "2"}, "Qwant"),
        ({"filter_limit": "-1", "filter_offset": "1"}, "Ecosia Qwant"),
        ({"filter_sort_column": "label", "filter_sort_order": "asc"}, "Ecosia Google Qwant"),
        ({"filter_sort_column": "label"}, "Qwant Google Ecosia"),
        ({"filter_sort_column": "bounce_rate", "filter_sort_order": "asc"}, "Google Qwant Ecosia"),
        ({"filter_sort_column": "nothing"}, "Qwant Google Ecosia"),
        ({"filter_pattern": "O"}, "Google Ecosia"),
        ({"filter_pattern": ".*"}, ""),
        ({"filter_column": "segment", "filter_pattern": "=Q"}, "Qwant"),
        ({"label": "Qwant", "filter_limit": "0"}, "Qwant"),
        ({"flat": "1"}, "Google Ecosia Qwant - boots Qwant - hats"),
        ({"flat": "1", "filter_limit": "3"}, "Google Ecosia Qwant - boots"),
    ],
)
def test_rows(given: dict[str, str], expected: str) -> None:
    assert " ".join(map(str, labels(**given))) == expected


def test_a_hundred_rows_unless_told_otherwise() -> None:
    table: list[Row] = [{"label": str(number), "nb_visits": number} for number in range(120)]
    asked = question.parse({"method": "A.b"})
    assert len(shape(table, asked, "nb_visits", Flat())) == 100
    assert len(shape(table, question.parse({"method": "A.b", "filter_limit": "-1"}), "nb_visits", Flat())) == 120


def test_subtables_are_there_where_they_are_asked_for() -> None:
    assert all("subtable" not in row for row in shaped())
    deep = shaped(expanded="1")[2]
    assert deep["subtable"] == [{"label": "boots", "nb_visits": 2}, {"label": "hats", "nb_visits": 1}]
    number = deep["idsubdatatable"]
    assert number == subtable_id("Qwant") and shaped()[2]["idsubdatatable"] == number
    assert shaped(idSubtable=str(number)) == deep["subtable"]
    assert "idsubdatatable" not in shaped(hideIdSubDatable="1")[2]
    with pytest.raises(BadRequest):
        shaped(idSubtable="1")


def test_columns() -> None:
    assert shaped(showColumns="nb_visits", filter_limit="1") == [
        {
            "label": "Google",
            "nb_visits": 5,
            "segment": "referrerName==Google",
            "idsubdatatable": subtable_id("Google"),
        }
    ]
    assert set(shaped(hideColumns="nb_visits,segment")[0]) == {"label", "bounce_rate", "idsubdatatable"}
    assert shaped(showColumns="nb_visits", expanded="1")[2]["subtable"] == [
        {"label": "boots", "nb_visits": 2},
        {"label": "hats", "nb_visits": 1},
    ]


@pytest.mark.parametrize(
    ("how", "rate", "time"), [("", "67%", 3725), ("bc", "67%", 3725), ("0", 0.67, 3725), ("1", "67%", "1 hours 2 min")]
)
def test_metrics_are_written_as_asked(how: str, rate: object, time: object) -> None:
    asked = question.parse({"method": "A.b", **({"format_metrics": how} if how else {})})
    row: Row = {"bounce_rate": Ratio(0.67), "sum_visit_length": Seconds(3725)}
    assert shaping.columns(row, asked) == {"bounce_rate": rate, "sum_visit_length": time}


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0%"), (1, "100%"), (0.5, "50%"), (0.9412, "94.12%"), (0.105, "10.5%")]
)
def test_shares(share: float, text: str) -> None:
    assert shaping.columns({"x": Ratio(share)}, question.parse({"method": "A.b"})) == {"x": text}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59, "59s"), (62, "1 min 2s"), (3725, "1 hours 2 min"), (190_000, "2 days 4 hours")],
)
def test_durations_in_words(seconds: int, text: str) -> None:
    assert shaping.pretty(seconds) == text


def test_processed_metrics_come_where_all_columns_are_asked_for() -> None:
    row: Row = {
        "nb_visits": 4,
        "nb_actions": 10,
        "sum_visit_length": 90,
        "bounce_count": 1,
        "nb_visits_converted": 1,
    }
    asked = question.parse({"method": "A.b", "filter_add_columns_when_show_all_columns": "1"})
    assert shaping.columns(row, asked) == {
        **row,
        "nb_actions_per_visit": 2.5,
        "avg_time_on_site": 23,
        "bounce_rate": "25%",
        "conversion_rate": "25%",
    }


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({}, "method"),
        ({"method": "VisitsSummary"}, "method"),
        ({"method": "A.b.c"}, "method"),
        ({"method": "A.b;"}, "method"),
        ({"method": "A.b", "filter_limit": "many"}, "filter_limit"),
        ({"method": "A.b", "filter_limit": "-2"}, "filter_limit"),
        ({"method": "A.b", "filter_offset": "-1"}, "filter_offset"),
        ({"method": "A.b", "lastMinutes": "2881"}, "lastMinutes"),
        ({"method": "A.b", "idSubtable": "9" * 16}, "idSubtable"),
        ({"method": "A.b", "format": "php"}, "format"),
        ({"method": "A.b", "label": "x" * 10_001}, "label"),
        ({"method": "A.b", **{f"p{number}": "" for number in range(200)}}, "$"),
        ({"method": "A.b", **{f"urls[{number}]": "" for number in range(51)}}, "urls"),
    ],
)
def test_bad_parameters_are_named(given: dict[str, str], where: str) -> None:
    with pytest.raises(BadRequest) as refused:
        question.parse(given)
    assert refused.value.where == where
