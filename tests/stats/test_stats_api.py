"""`/v1/stats/{site}` over HTTP: who may ask, names of spans, comparisons, hours, pages, revalidation, CSV, the manual."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Role
from gateway.hits import Hit
from gateway.reports import guarded
from gateway.reports.overview import Overviews
from gateway.reports.periods import Span
from gateway.reports.run import StatsQuery
from gateway.settings import Settings
from gateway.warehouse.connection import Warehouse
from gateway.web import stats
from tests.reports.audiences import audience
from tests.stats.offices import Office, office
from tests.warehouse.worlds import Engine, at, make_hit, world

MANUAL = (Path(__file__).parents[2] / "docs" / "stats-api.md").read_text(encoding="utf-8")
# A command, and what it answers where the manual shows it.
EXAMPLES = re.findall(r"```sh\n(.*?)```\n(?:\n```(?:json|csv)\n(.*?)```\n)?", MANUAL, re.DOTALL)
WEEK = "from=2026-11-09&to=2026-11-15"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The week of audiences.py, seen from Sunday the 22nd, in the embedded database."""
    folder = tmp_path_factory.mktemp("stats")
    anchor = Warehouse(Settings(data_dir=folder))
    with world(Engine(folder)) as filled:
        filled.store(audience())
        filled.rollup.run()
        with office(filled, tmp_path_factory.mktemp("state")) as one:
            yield one
    anchor.close()


def ask(desk: Office, query: str) -> dict[str, Any]:
    answer = desk.get(f"?{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_who_may_ask(desk: Office) -> None:
    query = f"?{WEEK}"
    assert desk.get(query).status_code == 200
    assert desk.get(query, headers=desk.session()).status_code == 200
    assert desk.get(f"{query}&token_auth={desk.token}", headers={}).status_code == 200
    nobody: list[dict[str, str]] = [{}, {"authorization": "Bearer wrong"}, {"cookie": "gw_session=wrong"}]
    for headers in nobody:
        assert desk.get(query, headers=headers).status_code == 401
    for headers in (desk.bearer(Role.VIEWER, 2), desk.bearer(Role.SUBJECTS, 1), desk.bearer(Role.TRACKING, 1)):
        assert desk.get(query, headers=headers).status_code == 403
    # A site that does not exist looks like one that is not theirs, except to those who see all.
    assert desk.get(query, site=77).status_code == 403
    assert desk.get(query, site=77, headers=desk.bearer(Role.DPO)).status_code == 404


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("today", "2026-11-22", "2026-11-22"),
        ("yesterday", "2026-11-21", "2026-11-21"),
        ("last7", "2026-11-16", "2026-11-22"),
        ("previous7", "2026-11-15", "2026-11-21"),
        ("lastweek", "2026-11-09", "2026-11-15"),
        ("2026-11-09,yesterday", "2026-11-09", "2026-11-21"),
    ],
)
def test_spans_by_name(desk: Office, name: str, first: str, last: str) -> None:
    asked = ask(desk, f"date={name}&metrics=visits")["query"]
    assert (asked["from"], asked["to"]) == (first, last)


def test_hours(desk: Office) -> None:
    answer = ask(desk, "date=2026-11-10&period=hour&metrics=visits,pageviews&compare=previous")
    assert len(answer["rows"]) == len(answer["compare"]["rows"]) == 24
    told = {row["date"]: (row["visits"], row["pageviews"]) for row in answer["rows"] if row["visits"]}
    assert told == {"2026-11-10T11:00": (1, 1), "2026-11-10T12:00": (1, 2), "2026-11-10T13:00": (1, 1)}
    assert answer["compare"]["rows"][10] == {"date": "2026-11-09T10:00", "visits": 1, "pageviews": 2}
    german = ask(desk, "date=2026-11-10&period=hour&metrics=visits&filter=country==DE")
    assert [row["date"] for row in german["rows"] if row["visits"]] == ["2026-11-10T12:00"]
    long = desk.get("?date=last30&period=hour&compare_from=2026-01-01&compare_to=2026-06-01")
    assert long.status_code == 400 and long.json()["error"]["where"] == "$.period"


def test_any_span_is_compared_with(desk: Office) -> None:
    span = "date=2026-11-15&compare_from=2026-11-09&compare_to=2026-11-11&metrics=visits"
    answer = ask(desk, span)
    assert answer["query"]["compare"] == "range"
    assert (answer["compare"]["from"], answer["compare"]["to"]) == ("2026-11-09", "2026-11-11")
    assert (answer["totals"], answer["compare"]["totals"]) == ({"visits": 2}, {"visits": 5})
    assert [row["visits"] for row in answer["compare"]["rows"]] == [1, 3, 1]
    rows = ask(desk, f"{span}&dimension=country&compare=range")
    assert rows["rows"] == [{"country": "", "visits": 1}, {"country": "DE", "visits": 1}]
    assert rows["compare"]["rows"] == [{"country": "", "visits": 0}, {"country": "DE", "visits": 1}]


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("date=nextweek", "$.date"),
        ("date=last0", "$.date"),
        ("date=last9999", "$.date"),
        ("date=2026-11-02,2026-11-01", "$.date"),
        ("date=1999-01-01", "$.date"),
        ("date=today&from=2026-11-01", "$.date"),
        ("compare=range", "$.compare_from"),
        ("compare_from=2026-11-01", "$.compare_to"),
        ("compare_from=soon&compare_to=2026-11-01", "$.compare_from"),
        ("compare_from=2026-11-02&compare_to=2026-11-01", "$.compare_from"),
        ("compare=year&compare_from=2026-11-01&compare_to=2026-11-01", "$.compare"),
        ("compare=year&dimension=page&period=day", "$.compare"),
        ("limit=10001&dimension=page", "$.limit"),
        ("limit=1000001&dimension=page&format=csv", "$.limit"),
        ("limit=10001&dimension=page&period=day&format=csv", "$.limit"),
        ("limit=10000&dimension=page&period=day", "$.limit"),
        ("limit=0&dimension=page&format=csv", "$.limit"),
        ("filter=country==FR;page~x", "$.filter"),
    ],
)
def test_wrong_questions_say_where(desk: Office, query: str, where: str) -> None:
    answer = desk.get(f"?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["where"] == where


def test_pages_follow_by_links(desk: Office) -> None:
    table = f"{WEEK}&dimension=page&metrics=pageviews&order=page&filter=page=@%252F"
    whole = ask(desk, table)
    assert "next" not in whole and len(whole["rows"]) == whole["row_count"] == 3
    rows, reference = [], f"?{table}&limit=2&token_auth={desk.token}"
    while reference:
        answer = desk.get(reference).json()
        rows += answer["rows"]
        reference = answer.get("next", "")
        assert "token_auth" not in parse_qs(reference)
    assert rows == whole["rows"]
    assert "next" not in ask(desk, f"{WEEK}&limit=2")


def test_an_answer_is_revalidated(desk: Office) -> None:
    known = desk.get(f"?{WEEK}&metrics=visits")
    assert known.headers["cache-control"] == "private, no-cache" and known.headers["vary"] == "Authorization, Cookie"
    headers = {"authorization": f"Bearer {desk.token}", "if-none-match": f'"other", W/{known.headers["etag"]}'}
    again = desk.get(f"?{WEEK}&metrics=visits", headers=headers)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", known.headers["etag"])
    assert desk.get(f"?{WEEK}&metrics=visitors", headers=headers).status_code == 200
    assert desk.get(f"?{WEEK}&metrics=visits", headers={**headers, "authorization": "Bearer x"}).status_code == 401


def test_csv_is_streamed_past_the_limit_of_a_page(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    table = f"{WEEK}&dimension=page&metrics=pageviews&compare=previous"
    whole = desk.get(f"?{table}&format=csv")
    assert whole.headers["cache-control"] == "private, no-store" and "etag" not in whole.headers
    assert whole.text == (
        "page,pageviews,compared_pageviews\r\n/,4,0\r\n/cart,4,0\r\n/shop,2,0\r\n"
    )  # RFC 4180: lines end with CRLF
    monkeypatch.setattr(stats, "MAX_LIMIT", 1)
    assert desk.get(f"?{table}&format=csv").text == whole.text
    assert desk.get(f"?{table}&format=csv&limit=2&offset=1").text == "".join(
        whole.text.splitlines(keepends=True)[number] for number in (0, 2, 3)
    )
    series = desk.get(f"?{WEEK}&metrics=visits&compare_from=2026-11-15&compare_to=2026-11-15&format=csv")
    rows = list(csv.DictReader(io.StringIO(series.text)))
    assert rows[0] == {"date": "2026-11-09", "visits": "1", "compared_date": "2026-11-15", "compared_visits": "2"}
    assert len(rows) == 7 and rows[1]["compared_date"] == ""


@pytest.mark.skipif(shutil.which("curl") is None or shutil.which("bash") is None, reason="curl and bash run the manual")
def test_the_overview_of_a_month_for_a_link_or_a_letter(desk: Office) -> None:
    def visits(first: int, count: int, **fields: Any) -> list[Hit]:
        begun = [at(date(2026, 10, 1 + number % 31), "10:00", "Europe/Paris") for number in range(count)]
        each = enumerate(begun, first)
        return [make_hit(when, site=2, zone="Europe/Paris", anon=n, visitor=n, path="/", **fields) for n, when in each]

    search = {"referrer_type": "search", "referrer_name": "Qwant"}
    world = desk.world
    world.store(
        [
            *visits(1000, 62, country="FR", device="desktop", **search),
            *visits(2000, 11, country="DE", device="phone", **{**search, "referrer_name": "Bing"}),
            *visits(3000, 3, country="IE", device="phone", referrer_type="ai", referrer_name="ChatGPT"),
        ]
    )
    world.rollup.run()
    overviews = Overviews(world.reports, world.catalog, world.clock)
    october = overviews.spans(2, "month")[0]
    assert october == Span(date(2026, 10, 1), date(2026, 10, 31))
    found = overviews.of(2, october)
    assert (found.totals["visitors"], found.totals["visits"], found.before["visits"]) == (76, 76, 0)
    assert len(found.series) == 31 and {row["visits"] for row in found.series} == {None}, "two or three a day"
    tables = {(table.dimension, table.channel): table for table in found.tables}
    shown = {key: ([row[key[0]] for row in table.rows], table.hidden) for key, table in tables.items()}
    assert shown[("country", "")] == (["FR"], 2), "Ireland's three are hidden behind Germany's eleven"
    assert shown[("device", "")] == (["desktop", "phone"], 0)
    assert shown[("referrer_type", "")] == ([], 2), "nothing else to hide three behind"
    assert not [channel for _, channel in tables if channel], "nor the sources of a channel that is hidden"
    assert shown[("page", "")] == (["/"], 0)
    almost = StatsQuery(site=2, first=october.first, last=october.last, metrics=("visits",), filter="country!=IE")
    told = guarded.run(world.reports, almost).totals
    assert told == {"visits": None}, "all but three: beside the link to all of them it would tell of the three"
    assert overviews.of(2, october) is found, "kept for ten minutes"


def test_what_a_viewer_takes_away_hides_small_figures_and_what_one_looks_at_does_not(desk: Office) -> None:
    viewer = desk.bearer(Role.VIEWER, 1)
    query = f"?{WEEK}&dimension=country&metrics=pageviews,bounce_rate"
    looked_at = desk.get(query, headers=desk.session())
    assert looked_at.json()["rows"] == desk.get(query).json()["rows"]
    read = desk.get(query, headers=viewer).json()
    assert read["hidden_below"] == 10 and {row["pageviews"] for row in read["rows"]} == {None}, (
        "a token is no dashboard"
    )
    assert desk.get(f"{query}&filter=pageviews>3", headers=viewer).json()["error"]["where"] == "$.filter"
    taken = desk.get(f"{query}&download=1", headers=viewer)
    assert taken.headers["content-disposition"] == 'attachment; filename="site-1-country-2026-11-09-2026-11-15.json"'
    answer = taken.json()
    assert answer["hidden_below"] == 10
    assert {row["country"] for row in answer["rows"]} == {"FR", "DE", ""}, "seven visits in all"
    for row in (*answer["rows"], answer["totals"]):
        assert row["pageviews"] is row["bounce_rate"] is None
    as_csv = desk.get(f"{query}&format=csv", headers=viewer).text.splitlines()
    assert as_csv[0] == "country,pageviews,bounce_rate" and all(line.endswith(",,") for line in as_csv[1:])
    compared = desk.get(f"?{WEEK}&metrics=visits&compare=previous&format=csv", headers=viewer).text.splitlines()
    assert compared[0] == "date,visits,compared_date,compared_visits"
    assert compared[1] == "2026-11-09,,2026-11-02,0", "one visit is hidden, none is not"
    whole = desk.get(f"{query}&download=1").json()
    assert "hidden_below" not in whole and whole["rows"] == looked_at.json()["rows"], "an editor's"
    exports = [one.user for one in desk.accounts.audit.latest(4) if one.action is Action.EXPORT]
    assert exports == ["token editor-1", *["token viewer-1"] * 3], "each is written down, a look is not"
    assert desk.get(f"{query}&download=2").json()["error"]["where"] == "$.download"


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_the_manual_tells_what_happens(desk: Office, number: int) -> None:
    command, shown = EXAMPLES[number]
    environment = {"PATH": os.environ["PATH"], "TOKEN": desk.token, "GATEWAY": desk.url}
    run = subprocess.run(["bash", "-eu", "-c", command], env=environment, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    if shown.lstrip().startswith("{"):
        assert json.loads(run.stdout) == json.loads(shown)
    elif shown:
        assert run.stdout.splitlines() == shown.splitlines()


def test_the_manual_has_examples() -> None:
    assert len(EXAMPLES) >= 6 and sum(1 for _, shown in EXAMPLES if shown) >= 4
