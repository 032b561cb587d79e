"""One gateway for all tests of the Tracking API: British visitors, who are identified until they object, and a shop's server."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from gateway.settings import Limits
from gateway.sites.goals import CustomDimension, Goal
from tests.matomo.trackers import Tracker
from tests.web.visitors import SHOP, served

GOALS = (
    Goal(id=1, name="Sign-up"),
    Goal(id=2, name="Ordered", match="url", pattern="/thanks", how="exact", revenue=10.0),
    Goal(id=3, name="Welcome", match="title", pattern="welcome"),
    Goal(id=4, name="Video watched", match="event_action", pattern="played", how="exact", once=False),
    Goal(id=5, name="Price list", match="download", pattern="*/prices/*.pdf", how="glob", revenue=2.5),
    Goal(id=6, name="Partner", match="outlink", pattern="https://partner.example/", how="starts"),
    Goal(id=7, name="Newsletter", match="event_category", pattern="newsletter"),
    Goal(id=8, name="Trailer", match="event_name", pattern="trailer"),
)
SITE = msgspec.structs.replace(
    SHOP,
    goals=GOALS,
    dimensions=(CustomDimension(id=1, name="Plan", scope="visit"), CustomDimension(id=7, name="Author")),
    page_parameters=("product",),
)
OTHER = msgspec.structs.replace(SHOP, id=2, name="Other", domains=("other.example",), main_url="https://other.example/")


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracker]:
    limits = Limits(bulk_requests=60, bulk_bytes=100_000, body_bytes=8_192)
    with served(tmp_path_factory.mktemp("matomo"), SITE, OTHER, law="GB", limits=limits) as gateway:
        yield Tracker(gateway)


@pytest.fixture
def tracker(whole: Tracker) -> Tracker:
    """As new: no cookies, and nothing recorded since."""
    whole.begin()
    return whole
