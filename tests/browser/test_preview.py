"""A preview link shows the banner as its visitor would see it, and does nothing else: nothing read, recorded, sent or opened."""

from __future__ import annotations

from playwright.sync_api import Request, expect

from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway
from tests.browser.test_choices import GATED, assert_nothing_granted
from tests.browser.website import Website

YES = {"analytics": True, "media": True, "payment-fraud": True}


def test_a_preview_reads_records_sends_and_opens_nothing(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    asked: list[Request] = []
    visitor.context.on("request", lambda request: asked.append(request))
    visitor.set_choice(fake.choice(YES))
    visitor.context.add_init_script(
        """const { get } = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
        window.read = [];
        Object.defineProperty(document, "cookie", {
          get() { window.read.push(Error().stack); return get.call(this) },
          set(text) { window.read.push(text) },
        });"""
    )
    fake.preview, fake.ask, fake.measure, fake.regimes = (
        True,
        True,
        "now",
        {"analytics": "opt_out", "media": "objection"},
    )
    visitor.page.goto(website.page(GATED) + "?gw_preview=the-token")
    expect(visitor.banner()).to_be_visible()
    visitor.settle()
    notices = [request.url for request in asked if "/notice" in request.url]
    assert len(notices) == 1 and "preview=the-token" in notices[0]
    assert_nothing_granted(visitor)
    assert visitor.page.evaluate("gateway.answer('analytics')") is None
    for answer in ("Accept all", "Reject all"):
        visitor.button(answer).click()
        expect(visitor.banner()).to_have_count(0)
        visitor.settle()
        assert_nothing_granted(visitor)
        assert visitor.page.evaluate("gateway.consent('analytics')") is False
        visitor.page.reload()
        expect(visitor.banner()).to_be_visible()
    assert visitor.page.evaluate("gateway.withdraw()") is True
    assert visitor.page.evaluate("gateway.receipt()") is None
    visitor.page.evaluate("gateway.track('never')")
    visitor.settle()
    assert fake.consents == [] and fake.withdrawals == 0 and fake.opt_outs == [] and fake.hits == []
    assert not any("/v1/consent" in request for request in visitor.requests)
    assert visitor.page.evaluate("window.read") == []
    assert visitor.cookies() == {"gw_choice_1"}
