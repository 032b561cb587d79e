"""Two sites of one gateway, on one registrable domain, in one browser: nothing says that it is the same one (RULES.md E10).

Every number, id and hash of the one is looked for in everything of the other: cookies, hits, ledger rows, receipts, notices,
accounts and what is exported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from gateway.state.subjects import subject_keys, subjects
from gateway.state.tables import salts, site_keys
from tests.ledger.test_export import exported
from tests.subjects.customers import ANN, Device, Server
from tests.warehouse.worlds import World
from tests.web.visitors import SHOP, Browser, Served, served

SHOP_THERE = structs.replace(SHOP, cookie_domain="shop.example")
BLOG = structs.replace(
    SHOP_THERE, id=2, name="Blog", domains=("blog.shop.example",), main_url="https://blog.shop.example/"
)
OPTIONAL = ("payment-fraud", "analytics", "adverts", "media")
PAGES = {1: "https://shop.example/", 2: "https://blog.shop.example/"}
# What rows share whoever they are about: the policy answered to, and the writer's chain with its neighbours' hashes.
OF_NOBODY = ("policy", "script", "chain", "prev", "hash", "seq", "ts", "expires")


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, SHOP_THERE, BLOG) as one:
        yield one


def agreed(browser: Browser, site: int, **more: object) -> dict[str, Any]:
    seen = browser.get(f"/v1/sites/{site}/notice").json()
    body = {"site": site, "purposes": dict.fromkeys(OPTIONAL, True), "fingerprint": seen["policy"], **more}
    answer = browser.post("/v1/consent", {**body, "notice": seen["notice"]})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return {"notice": seen["notice"], "receipt": found["receipt"]["id"]}


def view(browser: Browser, site: int) -> None:
    """With the same ids of the client's own on both: at worst, a page that reuses them."""
    body = {"site": site, "type": "pageview", "url": PAGES[site], "id": "same"}
    assert browser.post("/v1/hit", body).json() == {"status": "identified"}
    pixel = browser.get(f"/matomo.php?idsite={site}&rec=1&_id=0123456789abcdef&url={PAGES[site]}matomo")
    assert pixel.status_code == 200


def values(row: dict[str, Any]) -> set[str]:
    """Whatever is long enough to tell browsers apart."""
    kept = {name: value for name, value in row.items() if name not in OF_NOBODY}
    return {text for text in map(str, kept.values()) if re.search(r"\d{9}|[0-9a-f]{12}", text)}


def test_cookies_hits_ledger_receipts_and_notices(gateway: Served) -> None:
    browser = Browser(gateway)
    given = {site: agreed(browser, site) for site in (1, 2)}
    for site in (1, 2):
        view(browser, site)
    cookies = {
        site: {name: text for name, text in browser.cookies.items() if name.endswith(f"_{site}")} for site in (1, 2)
    }
    assert {site: len(held) for site, held in cookies.items()} == {1: 3, 2: 3}
    assert not set(cookies[1].values()) & set(cookies[2].values())
    numbers = {site: cookies[site][f"gw_visitor_{site}"].split("-")[0] for site in (1, 2)}
    assert numbers[1] != numbers[2] and all(re.fullmatch("[0-9a-f]{32}", number) for number in numbers.values())
    assert given[1]["receipt"] != given[2]["receipt"] and given[1]["notice"] != given[2]["notice"]
    for stream, each in (("hits", 2), ("consents", 1)):
        found = {site: [row for row in gateway.rows(stream) if row["site"] == site] for site in (1, 2)}
        assert [len(found[site]) for site in (1, 2)] == [each, each]
        told = {site: set().union(*map(values, found[site])) for site in (1, 2)}
        assert told[1] and told[2]
        assert not told[1] & told[2]


def test_without_a_cookie_the_days_fingerprints_differ(tmp_path: Path) -> None:
    sites = [structs.replace(site, before_choice="cookieless") for site in (SHOP_THERE, BLOG)]
    with served(tmp_path, *sites) as gateway:
        browser = Browser(gateway)
        for site in (1, 2):
            body = {"site": site, "type": "pageview", "url": PAGES[site]}
            assert browser.post("/v1/hit", body).json() == {"status": "cookieless"}
        first, second = gateway.rows("hits")
        assert first["anon"] != second["anon"]
        assert browser.cookies == {}


def test_a_cookie_of_the_one_is_nobody_on_the_other(gateway: Served) -> None:
    """Also where somebody copies it over."""
    browser = Browser(gateway)
    agreed(browser, 1)
    moved = Browser(gateway, cookies={name.replace("_1", "_2"): text for name, text in browser.cookies.items()})
    assert moved.get("/v1/consent?site=2").json()["purposes"] is None
    body = {"site": 2, "type": "pageview", "url": PAGES[2]}
    assert moved.post("/v1/hit", body).json() == {"status": "refused", "reason": "no_choice"}


def test_keys_and_salts_are_each_sites_own(gateway: Served) -> None:
    browser = Browser(gateway)
    for site in (1, 2):
        agreed(browser, site)
        view(browser, site)
        Server(gateway, site).put(ANN, opted_out=True)
    with gateway.gateway.state.begin() as connection:
        for table, column in ((site_keys, "key"), (salts, "salt"), (subject_keys, "key")):
            rows = [row._asdict() for row in connection.execute(table.select())]
            assert {row["site"] for row in rows} == {1, 2}
            secrets = [bytes(row[column]) for row in rows]
            assert len(set(secrets)) == len(secrets)


def test_one_customer_is_two_and_a_token_is_for_one_site(gateway: Served) -> None:
    servers = {site: Server(gateway, site) for site in (1, 2)}
    tokens = {site: server.token(ANN) for site, server in servers.items()}
    servers[1].answer(dict.fromkeys(OPTIONAL, False), ANN)
    assert servers[2].held(ANN)["purposes"] is None
    servers[2].answer(dict.fromkeys(OPTIONAL, True), ANN)
    with gateway.gateway.state.begin() as connection:
        first, second = connection.execute(subjects.select().order_by(subjects.c.site)).all()
    assert (first.site, second.site) == (1, 2) and first.subject != second.subject
    device = Device(gateway)
    for path in (f"/v1/sites/2/notice?subject={tokens[1]}", f"/v1/consent?site=2&subject={tokens[1]}"):
        assert device.get(path).status_code == 403


def test_an_export_of_the_one_has_nothing_of_the_other(here: World, gateway: Served) -> None:
    """The ledger as it is exported, in each format, by the rows that a gateway wrote."""
    browser = Browser(gateway)
    for site in (1, 2):
        agreed(browser, site)
    rows = gateway.rows()
    here.warehouse.insert("consents", [msgspec.json.encode(row) for row in rows], "rows")
    ids = {row["site"]: row["id"] for row in rows}
    for form in ("jsonl", "csv", "27560"):
        for site, other in ((1, 2), (2, 1)):
            text = "".join(exported(here, site=site, format=form))
            assert ids[site] in text
            assert ids[other] not in text
