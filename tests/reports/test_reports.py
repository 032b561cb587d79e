"""Figures over the wire, on chDB and on a server: small audiences whose figures a human can count."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest
from starlette.applications import Starlette

from gateway.accounts.principal import Principal, Role
from gateway.errors import NotAuthenticated, WarehouseUnavailable
from gateway.hits import Hit, HitType
from gateway.reports.dimensions import DIMENSIONS
from gateway.reports.periods import Period
from gateway.reports.presence import dimensions_with_values
from gateway.reports.run import MAX_LIMIT, Compare, Reports, StatsQuery
from gateway.web import stats
from gateway.web.errors import HANDLERS
from tests.reports.audiences import EXPECTED, audience
from tests.warehouse.worlds import Engine, World, at, make_hit, world

MON, TUE, SUN = date(2026, 11, 9), date(2026, 11, 10), date(2026, 11, 15)


class Client:
    """The endpoint alone, in this process, for someone who is logged in."""

    def __init__(self, reports: Reports) -> None:
        self.headers = {"authorization": "Bearer x"}
        self._app = Starlette(routes=stats.routes, exception_handlers=dict(HANDLERS))
        self.exports: list[dict[str, Any]] = []
        audit = SimpleNamespace(record=lambda _action, user, **what: self.exports.append({"user": user, **what}))
        self._app.state.report_desk = stats.ReportDesk(2)
        self._app.state.context = SimpleNamespace(reports=reports, accounts=SimpleNamespace(audit=audit))

    def get(self, url: str, params: dict[str, str] | None = None) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://gateway", headers=self.headers
            ) as client:
                return await client.get(url, params=params)

        return asyncio.run(send())


@pytest.fixture(scope="module")
def filled(engine: Engine) -> Iterator[World]:
    with world(engine) as fresh:
        fresh.store(audience())
        fresh.rollup.run()
        yield fresh


@pytest.fixture
def client(filled: World, monkeypatch: pytest.MonkeyPatch) -> Client:
    async def require_reader(request: Any, site_id: int) -> Principal:
        if "authorization" not in request.headers:
            raise NotAuthenticated("Log in.")
        return Principal("ada", Role.EDITOR, frozenset({1, 2}))

    monkeypatch.setattr(stats, "require_reader", require_reader)
    return Client(filled.reports)


def ask(client: Client, query: str, site: int = 1) -> dict[str, Any]:
    response = client.get(f"/v1/stats/{site}?{query}")
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "private, no-cache"
    found: dict[str, Any] = response.json()
    return found


@pytest.mark.parametrize("query", list(EXPECTED))
def test_figures(client: Client, query: str) -> None:
    answer = ask(client, f"from={MON}&to={SUN}&{query}")
    expected = dict(EXPECTED[query])
    totals = expected.pop("totals", {})
    assert {name: answer["totals"][name] for name in totals} == totals
    assert {name: answer[name] for name in expected} == expected


def test_the_answer_repeats_the_question(client: Client) -> None:
    answer = ask(
        client, "metrics=visits&dimension=country&from=2026-11-09&to=2026-11-15&limit=5&offset=0&order=-visits"
    )
    assert answer["query"] == {
        "site": 1,
        "from": "2026-11-09",
        "to": "2026-11-15",
        "period": "range",
        "metrics": ["visits"],
        "dimension": "country",
        "filter": "",
        "compare": None,
        "order": "-visits",
        "limit": 5,
        "offset": 0,
    }
    assert "cut" not in answer and "compare" not in answer


def test_facts_and_visits_tell_the_same(filled: World) -> None:
    """A filter that lets everything through takes the other way to the same figures."""
    more = [("", Period.WEEK), ("page", Period.DAY), ("country", Period.WEEK)]
    for dimension, period in [*((dimension, Period.RANGE) for dimension in sorted(DIMENSIONS)), *more]:
        compare: Compare = "previous" if (dimension, period) in more else ""
        asked = StatsQuery(
            site=1, first=TUE, last=SUN, dimension=dimension, period=period, limit=MAX_LIMIT, compare=compare
        )
        plain = filled.reports.run(asked)
        filtered = filled.reports.run(msgspec.structs.replace(asked, filter="actions>=0"))
        assert plain.rows == filtered.rows, (dimension, period)
        assert (plain.totals, plain.row_count, plain.compare) == (filtered.totals, filtered.row_count, filtered.compare)


def test_what_a_site_has_values_of(client: Client, filled: World) -> None:
    found = dimensions_with_values(filled.warehouse, 1, date(2026, 1, 1))
    for name in ("page", "country", "goal", "keyword", "city", "dimension20"):
        rows = ask(client, f"from=2026-11-01&to=2026-11-30&metrics=visits&dimension={name}")["rows"]
        assert (name in found) == any(row[name] for row in rows), name
    assert "page" in found and "dimension20" not in found
    assert dimensions_with_values(filled.warehouse, 1, date(2027, 1, 1)) == []


def test_an_empty_span_is_zeros(client: Client) -> None:
    answer = ask(client, "from=2026-01-01&to=2026-01-02&compare=year")
    zero = dict.fromkeys(answer["query"]["metrics"], 0)
    assert answer["totals"] == zero
    assert answer["rows"] == [{"date": "2026-01-01", **zero}, {"date": "2026-01-02", **zero}]
    assert ask(client, "from=2026-01-01&to=2026-01-02&dimension=country&filter=country==FR")["rows"] == []


def test_before_the_retention_limit(client: Client) -> None:
    answer = ask(client, "from=2024-10-20&to=2024-10-24&metrics=visits")
    assert answer["cut"] == "2024-10-22"
    assert [row["date"] for row in answer["rows"]] == ["2024-10-22", "2024-10-23", "2024-10-24"]
    assert ask(client, "from=2023-01-01&to=2023-01-02")["rows"] == []


def test_pages_of_a_table(client: Client) -> None:
    whole = ask(client, f"from={MON}&to={SUN}&dimension=page&metrics=pageviews&order=page")
    parts = [
        ask(client, f"from={MON}&to={SUN}&dimension=page&metrics=pageviews&order=page&limit=2&offset={offset}")
        for offset in (0, 2, 4)
    ]
    assert [row for part in parts for row in part["rows"]] == whole["rows"]
    assert parts[0]["row_count"] == whole["row_count"] == len(whole["rows"])
    assert [row["page"] for row in whole["rows"]] == sorted(row["page"] for row in whole["rows"])


def test_csv(client: Client) -> None:
    response = client.get(f"/v1/stats/1?from={MON}&to={SUN}&dimension=title&metrics=visits&format=csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="site-1-title-2026-11-09-2026-11-15.csv"'
    rows = list(csv.reader(io.StringIO(response.text)))
    assert rows[0] == ["title", "visits"]
    assert ["'=Home", "4"] in rows
    assert client.exports == [{"user": "ada", "site": 1, "detail": "title, 2026-11-09 to 2026-11-15"}]
    series = client.get(f"/v1/stats/1?from={MON}&to={TUE}&metrics=visits&format=csv").text
    assert series.splitlines()[0] == "date,visits"


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("metrics=visits,nothing", "$.metrics"),
        ("dimension=page&metrics=engaged_seconds", "$.metrics"),
        ("dimension=visitor", "$.dimension"),
        ("from=2026-11-31", "$.from"),
        ("to=later", "$.to"),
        ("from=2026-11-02&to=2026-11-01", "$.from"),
        ("from=2001-01-01&to=2026-11-01", "$.from"),
        ("period=hour&dimension=country", "$.period"),
        ("filter=country", "$.filter"),
        ("compare=last", "$.compare"),
        ("limit=0&dimension=page", "$.limit"),
        ("limit=-1", "$.limit"),
        ("limit=10001", "$.limit"),
        ("offset=x", "$.offset"),
        ("order=colour", "$.order"),
        ("format=xml", "$.format"),
        ("colour=red", "$.colour"),
        ("limit=1&limit=2", "$.limit"),
        ("filter=country==" + "x" * 4000, "$.filter"),
    ],
)
def test_wrong_questions_say_where(client: Client, query: str, where: str) -> None:
    response = client.get(f"/v1/stats/1?{query}")
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["where"] == where and error["what"]


def test_who_may_ask(client: Client) -> None:
    client.headers.clear()
    assert client.get("/v1/stats/1").status_code == 401


def test_an_unknown_site(client: Client) -> None:
    assert client.get("/v1/stats/77").status_code == 404


def test_a_site_elsewhere_has_its_own_today(client: Client, filled: World) -> None:
    now = filled.clock.now()
    filled.clock.move_to(at(date(2026, 11, 21), "23:30"))
    assert [ask(client, "to=today", site)["query"]["to"] for site in (1, 2)] == ["2026-11-21", "2026-11-22"]
    filled.clock.move_to(now)


def test_a_report_too_large_is_503_with_retry_after(engine: Engine) -> None:
    with world(engine, report_memory_bytes=1_000_000) as small:
        small.store(make_hit(at(MON, "10:00"), anon=number, path=f"/{number}") for number in range(20_000))
        small.rollup.run()
        with pytest.raises(WarehouseUnavailable) as caught:
            small.reports.run(StatsQuery(site=1, first=MON, last=MON, dimension="page", filter="actions>=1"))
    assert caught.value.status == 503 and caught.value.retry_after


def test_reports_beyond_those_at_once_wait_their_time(engine: Engine) -> None:
    with world(engine, reports_at_once=1, report_seconds=0.2) as busy:
        waiting = Reports(busy.warehouse, busy.catalog, busy.settings, busy.clock)
        assert waiting._turns.acquire(blocking=False)
        with pytest.raises(WarehouseUnavailable, match="Too many reports"):
            waiting.run(StatsQuery(site=1, first=MON, last=MON))


def test_nothing_in_a_filter_is_sql(client: Client) -> None:
    for value in ("' OR 1=1 --", "{f0:String}", "/* filter */", "\\'", "%27);DROP TABLE visits"):
        for operator in ("==", "=@", "!@", "=^", "=$"):
            response = client.get(
                "/v1/stats/1",
                params={
                    "from": str(MON),
                    "to": str(SUN),
                    "metrics": "visits",
                    "filter": f"page{operator}{value.replace(';', '%3B')}",
                },
            )
            assert response.status_code == 200
            assert response.json()["totals"]["visits"] == (7 if operator == "!@" else 0)


@pytest.mark.parametrize("more", ["", "&filter=device==desktop,device==phone,device==tablet,device=="])
@pytest.mark.parametrize("dimension", ["page", "country"])
def test_a_dimension_is_ordered_both_ways(client: Client, dimension: str, more: str) -> None:
    query = f"from={MON}&to={SUN}&dimension={dimension}{more}"
    up = [row[dimension] for row in ask(client, f"{query}&order={dimension}")["rows"]]
    down = [row[dimension] for row in ask(client, f"{query}&order=-{dimension}")["rows"]]
    assert len(up) > 1 and up == sorted(up) and down == up[::-1]
    assert [row[dimension] for row in ask(client, f"{query}&order=-{dimension}&limit=1")["rows"]] == up[-1:]


def test_orders_and_events_are_no_page_views(here: World) -> None:
    hits: list[Hit] = [
        make_hit(at(MON, "10:00"), type=HitType.EVENT, category="video"),
        make_hit(at(MON, "10:01"), type=HitType.ORDER),
    ]
    here.store(hits)
    here.rollup.run()
    totals = here.reports.run(StatsQuery(site=1, first=MON, last=MON)).totals
    assert (totals["visits"], totals["pageviews"], totals["actions"], totals["bounce_rate"]) == (1, 0, 1, 1)
    assert here.reports.run(StatsQuery(site=1, first=MON, last=MON, dimension="entry_page")).rows == ()
