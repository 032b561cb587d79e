"""What a row of the audience-measurement exemption may not hold, next to the same visit under consent (RULES.md E10, E11)."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec import structs

from gateway.enrich.geo import Place
from gateway.hits import Hit
from gateway.sites.site import Exemption
from tests.web.visitors import SHOP, Browser, Served, served

SITE = structs.replace(SHOP, exemptions=(Exemption(country="FR"),))
CONSENT = {"analytics": True}
CAME_FROM = "https://forum.example/members/ada/letters?topic=7"
# Everything by which Matomo's clients tell who somebody is or what they bought.
TELLING = {
    "uid": "ada@shop.example",
    "ec_id": "order-4711",
    "dimension1": "premium-member",
    "dimension2": "cohort-9",
    "cvar": '{"1":["plan","gold"]}',
    "_cvar": '{"1":["since","2019"]}',
}


def visit(gateway: Served, *, consent: bool) -> dict[str, Any]:
    browser = Browser(gateway)
    if consent:
        assert browser.answer(CONSENT).status_code == 201
    path = f"/consent-{consent}"
    query = {"idsite": "1", "rec": "1", "url": f"https://shop.example{path}", "urlref": CAME_FROM, **TELLING}
    assert browser.get(f"/matomo.php?{urlencode(query)}").status_code == 200
    return next(row for row in gateway.rows("hits") if row["path"] == path)


def test_no_path_of_the_referrer_no_place_finer_than_the_country(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(tmp_path, SITE) as gateway:
        place = Place("FR", "75", "Paris")
        monkeypatch.setattr(gateway.gateway.geography, "place", lambda _: place)
        agreed, exempt = visit(gateway, consent=True), visit(gateway, consent=False)
        assert (agreed["basis"], exempt["basis"]) == ("consent", "exempt")
        assert agreed["referrer_path"] == "/members/ada/letters"
        assert exempt["referrer_name"] == "forum.example"
        assert (agreed["country"], agreed["region"], agreed["city"]) == ("FR", "75", "Paris")
        assert exempt["country"] == "FR"
        assert not {"referrer_path", "region", "city"} & exempt.keys()
        assert "ada" not in str(exempt)


@pytest.mark.parametrize("consent", [True, False])
def test_no_customer_no_order_and_no_custom_value(tmp_path: Path, consent: bool) -> None:
    """Sent by a Matomo client they are dropped; on our own route they are unknown fields. No log-in reaches a hit."""
    with served(tmp_path, SITE) as gateway:
        row = visit(gateway, consent=consent)
        for value in TELLING.values():
            assert value not in str(row)
        hit = {"site": 1, "type": "pageview", "url": "https://shop.example/"}
        for name in ("uid", "user_id", "order", "order_id", "dimension1", "subject"):
            assert Browser(gateway).post("/v1/hit", {**hit, name: "ada"}).status_code == 400
        assert len(gateway.rows("hits")) == 1
    assert not any(name in Hit.__struct_fields__ for name in ("uid", "user", "subject", "customer", "order", "address"))


@pytest.mark.parametrize(
    ("exempt", "near", "same"),
    [
        (True, "127.0.200.9", True),  # of one /16
        (True, "127.1.0.1", False),
        (False, "127.0.0.200", True),  # of one /24
        (False, "127.0.200.9", False),
    ],
)
def test_of_the_address_sixteen_bits_count(tmp_path: Path, exempt: bool, near: str, same: bool) -> None:
    """The day's fingerprint is made of a /16 under the exemption, of a /24 otherwise."""
    with served(tmp_path, SITE if exempt else structs.replace(SHOP, before_choice="cookieless")) as gateway:
        for address in ("127.0.0.1", near):
            gateway.address = address
            hit = {"site": 1, "type": "pageview", "url": "https://shop.example/"}
            assert Browser(gateway).post("/v1/hit", hit).status_code == 202
        first, second = gateway.rows("hits")
        assert first["basis"] == ("exempt" if exempt else "cookieless")
        assert (first["anon"] == second["anon"]) is same


def test_geography_ends_at_the_city() -> None:
    """E11."""
    assert Place._fields == ("country", "region", "city", "local")
    finer = ("latitude", "longitude", "postal", "postcode", "district", "street", "isp", "asn")
    assert not any(word in name for word in finer for name in Hit.__struct_fields__)
