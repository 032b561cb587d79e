"""Every method over HTTP, on chDB and on a server: what golden.py counted by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from gateway.reports.matomo.methods import METHODS
from tests.matomo_api.audience import audience
from tests.matomo_api.client import Client
from tests.matomo_api.golden import EXPECTED
from tests.warehouse.engines import engine
from tests.warehouse.worlds import Engine, world

__all__ = ["engine"]

# The subtables of other methods' rows, looked at in test_answers.py.
BELOW = {name for name in METHODS if "From" in name}


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[Client]:
    with world(engine) as fresh:
        fresh.store(audience())
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
def test_the_rows_below_a_row(client: Client, engine: Engine, above: str, below: str, labels: list[str]) -> None:
    """A row's number leads to its subtable, by the method of the row and by the one for subtables alike, on any date."""
    if engine.url and above.startswith("Events"):
        return
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
