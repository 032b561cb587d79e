"""Where measurement runs without a question, objecting to it is one request and stops it within it (RULES.md E4, E10, U1)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from msgspec import structs

from gateway.sites.jurisdictions import UK
from gateway.sites.site import Exemption
from tests.web.visitors import SHOP, Browser, served

SITE = structs.replace(SHOP, exemptions=(Exemption(country="FR"),), before_choice="cookieless")
HIT = {"site": 1, "type": "pageview", "url": "https://shop.example/"}
PIXEL = "/matomo.php?idsite=1&rec=1&url=https://shop.example/"

WAYS: dict[str, Callable[[Browser], httpx.Response]] = {
    "script": lambda visitor: visitor.post("/v1/opt-out", {"site": 1, "what": "analytics"}),
    "withdrawal": lambda visitor: visitor.send("DELETE", "/v1/consent?site=1"),
    "page": lambda visitor: visitor.submit("/privacy/1", {"do": "object"}),
    "reject all": lambda visitor: visitor.answer(
        dict.fromkeys(("payment-fraud", "analytics", "adverts", "media"), False), method="reject_all"
    ),
}


@pytest.mark.parametrize("law", ["GB", "FR"])
@pytest.mark.parametrize("way", WAYS)
def test_one_request_ends_it_for_good(tmp_path: Path, law: str, way: str) -> None:
    with served(tmp_path, SITE, law=law) as gateway:
        visitor = Browser(gateway)
        seen = visitor.notice()
        assert (seen["measure"], seen["why"]) == ("now", "objection" if law == "GB" else "exempt")
        assert visitor.post("/v1/hit", HIT).json() == {"status": "identified"}
        assert "gw_visitor_1" in visitor.cookies
        kept = dict(visitor.cookies)
        counted = len(gateway.rows("hits"))

        assert WAYS[way](visitor).status_code in (200, 201, 303)

        assert "gw_visitor_1" not in visitor.cookies, "in the same answer"
        assert visitor.cookies["gw_objection_1"] == "1"
        assert visitor.notice()["measure"] != "now"
        assert visitor.post("/v1/hit", HIT).json() == {"status": "refused", "reason": "objected"}
        assert visitor.get(PIXEL).status_code == 200
        # Nor for whoever kept the number in spite of it.
        stubborn = Browser(gateway, cookies={**kept, **visitor.cookies})
        assert stubborn.post("/v1/hit", HIT).json() == {"status": "refused", "reason": "objected"}
        assert len(gateway.rows("hits")) == counted, "not even without cookies"


def test_britain_is_told_clearly(tmp_path: Path) -> None:
    """U1: no consent is asked for measurement; who, what, how long and the way to object stand in the notice."""
    with served(tmp_path, law="GB") as gateway:
        seen = Browser(gateway).notice()
        analytics = next(purpose for purpose in seen["purposes"] if purpose["id"] == "analytics")
        assert (analytics["regime"], analytics["rule"], analytics["dated"]) == ("objection", UK.citation, "2026-02-05")
        assert analytics["description"] and analytics["retention"]
        assert SHOP.controller.name in seen["texts"]["body"]
        assert seen["texts"]["why_objection"]
        assert seen["links"]["privacy"].endswith("/privacy/1")


@pytest.mark.parametrize("law", ["DE", "NL", ""])
def test_elsewhere_nothing_runs_on_an_exemption(tmp_path: Path, law: str) -> None:
    """E10: France is shipped, others need the operator's citation, Germany never."""
    with served(tmp_path, structs.replace(SITE, before_choice="nothing"), law=law) as gateway:
        visitor = Browser(gateway)
        assert visitor.notice()["measure"] == "after_choice"
        assert visitor.post("/v1/hit", HIT).json() == {"status": "refused", "reason": "no_choice"}
        assert visitor.cookies == {}
        assert gateway.rows("hits") == []
