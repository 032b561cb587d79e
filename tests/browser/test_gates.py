"""Gating: order, late nodes, other elements, strict policies, and markup that the site did not write."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway
from tests.browser.website import STRICT, Website

YES = {"analytics": True, "media": True, "payment-fraud": True}


def test_order_holds_between_inline_and_external(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.set_choice(fake.choice(YES))
    body = """
    <script type="text/plain" data-purpose="analytics" src="/run/one.js"></script>
    <script type="text/plain" data-purpose="media">(window.ran ??= []).push("two")</script>
    <script type="text/plain" data-purpose="analytics" src="/run/missing"></script>
    <script type="text/plain" data-purpose="analytics" data-src="/run/three.js"></script>
    <script type="text/plain" data-purpose="analytics" data-type="module">(window.ran ??= []).push("four")</script>
    """
    visitor.page.goto(website.page(body, policy=""))
    visitor.wait_for_scripts(4)
    assert visitor.ran() == ["one", "two", "three", "four"]


def test_late_nodes_are_held_and_opened(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page('<div id="late"></div>'))
    expect(visitor.banner()).to_be_visible()
    add = """name => {
      const script = document.createElement("script");
      script.type = "text/plain";
      script.dataset.purpose = "analytics";
      script.setAttribute("data-src", `/run/${name}.js`);
      const frame = document.createElement("iframe");
      frame.title = name;
      frame.dataset.purpose = "media";
      frame.dataset.src = `/frame/${name}`;
      const wrapper = document.createElement("div");
      wrapper.append(script, frame);
      document.getElementById("late").append(wrapper);
    }"""
    visitor.page.evaluate(add, "before")
    expect(visitor.button("Always load")).to_be_visible()
    assert visitor.ran() == []
    visitor.button("Accept all").click()
    visitor.wait_for_scripts(1)
    expect(visitor.page.locator("iframe")).to_have_attribute("src", "/frame/before")
    visitor.page.evaluate(add, "after")
    visitor.wait_for_scripts(2)
    assert visitor.ran() == ["before", "after"]
    expect(visitor.page.locator("iframe").last).to_have_attribute("src", "/frame/after")
    visitor.assert_quiet()


def test_a_removed_embed_takes_its_placeholder_along(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page('<iframe data-src="/frame/a" data-purpose="media" title="A"></iframe>'))
    expect(visitor.button("Always load")).to_be_visible()
    visitor.page.evaluate("document.querySelector('iframe').remove()")
    expect(visitor.page.locator("gateway-placeholder")).to_have_count(0)


def test_images_and_media(visitor: Visitor, website: Website) -> None:
    body = """
    <img data-src="data:," data-purpose="analytics" alt="" id="pixel">
    <video data-purpose="media" title="Clip" id="clip"><source data-src="/frame/clip"></video>
    <link data-href="/run/x.js" rel="prefetch" data-purpose="media" id="link">
    """
    visitor.page.goto(website.page(body))
    expect(visitor.banner()).to_be_visible()
    expect(visitor.page.locator("gateway-placeholder")).to_have_count(0)
    for selector in ("#pixel", "#clip source", "#link"):
        assert visitor.page.locator(selector).evaluate("e => e.hasAttribute('src') || e.hasAttribute('href')") is False


def test_under_a_strict_policy_with_nonces_foreign_markup_never_runs(
    visitor: Visitor, website: Website, fake: FakeGateway, gateway_url: str
) -> None:
    visitor.set_choice(fake.choice(YES))
    policy = "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; connect-src {gateway}; style-src 'self'"
    html = f"""<!doctype html><html lang="en"><head><title>Nonces</title><link rel="icon" href="data:,">
    <script nonce="abc" src="{gateway_url}/gateway/1.js" defer></script></head><body><main><h1>Nonces</h1>
    <script type="text/plain" data-purpose="analytics" nonce="abc" src="/run/own.js"></script>
    <script type="text/plain" data-purpose="analytics" nonce="abc">(window.ran ??= []).push("inline")</script>
    <script type="text/plain" data-purpose="analytics" src="/run/injected.js"></script>
    </main></body></html>"""
    visitor.page.goto(website.whole_page(html, policy=policy + "; img-src data:"))
    visitor.wait_for_scripts(2)
    visitor.settle()
    assert visitor.ran() == ["own", "inline"]
    visitor.assert_quiet()


def test_the_strict_policy_is_never_violated(visitor: Visitor, website: Website) -> None:
    body = """<script type="text/plain" data-purpose="analytics" src="/run/a.js"></script>
    <iframe data-src="/frame/a" data-purpose="media" title="A" width="320" height="180"></iframe>"""
    assert "require-trusted-types-for" in STRICT
    visitor.page.goto(website.page(body))
    visitor.button("Choose").click()
    visitor.page.keyboard.press("Escape")
    visitor.button("Accept all").click()
    visitor.wait_for_hits(1)
    visitor.way_back().click()
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("dialog").get_by_role("button", name="Reject all").click()
    expect(visitor.button("Always load")).to_be_visible()
    visitor.assert_quiet()


def test_the_script_alone_reads_its_own_tag(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    html = f"""<!doctype html><html lang="en"><head><title>Alone</title><link rel="icon" href="data:,">
    <script src="{fake.url}/gateway.js" data-site="1" data-policy="{fake.site.fingerprint}" defer></script></head>
    <body><main><h1>Alone</h1><script type="text/plain" data-purpose="analytics" src="/run/one.js"></script></main>
    </body></html>"""
    address = website.whole_page(html)
    visitor.page.goto(address)
    visitor.button("Accept all").click()
    visitor.wait_for_scripts(1)
    visitor.requests.clear()
    visitor.page.reload()
    visitor.wait_for_scripts(1)
    visitor.settle()
    assert not any("notice" in request for request in visitor.requests)
    visitor.assert_quiet()


def test_a_body_that_is_replaced_keeps_the_way_back(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page())
    expect(visitor.banner()).to_be_visible()
    visitor.page.evaluate(
        "() => { const body = document.createElement('body'); body.append('New'); document.body.replaceWith(body) }"
    )
    expect(visitor.banner()).to_be_visible()
    visitor.button("Reject all").click()
    expect(visitor.way_back()).to_be_visible()


def test_global_privacy_control_beats_a_stored_yes_to_a_sale(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    from msgspec import structs

    from gateway.demo.site import SHOP
    from gateway.sites.catalog import ServedSite

    purposes = tuple(structs.replace(each, sale=each.id == "media") for each in SHOP.purposes)
    fake.site = ServedSite(structs.replace(SHOP, purposes=purposes))
    fake.jurisdiction = "US-CA"
    visitor.set_choice(fake.choice(YES))
    visitor.context.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    visitor.context.set_extra_http_headers({"Sec-GPC": "1"})
    body = """<script type="text/plain" data-purpose="media" src="/run/sold.js"></script>
    <script type="text/plain" data-purpose="analytics" src="/run/kept.js"></script>"""
    # The extra header makes cross-origin requests ask first; what is tested here is the page's own decision.
    visitor.page.goto(website.page(body))
    visitor.wait_for_scripts(1)
    visitor.settle()
    assert visitor.ran() == ["kept"]
