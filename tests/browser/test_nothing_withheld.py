"""The shop after a Californian's opt-out of sale: everything that others get, up to the order (RULES.md C8)."""

from __future__ import annotations

from playwright.sync_api import expect

from gateway.demo.purposes import SHOP_PURPOSES
from gateway.demo.site import SHOP
from gateway.sites.catalog import ServedSite
from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway
from tests.browser.test_shop import add_to_cart, fill_in

PAGES = ("/", "/products", "/products/morning-mug", "/workshop", "/workshop/kiln", "/journal/from-clay-to-cup", "/cart")


def words_and_prices(visitor: Visitor, shop_url: str) -> dict[str, str]:
    """What each page says, without what asks for privacy choices."""
    said = {}
    for path in PAGES:
        visitor.page.goto(shop_url + path)
        expect(visitor.way_back()).to_be_visible()
        said[path] = visitor.page.locator("main").inner_text()
    return said


def test_after_opting_out_the_shop_is_the_same(visitor: Visitor, shop_url: str, fake: FakeGateway) -> None:
    fake.site = ServedSite(SHOP)  # with the partner, to whom it sells
    fake.jurisdiction, fake.ask, fake.measure = "US-CA", False, "now"
    fake.regimes = {purpose.id: "opt_out" for purpose in SHOP_PURPOSES}
    before = words_and_prices(visitor, shop_url)
    visitor.way_back().click()
    toggle = visitor.page.get_by_role("switch", name="Do Not Sell or Share My Personal Information", exact=True)
    with visitor.page.expect_navigation():  # what was sold had run: only a new page undoes that
        toggle.click()
    expect(visitor.page.get_by_text("Opt-Out Request Honored", exact=True)).to_be_visible()
    assert words_and_prices(visitor, shop_url) == before
    add_to_cart(visitor, shop_url)
    fill_in(visitor)
    visitor.page.get_by_role("radio", name="Card").check()
    visitor.button("Place the order").click()
    expect(visitor.page.get_by_role("heading", name="Thank you.")).to_be_visible()
    visitor.assert_quiet()
