"""From a page written for matomo.js, through our script and a whole gateway, to the rows on disk."""

from __future__ import annotations

import time
from pathlib import Path

from msgspec import structs
from playwright.sync_api import Browser

from gateway.app import Gateway
from gateway.demo.site import SHOP
from gateway.settings import ClickHouse, Privacy, Settings
from gateway.sites.goals import Goal
from tests.browser.serving import free_socket, serving, url_of
from tests.browser.test_paq import SNIPPET
from tests.browser.website import Website
from tests.web.visitors import AGENT, rows_on_disk

SITE = structs.replace(
    SHOP, domains=("127.0.0.1",), test_domains=(), goals=(Goal(id=7, name="Signed up", match="manual"),)
)
MUG = {"sku": "m1", "name": "Mug", "category": "Cups", "price": 12.5, "quantity": 2}
CALLS = """[
  ["trackPageView"], ["trackEvent", "film", "play", "cup", 2], ["trackGoal", 7, 9.5],
  ["trackSiteSearch", "mug", "cups", 3], ["setUserId", "c-17"], ["addEcommerceItem", "m1", "Mug", "Cups", 12.5, 2],
  ["trackEcommerceOrder", "A-1", 25], ["trackLink", "https://else.example/there", "link"]
]"""


def test_what_a_page_tells_paq_is_on_disk(chromium: Browser, tmp_path: Path) -> None:
    listening, shop = free_socket(), free_socket()
    settings = Settings(
        data_dir=tmp_path,
        public_url=url_of(listening),
        privacy=Privacy(local_jurisdiction="FR"),
        clickhouse=ClickHouse(url="http://127.0.0.1:9"),  # nobody listens there: what counts here is the journal
        sites=(SITE,),
    )
    gateway = Gateway(settings)
    gateway.turn_salts()
    gateway.journal.open()
    website = Website(url_of(shop), settings.base_url)
    address = website.whole_page(
        SNIPPET.format(calls=CALLS, gateway=settings.base_url, body="", script="matomo.js"), policy=""
    )
    # Headless chromium calls itself a crawler, and would rightly not be counted.
    context = chromium.new_context(user_agent=AGENT, locale="en-GB")
    try:
        with serving(gateway.application(), listening), serving(website.app, shop):
            page = context.new_page()
            page.goto(address)
            page.get_by_role("button", name="Accept all").click()
            deadline = time.monotonic() + 20
            while len(rows_on_disk(tmp_path, "hits")) < 6 and time.monotonic() < deadline:
                page.wait_for_timeout(100)
            context.close()
    finally:
        gateway.journal.close()
        gateway.geography.close()
        gateway.state.close()
    rows = [row for row in rows_on_disk(tmp_path, "hits") if row["type"] != "engagement"]
    assert [row["type"] for row in rows] == ["pageview", "event", "goal", "search", "order", "outlink"]
    view, event, goal, search, order, out = rows
    # One visitor, known by the cookie that came with the yes.
    assert {row["basis"] for row in rows} == {"consent"}
    assert {row["visitor"] for row in rows} == {view["visitor"]} != {0}
    assert (view["host"], view["title"], view["page_view"]) == ("127.0.0.1", "A page", event["page_view"])
    assert (event["category"], event["action"], event["name"], event["value"]) == ("film", "play", "cup", 2)
    assert (goal["goals"], goal["revenue"]) == ([7], 9.5)
    assert (search["name"], search["category"], search["count"]) == ("mug", "cups", 3)
    assert (order["revenue"], order["items"]) == (25, [MUG])
    assert order["order_id"] != 0
    assert "else.example" in out["name"]
