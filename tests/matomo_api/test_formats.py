"""The same answer in each format, byte for byte; and what strangers' texts cannot do in them."""

from __future__ import annotations

import csv
import io
import json
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.reports.matomo import formats
from gateway.reports.matomo.answers import Answer, Keyed, Row
from gateway.reports.matomo.question import Format

ROWS: list[Row] = [
    {"label": "a, \"b\" & <c>", "nb_visits": 2, "segment": "pageTitle==a", "idsubdatatable": 5, "subtable": [{"label": "x"}]},
    {"label": "é", "nb_visits": 1.5, "code": "fr"},
]  # fmt: skip
DAYS = Keyed("date", {"2026-11-01": {"nb_visits": 2}, "2026-11-02": []})
SITES = Keyed("idSite", {"1": Keyed("date", {"2026-11-01": ROWS[1:], "2026-11-02": []}), "2": DAYS})
HEAD = '<?xml version="1.0" encoding="utf-8" ?>\n'


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (5, '{"value":5}'),
        ("5.2.0", '{"value":"5.2.0"}'),
        (None, '{"value":null}'),
        ([], "[]"),
        ({"nb_visits": 2, "bounce_rate": "50%"}, '{"nb_visits":2,"bounce_rate":"50%"}'),
        (DAYS, '{"2026-11-01":{"nb_visits":2},"2026-11-02":[]}'),
        (Keyed("date", {"2026-11-01": 5, "2026-11-02": []}), '{"2026-11-01":5,"2026-11-02":[]}'),
        (
            SITES,
            '{"1":{"2026-11-01":[{"label":"é","nb_visits":1.5,"code":"fr"}],"2026-11-02":[]},'
            '"2":{"2026-11-01":{"nb_visits":2},"2026-11-02":[]}}',
        ),
        ((DAYS, 5, {"result": "error"}), '[{"2026-11-01":{"nb_visits":2},"2026-11-02":[]},{"value":5},{"result":"error"}]'),
    ],
)  # fmt: skip
def test_json(answer: Answer, expected: str) -> None:
    assert formats.write(answer, Format.JSON) == (expected.encode(), "application/json")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (5, "<result>5</result>"),
        (0, "<result>0</result>"),
        (None, "<result />"),
        ([], "<result />"),
        ({"nb_visits": 2}, "<result>\n\t<nb_visits>2</nb_visits>\n</result>"),
        (
            ROWS,
            "<result>\n\t<row>\n\t\t<label>a, \"b\" &amp; &lt;c&gt;</label>\n\t\t<nb_visits>2</nb_visits>\n"
            "\t\t<segment>pageTitle==a</segment>\n\t\t<idsubdatatable>5</idsubdatatable>\n"
            "\t\t<subtable>\n\t\t\t<row>\n\t\t\t\t<label>x</label>\n\t\t\t</row>\n\t\t</subtable>\n\t</row>\n"
            "\t<row>\n\t\t<label>é</label>\n\t\t<nb_visits>1.5</nb_visits>\n\t\t<code>fr</code>\n\t</row>\n</result>",
        ),
        (
            DAYS,
            '<results>\n\t<result date="2026-11-01">\n\t\t<nb_visits>2</nb_visits>\n\t</result>\n'
            '\t<result date="2026-11-02" />\n</results>',
        ),
        (
            Keyed("idSite", {"1": DAYS}),
            '<results>\n\t<result idSite="1">\n\t\t<result date="2026-11-01">\n\t\t\t<nb_visits>2</nb_visits>\n'
            '\t\t</result>\n\t\t<result date="2026-11-02" />\n\t</result>\n</results>',
        ),
        ((5, {"a": 1}), "<result>\n\t<row>5</row>\n\t<row>\n\t\t<a>1</a>\n\t</row>\n</result>"),
        ({"1": {"name": "x"}}, '<result>\n\t<row key="1">\n\t\t<name>x</name>\n\t</row>\n</result>'),
    ],
)  # fmt: skip
def test_xml(answer: Answer, expected: str) -> None:
    assert formats.write(answer, Format.XML) == ((HEAD + expected).encode(), "text/xml; charset=utf-8")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (5, "value\n5"),
        ([], "No data available"),
        (Keyed("date", {}), "No data available"),
        ({"nb_visits": 2, "bounce_rate": "50%"}, "nb_visits,bounce_rate\n2,50%"),
        (DAYS, "date,nb_visits\n2026-11-01,2"),
        (
            ROWS,
            "label,nb_visits,metadata_segment,metadata_idsubdatatable,metadata_code\n"
            '"a, ""b"" & <c>",2,pageTitle==a,5,\né,1.5,,,fr',
        ),
        (
            SITES,
            "idSite,date,label,nb_visits,metadata_code\n1,2026-11-01,é,1.5,fr\n2,2026-11-01,,2,",
        ),
        ([{"label": "=1+1"}, {"label": " @x"}, {"label": "-2", "nb": -2}], "label,nb\n'=1+1,\n' @x,\n'-2,-2"),
    ],
)
def test_csv(answer: Answer, expected: str) -> None:
    media = "application/vnd.ms-excel"
    assert formats.write(answer, Format.CSV, unicode=False) == (expected.encode(), media)
    assert formats.write(answer, Format.CSV) == (b"\xff\xfe" + expected.encode("utf-16-le"), media)


def test_tsv_and_titles() -> None:
    rows: list[Row] = [{"label": "a\tb,c", "nb_visits": 1}]
    assert formats.write(rows, Format.TSV, unicode=False).body == b"label\tnb_visits\na b,c\t1"
    titled = formats.write(rows, Format.CSV, unicode=False, titles={"nb_visits": "Visits"})
    assert titled.body == b'label,Visits\n"a b,c",1'


@pytest.mark.parametrize(
    ("form", "expected", "media"),
    [
        (Format.JSON, '{"result":"error","message":"<\\"x\\"> & y"}', "application/json"),
        (
            Format.XML,
            f"{HEAD}<result>\n\t<error message='&lt;\"x\"&gt; &amp; y' />\n</result>",
            "text/xml; charset=utf-8",
        ),
        (Format.CSV, 'Error: <"x"> & y', "text/plain; charset=utf-8"),
        (Format.TSV, 'Error: <"x"> & y', "text/plain; charset=utf-8"),
    ],
)
def test_errors(form: Format, expected: str, media: str) -> None:
    assert formats.error('<"x"> & y', form) == (expected.encode(), media)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_comes_back(text: str) -> None:
    """Whatever a title is: XML stays well-formed, JSON and CSV give it back, and a spreadsheet runs none of it."""
    rows: list[Row] = [{"label": text, "nb_visits": 1}]
    assert json.loads(formats.write(rows, Format.JSON).body) == rows
    found = ElementTree.fromstring(formats.write(rows, Format.XML).body)
    assert [row.findtext("nb_visits") for row in found] == ["1"]
    body = formats.write(rows, Format.CSV).body.decode("utf-16")
    _, (label, _visits) = csv.reader(io.StringIO(body, newline=""))
    assert label.removeprefix("'") == re.sub("[\x00-\x1f]", " ", text).removeprefix("'")
    assert not label.lstrip().startswith(("=", "+", "-", "@"))
