"""What a row without a visitor may not hold: what was read from the device, and what names a customer for longer than a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from gateway.privacy.visitors import visitor_hash
from gateway.sites.goals import CustomDimension
from gateway.sites.site import Exemption
from tests.web.visitors import SHOP, Browser, Served, served

DIMENSIONS = (CustomDimension(id=1, name="Plan", scope="visit"), CustomDimension(id=2, name="Author"))
SITE = structs.replace(SHOP, before_choice="cookieless", dimensions=DIMENSIONS)
EXEMPT = structs.replace(SHOP, exemptions=(Exemption(country="FR"),))
PAGE = {"site": 1, "url": "https://shop.example/thanks"}
DEVICE = {
    "screen": "390x844",
    "hour": 23,
    "timings": [1, 2, 3, 4, 5, 6],
    "dimensions": {"1": "customer 4711", "2": "ann"},
}
ORDER = {**PAGE, "type": "order", "order": "A-1", "revenue": 50}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("cookieless"), SITE) as gateway:
        yield gateway


def row_of(gateway: Served, browser: Browser, body: dict[str, Any]) -> dict[str, Any]:
    assert browser.post("/v1/hit", body).status_code == 202
    found: dict[str, Any] = gateway.rows("hits")[-1]
    return found


@pytest.mark.parametrize(
    ("sent", "stored"),
    [("screen", "screen"), ("hour", "visitor_hour"), ("timings", "timings"), ("dimensions", "dimensions")],
)
def test_nothing_that_was_read_from_the_device_or_names_a_customer(shop: Served, sent: str, stored: str) -> None:
    hit = {**PAGE, "type": "pageview", "status": 404, sent: DEVICE[sent]}
    without = row_of(shop, Browser(shop), hit)
    assert (without["basis"], stored in without) == ("cookieless", False)
    assert without["status"] == 404, "which the page says, not the device"
    agreed = Browser(shop)
    assert agreed.answer({"analytics": True}).status_code == 201
    assert stored in row_of(shop, agreed, hit)


def test_an_order_number_is_a_hash_under_the_days_salt(shop: Served) -> None:
    """Once that is destroyed, nobody who knows the number finds its row."""
    gateway = shop.gateway
    row, again = row_of(shop, Browser(shop), ORDER), row_of(shop, Browser(shop), ORDER)
    (site,) = gateway.catalog
    assert (
        row["order_id"] == again["order_id"] == visitor_hash(gateway.salts.salt(1, row["day"], site.zone), "order A-1")
    )
    assert row["order_id"] != visitor_hash(gateway.site_keys.current(1), "order A-1")
    shop.clock.advance(timedelta(hours=73))
    gateway.salts.destroy_old()
    assert row["order_id"] != visitor_hash(gateway.salts.salt(1, row["day"], site.zone), "order A-1")


def test_under_the_exemption_a_reloaded_order_is_one_and_its_number_is_nowhere(tmp_path: Path) -> None:
    with served(tmp_path, EXEMPT) as gateway:
        visitor = Browser(gateway)
        visitor.post("/v1/hit", {**PAGE, "type": "pageview"})
        first, again = row_of(gateway, visitor, ORDER), row_of(gateway, visitor, {**ORDER, "id": "other"})
        other = row_of(gateway, visitor, {**ORDER, "order": "A-2"})
        assert [one["basis"] for one in (first, again, other)] == ["exempt"] * 3
        assert first["id"] == again["id"] != other["id"]
        assert "order_id" not in first | again | other
        gateway.clock.advance(timedelta(days=1))
        assert row_of(gateway, visitor, ORDER)["id"] != first["id"], "another day, another salt"
