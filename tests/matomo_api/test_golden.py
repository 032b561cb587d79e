"""Every method over HTTP, on chDB and on a server: what golden.py counted by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from gateway.reports.matomo.methods import METHODS
from tests.matomo_api.audience import audience
from tests.matomo_api.client import Client
from tests.matomo_api.golden import EXPECTED
from tests.reports.golden import GOLDEN, HITS, SITE, Golden
from tests.warehouse.engines import engine
from tests.warehouse.worlds import Engine, world

__all__ = ["engine"]

# The subtables of other methods' rows, looked at in test_answers.py.
BELOW = {name for name in METHODS if "From" in name}


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[Client]:
    with world(engine) as fresh:
        fresh.store([*audience(), *([] if engine.url else HITS)])
        fresh.rollup.run()
        with Client(fresh.reports, fresh.warehouse, fresh.settings) as one:
            yield one


def ask(client: Client, queries: Iterable[str], more: str = "") -> None:
    wrong: dict[str, Any] = {}
    for query in queries:
        answer = client.get(f"method={query}&idSite=1&format=json{more}").json()
        if answer != EXPECTED[query]:
            wrong[query] = answer
    assert wrong == {}


def test_figures(client: Client, engine: Engine) -> None:
    """All of them on chDB, some of each kind on a server."""
    ask(client, list(EXPECTED)[:: 5 if engine.url else 1])


def test_a_segment_that_lets_everybody_through_takes_another_way_to_the_same_figures(client: Client) -> None:
    ask(client, [query for query in EXPECTED if "segment" not in query][::6], "&segment=visitDuration>=0")


# Figures of tests/reports/golden.py → the methods that tell them, and their columns.
COLUMNS = {
    "VisitsSummary.get": {
        "visits": "nb_visits",
        "visitors": "nb_uniq_visitors",
        "actions": "nb_actions",
        "bounces": "bounce_count",
        "seconds": "sum_visit_length",
        "converted_visits": "nb_visits_converted",
    },
    "Actions.get": {
        "pageviews": "nb_pageviews",
        "downloads": "nb_downloads",
        "outlinks": "nb_outlinks",
        "searches": "nb_searches",
    },
    "Goals.get": {"conversions": "nb_conversions", "revenue": "revenue"},
}


@pytest.mark.parametrize("engine", ["chdb"], indirect=True, scope="module")
def test_the_golden_sequences(client: Client) -> None:
    """What visits are, in 40 tricky sequences of hits: as in our own API (tests/reports/test_golden.py)."""
    first, last = min(case.first for case in GOLDEN), max(case.last for case in GOLDEN)
    days = {method: client.get(_of_site(method, "day", f"{first},{last}")).json() for method in COLUMNS}
    wrong = {}
    for case in GOLDEN:
        found = {method: _told(client, method, days[method], case) for method in COLUMNS}
        figures = {
            name: found[method].get(column, 0)
            for method, columns in COLUMNS.items()
            for name, column in columns.items()
            if name in case.expected
        }
        if figures != {name: case.expected[name] for name in figures}:
            wrong[case.name] = figures
    assert wrong == {}


def _told(client: Client, method: str, days: dict[str, Any], case: Golden) -> dict[str, Any]:
    if case.first == case.last:
        return dict(days[case.first.isoformat()])  # [] where nobody came
    told: dict[str, Any] = client.get(_of_site(method, "range", f"{case.first},{case.last}")).json()
    return told


def _of_site(method: str, period: str, date: str) -> str:
    return f"method={method}&idSite={SITE}&format=json&period={period}&date={date}"


@pytest.mark.parametrize(
    ("above", "below", "labels"),
    [
        ("Referrers.getSearchEngines", "Referrers.getKeywordsFromSearchEngineId", ["shoes"]),
        ("Referrers.getKeywords", "Referrers.getSearchEnginesFromKeywordId", ["Qwant"]),
        ("Referrers.getWebsites", "Referrers.getUrlsFromWebsiteId", ["story"]),
        ("Referrers.getCampaigns", "Referrers.getKeywordsFromCampaignId", ["sale"]),
        ("Events.getCategory", "Events.getActionFromCategoryId", ["play"]),
        ("Events.getCategory", "Events.getNameFromCategoryId", ["Trailer"]),
        ("Events.getAction", "Events.getNameFromActionId", ["Trailer"]),
        ("Events.getAction", "Events.getCategoryFromActionId", ["Video"]),
        ("Events.getName", "Events.getActionFromNameId", ["play"]),
        ("Events.getName", "Events.getCategoryFromNameId", ["Video"]),
    ],
)
def test_the_rows_below_a_row(client: Client, above: str, below: str, labels: list[str]) -> None:
    """A row's number leads to its subtable, by the method of the row and by the one for subtables alike, on any date."""
    query = "idSite=1&format=json&period=range&date=2026-11-09,2026-11-10"
    [row] = client.get(f"method={above}&{query}").json()
    number = row["idsubdatatable"]
    found = client.get(f"method={below}&{query}&idSubtable={number}").json()
    assert [one["label"] for one in found] == labels
    if below in DEFAULT:
        assert client.get(f"method={above}&{query}&idSubtable={number}").json() == found


def test_folders_of_pages_lead_on(client: Client) -> None:
    query = "method=Actions.getPageUrls&idSite=1&format=json&period=range&date=2026-11-09,2026-11-10"
    rows = client.get(query).json()
    assert [(row["label"], row["nb_visits"], row["nb_hits"]) for row in rows] == [("/index", 3, 3), ("shop", 3, 3)]
    below = client.get(f"{query}&idSubtable={rows[1]['idsubdatatable']}").json()
    assert [(row["label"], row["nb_visits"]) for row in below] == [("/boots", 2), ("/index", 1)]


def test_every_method_is_counted_by_hand() -> None:
    counted = {query.partition("&")[0] for query in EXPECTED}
    assert counted >= set(METHODS) - BELOW - UNCOUNTED


# What the methods with subtables have in them unless told otherwise.
DEFAULT = {
    "Referrers.getKeywordsFromSearchEngineId",
    "Referrers.getSearchEnginesFromKeywordId",
    "Referrers.getUrlsFromWebsiteId",
    "Referrers.getKeywordsFromCampaignId",
    "Events.getActionFromCategoryId",
    "Events.getNameFromActionId",
    "Events.getActionFromNameId",
}
# Of the same figures under another name.
UNCOUNTED = {
    "Actions.getSiteSearchCategories",
    "CustomDimensions.getCustomDimension",
    "Referrers.getNumberOfDistinctCampaigns",
    "Referrers.getNumberOfDistinctSearchEngines",
    "Referrers.getNumberOfDistinctSocialNetworks",
    "Referrers.getNumberOfDistinctWebsites",
}
