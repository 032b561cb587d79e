"""The Reporting API over HTTP: who may ask for what, in which form, and what is said when it cannot be answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import WarehouseUnavailable
from gateway.reports.matomo.methods import METHODS
from gateway.reports.matomo.question import Question
from gateway.reports.run import Reports, Row, StatsQuery, StatsResult
from gateway.settings import Settings
from gateway.warehouse.connection import Warehouse
from tests.matomo_api.client import Client
from tests.web.visitors import SHOP, served

TODAY = date(2026, 11, 22)
VISITS = "method=VisitsSummary.getVisits&period=day&date=today&format=json"


class Counted:
    """Reports of sites that have as many visits as their number says, and as few values."""

    def __init__(self) -> None:
        self.away = False
        self.asked: list[StatsQuery] = []

    def today(self, _site: int) -> date:
        return TODAY

    def earliest(self, _site: int) -> date:
        return date(2024, 10, 22)

    def run(self, query: StatsQuery) -> StatsResult:
        if self.away:
            raise WarehouseUnavailable("The database does not answer.", retry_after=7)
        self.asked.append(query)
        row: Row = {"date": query.first.isoformat(), "visits": query.site}
        if query.dimension:
            row |= {query.dimension: "FR" if query.dimension == "country" else "/a", "distinct_values": 1}
        return StatsResult(query=query, metrics=(), rows=(row,), totals={}, row_count=1)


class NoPairs:
    def query(self, *_: object) -> list[dict[str, object]]:
        return []


@pytest.fixture
def reports() -> Counted:
    return Counted()


@pytest.fixture
def client(reports: Counted) -> Iterator[Client]:
    with Client(cast(Reports, reports), cast(Warehouse, NoPairs()), Settings()) as one:
        yield one


@pytest.mark.parametrize(
    ("sites", "token", "answer"),
    [
        ("1", "all", {"value": 1}),
        ("1", "one", {"value": 1}),
        ("2", "all", {"value": 2}),
        ("1,2", "all", {"1": 1, "2": 2}),
        ("2,1,2", "all", {"2": 2, "1": 1}),
        ("all", "all", {"1": 1, "2": 2}),
        ("all", "one", {"1": 1}),
    ],
)
def test_sites(client: Client, sites: str, token: str, answer: object) -> None:
    found = client.get(f"{VISITS}&idSite={sites}", token)
    assert (found.status_code, found.json()) == (200, answer)
    assert found.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("sites", "token", "status"),
    [
        ("2", "one", 403),
        ("1,2", "one", 403),
        ("all", "none", 403),
        ("1", "hits", 403),
        ("99", "one", 403),  # so that numbers cannot be probed
        ("99", "all", 400),
        ("0", "all", 400),
        ("-1", "all", 400),
        ("1;2", "all", 400),
        ("\u0661", "all", 400),
        ("9" * 11, "all", 400),
        (",".join(["1", *map(str, range(2, 103))]), "all", 400),
        ("", "all", 400),
        ("1", "", 401),
        ("1", "wrong", 401),
    ],
)
def test_sites_that_are_not_answered(client: Client, sites: str, token: str, status: int) -> None:
    found = client.get(f"{VISITS}&idSite={sites}", token)
    assert found.status_code == status, found.text
    assert found.json()["result"] == "error" and found.json()["message"]


def test_a_token_is_taken_from_header_query_and_form(client: Client) -> None:
    query = f"/index.php?module=API&{VISITS}&idSite=1"
    assert client.send("GET", query, "one").status_code == 200
    assert client.send("GET", f"{query}&token_auth=one").status_code == 200
    assert client.send("POST", query, form={"token_auth": "one"}).status_code == 200
    assert client.send("POST", query, form={"token_auth": "wrong"}).status_code == 401
    assert client.send("GET", query).status_code == 401


def test_forms_and_queries_ask_alike_and_the_query_wins(client: Client) -> None:
    fields = {
        "module": "API", "method": "VisitsSummary.getVisits", "idSite": "2", "period": "day", "date": "today",
        "format": "json", "token_auth": "all",
    }  # fmt: skip
    for path in ("/", "/index.php"):
        assert client.send("POST", path, form=fields).json() == {"value": 2}
        assert client.send("POST", f"{path}?idSite=1", form=fields).json() == {"value": 1}
    assert client.send("GET", "/index.php?module=CoreHome&method=A.b", "all").status_code == 400
    assert client.send("POST", "/", "all", form={}).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "method=VisitsSummary.getNothing&idSite=1",
        "method=Nothing.get&idSite=1",
        "method=get&idSite=1",
        "method=VisitsSummary.get&idSite=1",
        "method=VisitsSummary.get&idSite=1&period=day",
        "method=VisitsSummary.get&idSite=1&period=day&date=soon",
        "method=VisitsSummary.get&idSite=1&period=age&date=today",
        "method=VisitsSummary.get&idSite=1&period=day&date=today&segment=shoeSize==44",
        "method=VisitsSummary.get&idSite=1&period=day&date=today&filter_limit=x",
        "method=Goals.get&idSite=1&period=day&date=today&idGoal=9",
        "method=Actions.getPageUrl&idSite=1&period=day&date=today",
        "method=Actions.getPageTitle&idSite=1&period=day&date=today",
        "method=Events.getCategory&idSite=1&period=day&date=today&secondaryDimension=mood",
        "method=Events.getActionFromCategoryId&idSite=1&period=day&date=today",
        "method=Referrers.getSearchEngines&idSite=1&period=day&date=today&idSubtable=5",
        "method=CustomDimensions.getCustomDimension&idSite=1&period=day&date=today&idDimension=9",
        "method=SitesManager.getSiteFromId&idSite=all",
        "method=SitesManager.getSitesIdFromSiteUrl",
        "method=API.getProcessedReport&idSite=1&apiModule=No&apiAction=get&period=day&date=today",
        "method=VisitsSummary.get&format=php",
    ],
)
def test_what_is_wrong_is_said_in_each_format(client: Client, query: str) -> None:
    plain = client.get(query if "format" in query else f"{query}&format=json")
    assert plain.status_code == 400, plain.text
    assert set(plain.json()) == {"result", "message"} and plain.json()["result"] == "error"
    if "format" not in query:
        xml = client.get(query)
        assert xml.status_code == 400 and xml.headers["content-type"] == "text/xml; charset=utf-8"
        assert "<result>\n\t<error message=" in xml.text
        text = client.get(f"{query}&format=csv")
        assert text.status_code == 400 and text.text == f"Error: {plain.json()['message']}"


def test_a_method_that_is_not_there_is_named(client: Client) -> None:
    found = client.get("method=VisitsSummary.getNothing&idSite=1&format=json").json()
    assert found["message"] == "The method 'getNothing' does not exist in the module 'VisitsSummary'."


def test_a_warehouse_that_is_away_is_said_in_the_format(client: Client, reports: Counted) -> None:
    reports.away = True
    found = client.get(f"{VISITS}&idSite=1")
    assert (found.status_code, found.headers["retry-after"]) == (503, "7")
    assert found.json() == {"result": "error", "message": "The database does not answer."}
    bulk = client.get(f"method=API.getBulkRequest&format=json&urls[0]={quote(VISITS + '&idSite=1')}")
    assert bulk.status_code == 503


def test_bulk(client: Client) -> None:
    """Each request by itself: what the outer one says stands where an inner one says nothing; its token is its own."""
    inner = [
        "method=VisitsSummary.getVisits&idSite=1",
        "?method=VisitsSummary.getVisits&idSite=2&format=xml",
        "method=VisitsSummary.getVisits&idSite=2&token_auth=one",
        "method=VisitsSummary.getVisits&idSite=2&date=2026-11-01,2026-11-01",
        "method=No.get",
        "method=API.getBulkRequest&urls[0]=method%3DAPI.getMatomoVersion",
        "method=UserCountry.getCountry&idSite=1&showColumns=nb_visits",
    ]
    query = "&".join(f"urls[{number}]={quote(text, safe='')}" for number, text in enumerate(inner))
    expected = [
        {"value": 1},
        {"value": 2},
        {"result": "error", "message": "This token has no access to the site 2."},
        {"2026-11-01": 2},
        {"result": "error", "message": "The method 'get' does not exist in the module 'No'."},
        [{"label": "France", "nb_visits": 1, "code": "fr", "segment": "countryCode==fr"}],
    ]
    around = "method=API.getBulkRequest&format=json&period=day&date=today"
    assert client.get(f"{around}&{query}").json() == expected
    unnumbered = {"module": "API", "method": "API.getBulkRequest", "format": "json", "urls[]": inner[0]}
    given = {**unnumbered, "period": "day", "date": "today"}
    assert client.send("POST", "/", "all", form=given).json() == expected[:1]
    assert client.get("method=API.getBulkRequest&format=json").json() == []
    too_many = "&".join(f"urls[{number}]=method%3DA.b" for number in range(51))
    assert client.get(f"{around}&{too_many}").status_code == 400


def test_versions_that_clients_accept(client: Client) -> None:
    for method in ("API.getMatomoVersion", "API.getPiwikVersion"):
        assert client.get(f"method={method}&format=json", "none").json() == {"value": "5.2.0"}
        assert client.get(f"method={method}", "none").text.endswith("<result>5.2.0</result>")
    assert client.get("method=API.getMatomoVersion&format=json", "").status_code == 401


def test_sites_manager(client: Client) -> None:
    def ask(query: str, token: str = "all") -> Any:
        return client.get(f"method=SitesManager.{query}&format=json", token).json()

    site = ask("getSiteFromId&idSite=1")
    assert (site["idsite"], site["name"], site["main_url"]) == (1, "Site 1", "https://www.example.com")
    assert (site["timezone"], site["currency"], site["ts_created"]) == ("UTC", "EUR", "2024-10-22 00:00:00")
    # A log importer's token, which reads no figures, learns of the site to which it sends.
    assert ask("getSiteFromId&idSite=1", "hits") == site
    assert ask("getSiteFromId&idSite=2", "hits")["result"] == "error"
    assert ask("getSitesIdFromSiteUrl&url=https://example.com/x", "hits") == [{"idsite": 1}]
    assert ask("getSitesIdFromSiteUrl&url=www.example.com") == [{"idsite": 1}, {"idsite": 2}]
    assert ask("getSitesIdFromSiteUrl&url=https://[") == []
    assert [one["idsite"] for one in ask("getAllSites")] == [1, 2]
    assert ask("getSitesWithAtLeastViewAccess", "one") == [site]
    assert ask("getSitesIdWithAtLeastViewAccess") == [1, 2]
    assert ask("getAllSites", "hits") == []
    assert ask("getSiteUrlsFromId&idSite=1") == ["https://www.example.com"]


def test_goals_are_told_by_number(client: Client) -> None:
    found = client.get("method=Goals.getGoals&idSite=1&format=json").json()
    assert list(found) == ["1"] and found["1"]["name"] == "Newsletter" and found["1"]["match_attribute"] == "manually"
    assert '<row key="1">\n\t\t<idsite>1</idsite>' in client.get("method=Goals.getGoals&idSite=1").text


def test_what_there_is_to_ask(client: Client) -> None:
    listed = client.get("method=API.getReportMetadata&idSite=1&format=json").json()
    assert {f"{one['module']}.{one['action']}" for one in listed} <= set(METHODS)
    names = [one["segment"] for one in client.get("method=API.getSegmentsMetadata&format=json").json()]
    assert names == sorted(names) and {"countryCode", "pageUrl", "dimension1"} <= set(names)
    query = "method=API.getProcessedReport&idSite=1&period=day&date=today&format=json"
    report = client.get(f"{query}&apiModule=UserCountry&apiAction=getCountry&showColumns=nb_visits").json()
    assert report["website"] == "Site 1" and report["columns"]["label"] == "Country"
    assert report["reportData"] == [{"label": "France", "nb_visits": 1}]
    assert report["reportMetadata"] == [{"code": "fr", "segment": "countryCode==fr"}]


def test_what_leaves_as_a_file_is_in_the_audit_log(client: Client) -> None:
    client.get(f"{VISITS}&idSite=all")
    assert client.exports == []
    query = "method=UserCountry.getCountry&period=day&date=today&idSite=1,2"
    found = client.get(f"{query}&format=csv")
    assert found.headers["content-disposition"] == 'attachment; filename="UserCountry.getCountry-day-today.csv"'
    assert found.headers["content-type"] == "application/vnd.ms-excel" and found.content.startswith(b"\xff\xfe")
    detail = "UserCountry.getCountry, day today"
    assert client.exports == [{"user": "ada", "site": site, "detail": detail} for site in (1, 2)]
    plain = client.get(f"{query}&format=tsv&convertToUnicode=0&translateColumnNames=1&showColumns=nb_visits").text
    assert plain.split("\n")[:2] == [
        "idSite\tLabel\tVisits\tmetadata_code\tmetadata_segment",
        "1\tFrance\t1\tfr\tcountryCode==fr",
    ]
    assert len(client.exports) == 4


def test_a_segment_reaches_the_question_as_a_filter(client: Client, reports: Counted) -> None:
    segment = quote("pageTitle==" + quote("'; DROP TABLE visits --"))
    assert client.get(f"{VISITS}&idSite=1&segment={segment}").status_code == 200
    assert reports.asked[-1].filter == "title=='%3B DROP TABLE visits --"
    assert reports.asked[-1].first == TODAY


TEXTS = st.one_of(
    st.text(max_size=12), st.sampled_from(["http://[", "0", "-1", "1e9", "last", "\0", "%", "a,b", "9" * 30])
)


@given(
    method=st.sampled_from(sorted(METHODS)),
    given_=st.dictionaries(
        st.sampled_from(
            sorted({*Question.__struct_fields__, "idGoal", "idDimension", "pageUrl", "pageName", "idSubtable"})
        ),
        TEXTS,
        max_size=3,
    ),
    form=st.sampled_from(["json", "xml", "csv", "tsv"]),
)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_parameter_makes_it_fail(client: Client, method: str, given_: dict[str, str], form: str) -> None:
    """Whatever a parameter holds: an answer, or a 400 that says what is wrong; never a failure of ours."""
    asked = {"method": method, "idSite": "1", "period": "day", "date": "last2", "format": form, **given_}
    found = client.get(urlencode(asked, errors="replace"))
    assert found.status_code in (200, 400), found.text


def test_the_whole_gateway_answers_and_its_start_page_is_still_there(tmp_path: Path) -> None:
    """POST / is the Reporting API, GET / the dashboard; the database that nobody serves is a 503 in Matomo's shape."""
    with served(tmp_path, SHOP) as gateway:
        form = {"content-type": "application/x-www-form-urlencoded"}
        asked = b"module=API&method=SitesManager.getSiteFromId&idSite=1&format=json"
        answer = gateway.request("POST", "/", form, asked)
        assert answer.status_code == 401 and json.loads(answer.content)["result"] == "error"
        answer = gateway.request("GET", "/?module=API&method=API.getMatomoVersion&format=json", {})
        assert answer.status_code == 401 and json.loads(answer.content)["result"] == "error"
        page = gateway.request("GET", "/", {})
        assert page.status_code == 303 and page.headers["location"].startswith("/login")
        assert gateway.request("POST", "/", form, b"x" * 300_000).status_code == 413
