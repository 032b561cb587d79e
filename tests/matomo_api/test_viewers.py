"""What a viewer's token is told: nothing that small figures could be worked out from, in any format."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, cast

import pytest

from gateway.reports.real_time import Counters
from gateway.reports.run import Reports, Row, StatsQuery, StatsResult
from gateway.settings import Settings
from gateway.warehouse.connection import Warehouse
from tests.matomo_api.client import Client

COUNTRIES = {"FR": 100, "DE": 12, "MT": 3}
YESTERDAY = "idSite=1&period=day&date=yesterday"


def figures(visits: int) -> dict[str, int | float]:
    return {
        "visits": visits,
        "visitors": visits,
        "actions": 2 * visits,
        "bounces": min(visits, 4),
        "seconds": 9 * visits,
    }


class Scripted:
    """Reports of a site with visits from three countries, each visit of a visitor of its own with two actions."""

    def today(self, _site: int) -> date:
        return date(2026, 11, 22)

    def earliest(self, _site: int) -> date:
        return date(2024, 10, 22)

    def check(self, _query: StatsQuery) -> None:
        pass

    def run(self, query: StatsQuery) -> StatsResult:
        chosen = {code: count for code, count in COUNTRIES.items() if query.filter in ("", f"country=={code}")}

        def row(count: int) -> Row:
            return {
                "visits": count,
                "visitors": count,
                "actions": 2 * count,
                "bounces": min(count, 4),
                "seconds": 9 * count,
            }

        whole = sum(chosen.values())
        rows: tuple[Row, ...] = ({**figures(whole), "date": query.first.isoformat()},)
        if query.dimension:
            rows = tuple({**figures(count), query.dimension: code} for code, count in chosen.items())
        metrics = ("visits", "visitors", "actions", "bounces", "seconds")
        return StatsResult(query=query, metrics=metrics, rows=rows, totals=figures(whole), row_count=len(rows))


class Nothing:
    def query(self, *_: object) -> list[dict[str, object]]:
        return []


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setattr("gateway.reports.real_time.RealTime.counters", lambda *_: Counters(7, 6, 40, 0))
    with Client(cast(Reports, Scripted()), cast(Warehouse, Nothing()), Settings()) as made:
        yield made


def ask(client: Client, query: str, token: str = "looks") -> Any:
    answer = client.get(f"{YESTERDAY}&format=json&{query}", token)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_small_figures_are_null(client: Client) -> None:
    visits = {row["label"]: row["nb_visits"] for row in ask(client, "method=UserCountry.getCountry")}
    assert visits == {"France": 100, "Germany": None, "Malta": None}, "twelve hide three"
    assert {row["nb_visits"] for row in ask(client, "method=UserCountry.getCountry", "one")} == {100, 12, 3}
    whole = ask(client, "method=VisitsSummary.get")
    assert (whole["nb_visits"], whole["bounce_count"], whole["bounce_rate"]) == (115, None, None)
    assert (whole["nb_actions_per_visit"], whole["avg_time_on_site"]) == (2, 9)
    few = ask(client, "method=VisitsSummary.get&segment=countryCode==mt")
    assert {few[name] for name in ("nb_visits", "nb_actions", "avg_time_on_site")} == {None}
    assert ask(client, "method=VisitsSummary.getVisits&segment=countryCode==mt") == {"value": None}
    assert ask(client, "method=VisitsSummary.getSumVisitsLengthPretty&segment=countryCode==mt") == {"value": None}
    assert ask(client, "method=Live.getCounters&lastMinutes=30")[0] == dict.fromkeys(
        ("visits", "actions", "visitors", "visitsConverted")
    )
    assert ask(client, "method=Live.getCounters&lastMinutes=30", "one")[0]["visits"] == 7


@pytest.mark.parametrize("form", ["xml", "csv&convertToUnicode=0", "tsv&convertToUnicode=0"])
def test_nor_do_they_stand_in_a_file(client: Client, form: str) -> None:
    answer = client.get(f"{YESTERDAY}&method=UserCountry.getCountry&showColumns=nb_visits&format={form}", "looks")
    assert answer.status_code == 200
    assert "100" in answer.text and "Malta" in answer.text
    assert "12" not in answer.text and ">3<" not in answer.text and "nan" not in answer.text.lower()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("method=Live.getLastVisitsDetails", 403),
        ("method=Referrers.getSearchEngines&expanded=1", 403),
        ("method=Referrers.getAll", 403),
        ("method=VisitsSummary.get&segment=actions>3", 400),
        ("method=VisitsSummary.get&segment=countryCode==fr;visitServerHour<=11", 400),
    ],
)
def test_what_cannot_be_guarded_is_refused(client: Client, query: str, status: int) -> None:
    answer = client.get(f"{YESTERDAY}&format=json&{query}", "looks")
    assert (answer.status_code, answer.json()["result"]) == (status, "error"), answer.text
    assert client.get(f"{YESTERDAY}&format=json&{query}", "one").status_code == 200


@pytest.mark.parametrize(
    "method", ["API.get", "Events.getCategory", "Actions.getPageUrls", "VisitFrequency.get", "Goals.get"]
)
def test_every_kind_of_report_answers_viewers(client: Client, method: str) -> None:
    for form in ("json", "xml", "csv"):
        answer = client.get(f"{YESTERDAY}&format={form}&method={method}&convertToUnicode=0", "looks")
        assert answer.status_code == 200 and "nan" not in answer.text.lower(), answer.text
