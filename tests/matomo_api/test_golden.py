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


def test_every_method_is_counted_by_hand() -> None:
    counted = {query.partition("&")[0] for query in EXPECTED}
    assert counted >= set(METHODS) - BELOW - UNCOUNTED


# Of the same figures under another name.
UNCOUNTED = {
    "Actions.getSiteSearchCategories",
    "CustomDimensions.getCustomDimension",
    "Referrers.getNumberOfDistinctCampaigns",
    "Referrers.getNumberOfDistinctSearchEngines",
    "Referrers.getNumberOfDistinctSocialNetworks",
    "Referrers.getNumberOfDistinctWebsites",
}
