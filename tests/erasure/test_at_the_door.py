"""What a browser sends after it had its data erased, its processing restricted, or its consent withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from gateway.erasure.tombstones import FOREVER, Tombstones
from gateway.privacy.cookies import Visitor
from tests.web.visitors import SHOP, Browser, Served, served

URL = "https://shop.example/"
VISITOR = "gw_visitor_1"


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as gateway:
        yield gateway


def hit(browser: Browser, site: int = 1) -> dict[str, str]:
    answer = browser.post("/v1/hit", {"site": site, "type": "pageview", "url": URL, "title": "Start"})
    body: dict[str, str] = answer.json()
    return body


def numbers(browser: Browser) -> tuple[int, ...]:
    gateway = browser.gateway.gateway
    visitor = gateway.jars[1].visitor(browser.cookies, browser.gateway.clock.timestamp(), 13)
    assert isinstance(visitor, Visitor)
    return gateway.site_keys.hashes(1, visitor)


def consenting(gateway: Served) -> Browser:
    browser = Browser(gateway)
    assert browser.answer({"analytics": True}, method="save").status_code == 201
    assert hit(browser) == {"status": "identified"} and VISITOR in browser.cookies
    return browser


def test_hits_in_flight_under_an_erased_id_are_refused_and_the_id_taken_away(gateway: Served) -> None:
    browser, other = consenting(gateway), consenting(gateway)
    gateway.gateway.tombstones.erase(1, numbers(browser))
    stored = gateway.rows("hits")
    assert hit(browser) == {"status": "refused", "reason": "erased"}
    assert gateway.rows("hits") == stored and VISITOR not in browser.cookies
    assert hit(browser) == {"status": "identified"}, "what it does later is another's"
    assert hit(other) == {"status": "identified"}
    assert len({row["visitor"] for row in gateway.rows("hits")}) == 3


def test_the_pixel_takes_an_erased_id_away_too(gateway: Served) -> None:
    browser = consenting(gateway)
    gateway.gateway.tombstones.erase(1, numbers(browser))
    stored = gateway.rows("hits")
    assert browser.get(f"/matomo.php?idsite=1&rec=1&url={URL}").status_code == 200
    assert gateway.rows("hits") == stored and VISITOR not in browser.cookies


def test_a_worker_that_did_not_write_it_refuses_the_very_next_hit(gateway: Served, tmp_path: Path) -> None:
    browser = consenting(gateway)
    another = Tombstones(gateway.gateway.state, gateway.clock, tmp_path)
    another.restrict(1, numbers(browser))
    assert hit(browser) == {"status": "refused", "reason": "objected"}
    another.erase(1, numbers(browser))
    assert gateway.gateway.tombstones.stands(1, numbers(browser)).erased_before == FOREVER


def test_a_restricted_browser_is_refused_whatever_it_answered_until_it_is_lifted(gateway: Served) -> None:
    browser, other = consenting(gateway), consenting(gateway)
    gateway.gateway.tombstones.restrict(1, numbers(browser))
    assert hit(browser) == {"status": "refused", "reason": "objected"}
    assert VISITOR in browser.cookies, "or it could not be lifted"
    assert hit(other) == {"status": "identified"}
    assert browser.answer({"analytics": True}, method="save").status_code == 201
    assert hit(browser) == {"status": "refused", "reason": "objected"}, "row 2 of the decision comes before row 4"
    gateway.gateway.tombstones.lift(1, numbers(browser))
    assert hit(browser) == {"status": "identified"}


def test_two_sites_of_one_gateway_share_no_tombstone(tmp_path: Path) -> None:
    second = msgspec.structs.replace(SHOP, id=2)
    with served(tmp_path, SHOP, second) as gateway:
        browser = consenting(gateway)
        gateway.gateway.tombstones.restrict(2, numbers(browser))
        gateway.gateway.tombstones.erase(2, numbers(browser))
        assert hit(browser) == {"status": "identified"}


def test_withdrawing_expires_the_id_and_stops_collection_in_the_same_request(gateway: Served) -> None:
    browser = consenting(gateway)
    stored = gateway.rows("hits")
    assert browser.send("DELETE", "/v1/consent?site=1").status_code == 200
    assert VISITOR not in browser.cookies
    assert hit(browser) == {"status": "refused", "reason": "refused"}
    assert gateway.rows("hits") == stored
