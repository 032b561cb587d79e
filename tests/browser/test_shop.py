"""The example shop, end to end: this file runs unchanged against a real gateway."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visitor


def add_to_cart(visitor: Visitor, shop_url: str) -> None:
    visitor.page.goto(f"{shop_url}/products/long-vase")
    visitor.page.get_by_role("button", name=re.compile("Add to cart")).click()
    visitor.page.get_by_role("link", name="Go to checkout").click()


def fill_in(visitor: Visitor) -> None:
    visitor.page.get_by_label("Name").fill("Ada")
    visitor.page.get_by_label("E-mail").fill("ada@example.com")


def test_a_walk_through_the_shop(visitor: Visitor, shop_url: str) -> None:
    visitor.page.goto(shop_url)
    expect(visitor.banner()).to_be_visible()
    visitor.settle()
    assert visitor.hits == [] and visitor.cookies() == set()
    assert visitor.page.locator("html").get_attribute("data-insights") is None
    visitor.button("Accept all").click()
    expect(visitor.page.locator("html")).to_have_attribute("data-insights", "on")
    assert visitor.wait_for_hits(1)[0]["title"] == "Tableware, made slowly · Halden Pottery"
    visitor.page.get_by_role("link", name="Workshop", exact=True).click()
    visitor.page.get_by_role("link", name="The kiln").click()
    expect(visitor.page).to_have_title("The kiln · Halden Pottery")
    visitor.wait_until(lambda: len(visitor.pageviews()) >= 3)
    visitor.settle()
    assert [view["title"].split(" ·")[0] for view in visitor.pageviews()] == [
        "Tableware, made slowly",
        "The wedge",
        "The kiln",
    ]
    visitor.assert_quiet()


def test_the_film_is_asked_for_in_place(visitor: Visitor, shop_url: str) -> None:
    visitor.page.goto(f"{shop_url}/journal/from-clay-to-cup")
    visitor.button("Reject all").click()
    placeholder = visitor.page.locator("gateway-placeholder")
    expect(placeholder.get_by_text("Film: a cup on the wheel · Kino player")).to_be_visible()
    visitor.settle()
    assert "kino_viewer" not in visitor.cookies()
    visitor.button("Always load").click()
    expect(visitor.page.frame_locator("iframe").get_by_role("heading")).to_have_text("A cup on the wheel")
    assert "kino_viewer" in visitor.cookies()
    # The yes to this player says nothing of the others, and lasts.
    assert visitor.page.evaluate("[gateway.answer('media', 'kino'), gateway.answer('media')]") == [True, False]
    visitor.page.reload()
    expect(visitor.page.frame_locator("iframe").get_by_role("heading")).to_have_text("A cup on the wheel")
    assert visitor.hits == []
    visitor.assert_quiet()


def test_the_film_is_shown_once(visitor: Visitor, shop_url: str) -> None:
    visitor.page.goto(f"{shop_url}/journal/from-clay-to-cup")
    visitor.button("Reject all").click()
    expect(visitor.banner()).to_have_count(0)
    before = visitor.context.cookies(visitor.gateway_url)
    visitor.button("Load once").click()
    expect(visitor.page.frame_locator("iframe").get_by_role("heading")).to_have_text("A cup on the wheel")
    # Nothing was answered by it: neither here nor at the gateway.
    choices = [cookie for cookie in before if str(cookie.get("name")).startswith("gw_")]
    assert choices == [cookie for cookie in visitor.context.cookies(visitor.gateway_url) if cookie in choices]
    assert visitor.page.evaluate("gateway.consent('media', 'kino')") is False
    visitor.page.reload()
    expect(visitor.button("Load once")).to_be_visible()
    visitor.assert_quiet()


def test_an_order_without_the_fraud_check(visitor: Visitor, shop_url: str) -> None:
    visitor.page.goto(shop_url)
    visitor.button("Reject all").click()
    expect(visitor.banner()).to_have_count(0)
    add_to_cart(visitor, shop_url)
    fill_in(visitor)
    expect(visitor.page.get_by_role("radio", name="Card")).to_be_disabled()
    visitor.button("Pay another way").click()
    visitor.button("Place the order").click()
    expect(visitor.page.get_by_role("heading", name="Thank you.")).to_be_visible()
    assert "vigie_check" not in visitor.cookies()
    assert visitor.hits == []
    visitor.assert_quiet()


def test_an_order_with_the_fraud_check(visitor: Visitor, shop_url: str) -> None:
    visitor.page.goto(shop_url)
    visitor.button("Reject all").click()
    expect(visitor.banner()).to_have_count(0)
    add_to_cart(visitor, shop_url)
    fill_in(visitor)
    visitor.button("Allow the check").click()
    card = visitor.page.get_by_role("radio", name="Card")
    expect(card).to_be_enabled()
    card.check()
    visitor.button("Place the order").click()
    expect(visitor.page.get_by_text("Your card was checked")).to_be_visible()
    # Saying yes to the check says nothing about being counted.
    assert visitor.hits == []
    visitor.assert_quiet()


def test_an_order_is_counted_with_what_led_to_it(visitor: Visitor, shop_url: str) -> None:
    visitor.page.goto(shop_url)
    visitor.button("Accept all").click()
    visitor.wait_for_hits(1)
    add_to_cart(visitor, shop_url)
    fill_in(visitor)
    visitor.button("Place the order").click()
    expect(visitor.page.get_by_role("heading", name="Thank you.")).to_be_visible()
    number = visitor.page.locator("[data-order]").get_attribute("data-order")
    for _ in range(100):
        if visitor.hits[-1]["type"] == "order":
            break
        visitor.page.wait_for_timeout(50)
    told = [(hit["type"], hit["action"]) for hit in visitor.hits if hit["type"] == "event"]
    assert told == [("event", "add to cart"), ("event", "checkout")]
    assert (visitor.hits[-1]["type"], visitor.hits[-1]["order"]) == ("order", number)
    assert visitor.hits[-1]["revenue"] > 0
    visitor.assert_quiet()


def test_privacy_links_are_on_every_page(visitor: Visitor, shop_url: str, gateway_url: str) -> None:
    for path in ("/", "/products", "/products/morning-mug", "/workshop", "/cart", "/checkout", "/nowhere"):
        visitor.page.goto(shop_url + path)
        link = visitor.page.get_by_role("link", name="Do Not Sell or Share My Personal Information", exact=True)
        assert link.first.get_attribute("href") == f"{gateway_url}/do-not-sell/1"
        assert visitor.page.locator("footer").get_by_role("link", name="Privacy choices").is_visible()


def test_the_shop_works_without_scripts(visitor: Visitor, shop_url: str) -> None:
    browser = visitor.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{shop_url}/products/supper-bowl")
    plain.get_by_role("button", name=re.compile("Add to cart")).click()
    plain.get_by_role("link", name="Go to checkout").click()
    plain.get_by_label("Name").fill("Ada")
    plain.get_by_label("E-mail").fill("ada@example.com")
    plain.get_by_role("button", name="Place the order").click()
    expect(plain.get_by_role("heading", name="Thank you.")).to_be_visible()
    assert plain.goto(f"{shop_url}/workshop/glaze") is not None
    expect(plain.get_by_role("heading", name="The glaze")).to_be_visible()
    context.close()


def test_what_the_shop_is_searched_for_and_what_is_taken_from_it(visitor: Visitor, shop_url: str) -> None:
    visitor.page.goto(f"{shop_url}/products")
    visitor.button("Accept all").click()
    visitor.page.get_by_label("Look for").fill("teapot")
    visitor.button("Search").click()
    expect(visitor.page.get_by_role("status").filter(has_text="1 of 6 shapes for “teapot”")).to_be_visible()
    visitor.wait_until(lambda: any(view["url"].endswith("/products?q=teapot") for view in visitor.pageviews()))
    visitor.page.get_by_role("link", name="Slow teapot").click()
    guide = visitor.page.get_by_role("link", name="How to look after it")
    taken = visitor.page.request.get(f"{shop_url}{guide.get_attribute('href')}")
    assert taken.headers["content-type"] == "application/pdf" and taken.body().startswith(b"%PDF-")
    guide.evaluate("link => { link.addEventListener('click', (event) => event.preventDefault()); }")
    guide.click()
    visitor.wait_until(lambda: any(hit["type"] == "download" for hit in visitor.hits))
    assert [hit["target"] for hit in visitor.hits if hit["type"] == "download"] == [f"{shop_url}/static/care-guide.pdf"]
    visitor.page.goto(f"{shop_url}/products?q=concrete")
    expect(visitor.page.get_by_role("link", name="See all six")).to_be_visible()
    visitor.assert_quiet()
