"""A page may ask for less than the decision allows: hits that are not identified, whatever the visitor answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from gateway.sites.site import Exemption
from tests.web.visitors import SHOP, Browser, served

EXEMPT = structs.replace(SHOP, exemptions=(Exemption(country="FR"),))
HIT = {"site": 1, "type": "pageview", "url": "https://shop.example/", "user": "c-17", "cookieless": True}


def test_a_cookieless_hit_of_someone_who_said_yes_has_no_visitor_and_sets_no_cookie(tmp_path: Path) -> None:
    with served(tmp_path) as gateway:
        visitor = Browser(gateway)
        assert visitor.answer({"analytics": True}).status_code == 201
        answer = visitor.post("/v1/hit", HIT)
        assert (answer.status_code, answer.json()) == (202, {"status": "cookieless"})
        assert visitor.set_now == []
        row = gateway.rows("hits")[-1]
        assert (row["basis"], row["visitor"]) == ("cookieless", 0)


@pytest.mark.parametrize(("given", "status"), [(None, "no_choice"), (False, "refused")])
def test_asking_for_less_allows_nothing_more(tmp_path: Path, given: bool | None, status: str) -> None:
    with served(tmp_path) as gateway:
        visitor = Browser(gateway)
        if given is not None:
            visitor.answer({"analytics": given})
        assert visitor.post("/v1/hit", HIT).json() == {"status": "refused", "reason": status}
        assert gateway.rows("hits") == []


def test_what_is_exempt_stays_exempt(tmp_path: Path) -> None:
    with served(tmp_path, EXEMPT) as gateway:
        Browser(gateway).post("/v1/hit", HIT)
        row = gateway.rows("hits")[-1]
        assert (row["basis"], row["visitor"]) == ("exempt", 0)
