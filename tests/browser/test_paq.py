"""Pages written for matomo.js, with our script in its place: `_paq` is understood, and can do no more than the visitor allows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.arrivals import arrived, until
from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway
from tests.browser.website import Website

YES = {"analytics": True, "media": False, "payment-fraud": False}
NO = {"analytics": False, "media": False, "payment-fraud": False}

# The snippet as sites have it; only the address is another.
SNIPPET = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">
<script>
  var _paq = window._paq = window._paq || [];
  for (const call of {calls}) _paq.push(call);
  (function () {{
    var u = "{gateway}/";
    _paq.push(["setTrackerUrl", u + "matomo.php"]);
    _paq.push(["setSiteId", "1"]);
    var d = document, g = d.createElement("script"), s = d.getElementsByTagName("script")[0];
    g.async = true; g.src = u + "{script}"; s.parentNode.insertBefore(g, s);
  }})();
</script></head><body>{body}</body></html>"""

VIEW = ["trackPageView"]


def legacy(website: Website, fake: FakeGateway, *calls: list[Any], body: str = "", script: str = "gateway/1.js") -> str:
    page = SNIPPET.format(calls=json.dumps(calls), gateway=fake.url, body=body, script=script)
    return website.whole_page(page, policy="")


def push(visitor: Visitor, *calls: list[Any]) -> None:
    visitor.page.evaluate("(calls) => window._paq.push(...calls)", list(calls))


def carried_out(visitor: Visitor) -> None:
    """Waits until the adapter has taken the place of the array."""
    until(lambda: visitor.page.evaluate("!Array.isArray(window._paq)"), visitor)


def test_a_page_written_for_matomo(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.set_choice(fake.choice(YES))
    item = ["addEcommerceItem", "m1", "Mug", ["Cups", "Blue"], 12.5, 2]
    link = '<a id="file" href="/a.pdf">A</a><a id="out" class="matomo_ignore" href="https://else.example/">B</a>'
    visitor.page.goto(
        legacy(
            website,
            fake,
            ["setCustomUrl", "/pages/virtual?a=b"],
            ["setDocumentTitle", "Virtual"],
            ["setReferrerUrl", "https://search.example/"],
            ["trackPageView", "", {"dimension2": "once"}],
            ["setCustomDimension", 1, "member"],
            ["trackEvent", "film", "play", "cup", 2],
            ["trackGoal", 4, 9.5],
            ["trackSiteSearch", "mug", False, 0],
            ["deleteCustomDimension", 1],
            ["trackLink", "https://else.example/", "link"],
            item,
            ["addEcommerceItem", "x", "Lid"],
            ["removeEcommerceItem", "x"],
            ["trackEcommerceCartUpdate", 25],
            ["trackEcommerceOrder", "A-1", 29, 25, 4, 0, False],
            ["enableLinkTracking"],
            ["setUserId", "c-17"],
            body=link,
            script="matomo.js",
        )
    )
    view, event, goal, search, out, cart, order = arrived(fake, visitor, 7)
    assert (view["type"], view["url"], view["title"]) == ("pageview", f"{website.url}/pages/virtual?a=b", "Virtual")
    # setUserId stands after trackPageView, and applies to it all the same.
    assert (view["referrer"], view["user"], view["dimensions"]) == ("https://search.example/", "c-17", {"2": "once"})
    assert (event["category"], event["action"], event["name"], event["value"]) == ("film", "play", "cup", 2)
    assert event["dimensions"] == {"1": "member"} and event["page_view"] == view["page_view"]
    assert (goal["goal"], goal["revenue"]) == (4, 9.5)
    assert (search["keyword"], search["count"]) == ("mug", 0) and "category" not in search
    assert (out["type"], out["target"]) == ("outlink", "https://else.example/") and "dimensions" not in out
    assert cart["items"] == [{"sku": "m1", "name": "Mug", "category": "Cups", "price": 12.5, "quantity": 2}]
    assert (order["order"], order["revenue"], order["subtotal"], order["tax"]) == ("A-1", 29, 25, 4)
    assert order["items"] == cart["items"] and "discount" not in order
    # Navigation counts where the page says so, links once it has asked for them.
    visitor.page.evaluate("addEventListener('click', (event) => event.preventDefault())")
    visitor.page.evaluate("history.pushState(null, '', '/pages/second')")
    visitor.page.locator("#file").click()
    visitor.page.locator("#out").click()
    push(visitor, ["setCustomUrl", "/pages/second"], ["trackPageView", "Second"], ["resetUserId"], ["trackGoal", 5])
    file, second, last = arrived(fake, visitor, 10)[7:]
    assert (file["type"], file["target"]) == ("download", f"{website.url}/a.pdf")
    assert (second["url"], second["title"]) == (f"{website.url}/pages/second", "Second")
    assert second["page_view"] not in (view["page_view"], "") and "user" in second and "user" not in last
    assert visitor.noise == []


def test_without_trackpageview_and_link_tracking_nothing_counts_by_itself(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(legacy(website, fake, body='<a id="out" href="https://else.example/">B</a>'))
    carried_out(visitor)
    visitor.page.evaluate("addEventListener('click', (event) => event.preventDefault())")
    visitor.page.locator("#out").click()
    visitor.settle()
    assert fake.hits == []


def test_functions_getters_callbacks_and_what_is_not_known(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(legacy(website, fake, ["setUserId", "c-17"], ["setCustomDimension", 1, "a"]))
    carried_out(visitor)
    visitor.page.evaluate("""() => {
      _paq.push([function () {
        window.seen = [this.getUserId(), this.getCustomDimension(1), this.getSiteId(), this.isUserOptedOut()];
      }]);
      _paq.push(function () { this.trackEvent("a", "b", null, null, {}, () => { window.called = true }) });
      _paq.push(["trackEvent", "a", "c", undefined, undefined, {}, () => { window.called = true }]);
      Matomo.getAsyncTracker().trackGoal(1);
      _paq.push(["setSomethingNew", 1], ["setSomethingNew", 2], ["enableHeartBeatTimer"], ["trackEvent", "a"]);
      _paq.push(function () { throw new Error("the page's own") });
      _paq.push(["trackPageView"]);
    }""")
    assert [hit["type"] for hit in arrived(fake, visitor, 4)] == ["event", "event", "goal", "pageview"]
    assert visitor.page.evaluate("[window.seen, window.called]") == [["c-17", "a", "1", False], True]
    assert visitor.noise == [
        "warning: _paq: setSomethingNew is not known here, and was left out",
        'error: gateway.track("event"): action is missing',
        "the page's own",
    ]


@pytest.mark.parametrize("calls", [[], [["rememberConsentGiven", 24]]])
def test_consent_of_the_page_opens_no_more_than_the_visitor_does(
    visitor: Visitor, website: Website, fake: FakeGateway, calls: list[Any]
) -> None:
    visitor.page.goto(legacy(website, fake, VIEW, ["requireConsent"]))
    carried_out(visitor)
    push(visitor, *calls)
    visitor.settle()
    # No yes is forged from it: none is recorded, and without the visitor's own nothing is sent.
    assert (fake.hits, fake.consents) == ([], [])
    # The visitor's own yes is one for the page too, whether it says so or not.
    visitor.button("Accept all").click()
    arrived(fake, visitor, 1)


def test_a_preview_sends_and_records_nothing(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    fake.preview, fake.measure, fake.regimes = True, "now", {"analytics": "objection"}
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(legacy(website, fake, VIEW, ["setConsentGiven"]) + "?gw_preview=the-token")
    carried_out(visitor)
    push(visitor, ["trackGoal", 1], ["optUserOut"], ["forgetConsentGiven"])
    visitor.settle()
    assert (fake.hits, fake.opt_outs, fake.consents, fake.withdrawals) == ([], [], [], 0)


def test_what_the_law_lets_run_waits_for_the_page_too(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    fake.measure, fake.regimes = "now", {"analytics": "objection"}
    visitor.page.goto(legacy(website, fake, VIEW, ["requireConsent"], ["trackGoal", 1], ["disableCookies"]))
    carried_out(visitor)
    expect(visitor.banner()).to_be_visible()
    visitor.settle()
    assert fake.hits == []
    push(visitor, ["setConsentGiven"])
    view, goal = arrived(fake, visitor, 2)
    # Held back as Matomo holds it back, and not identified: the page wants no cookies.
    assert (view["type"], view["cookieless"], goal["cookieless"]) == ("pageview", True, True)
    push(visitor, ["forgetConsentGiven"], ["trackGoal", 2])
    visitor.settle()
    assert len(arrived(fake, visitor, 2)) == 2 and fake.consents == []


def test_a_consent_to_cookies_that_is_not_there_yet(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    fake.measure, fake.regimes = "now", {"analytics": "objection"}
    visitor.page.goto(legacy(website, fake, VIEW, ["requireCookieConsent"]))
    assert arrived(fake, visitor, 1)[0]["cookieless"] is True
    push(visitor, ["setCookieConsentGiven"], ["trackGoal", 1], ["forgetCookieConsentGiven"], ["trackGoal", 2])
    assert [hit.get("cookieless", False) for hit in arrived(fake, visitor, 3)] == [True, False, True]


@pytest.mark.parametrize("call", ["forgetConsentGiven", "forgetCookieConsentGiven"])
def test_a_consent_taken_back_in_the_page_is_a_no(
    visitor: Visitor, website: Website, fake: FakeGateway, call: str
) -> None:
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(legacy(website, fake, VIEW))
    arrived(fake, visitor, 1)
    push(visitor, [call], ["trackGoal", 1])
    until(lambda: fake.consents != [], visitor)
    assert fake.consents[0]["purposes"]["analytics"] is False
    push(visitor, ["setConsentGiven"], ["setCookieConsentGiven"], ["trackGoal", 2])
    visitor.settle()
    assert len(arrived(fake, visitor, 1)) == 1


def test_opting_out_and_asking_about_it(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    fake.measure, fake.regimes, fake.ask = "now", {"analytics": "objection"}, False
    visitor.page.goto(legacy(website, fake, VIEW))
    arrived(fake, visitor, 1)
    is_out = "new Promise((tell) => _paq.push([function () { tell(this.isUserOptedOut()) }]))"
    assert visitor.page.evaluate(is_out) is False
    push(visitor, ["optUserOut"], ["trackGoal", 1])
    until(lambda: fake.opt_outs != [], visitor)
    assert (fake.opt_outs[0]["what"], fake.opt_outs[0]["surface"]) == ("analytics", "api")
    assert visitor.page.evaluate(is_out) is True
    # Only the visitor can take it back: the preferences open.
    push(visitor, ["forgetUserOptOut"])
    expect(visitor.page.get_by_role("dialog")).to_be_visible()
    visitor.settle()
    assert len(arrived(fake, visitor, 1)) == 1


def test_contents_seen_and_acted_upon(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.set_choice(fake.choice(YES))
    blocks = """<div data-track-content data-content-name="Teaser"><a id="go" href="#sale"><img src="/a.jpg" alt="">Sale</a></div>
    <div style="height: 3000px"></div><div id="far" class="matomoTrackContent" data-content-piece="far.jpg">Far</div>"""
    visitor.page.goto(legacy(website, fake, VIEW, ["trackVisibleContentImpressions"], body=blocks))
    _, teaser = arrived(fake, visitor, 2)
    assert (teaser["content"], teaser["piece"], teaser["target"]) == ("Teaser", "/a.jpg", "#sale")
    visitor.page.locator("#go").click()
    visitor.page.locator("#far").scroll_into_view_if_needed()
    push(visitor, ["trackContentInteraction", "swipe", "Other", "b.jpg", "/b"], ["trackContentImpression", "Other"])
    others = arrived(fake, visitor, 6)[2:]
    found = {(hit["content"], hit["piece"], hit.get("interaction")) for hit in others}
    assert found == {
        ("Teaser", "/a.jpg", "click"),
        ("far.jpg", "far.jpg", None),
        ("Other", "b.jpg", "swipe"),
        ("Other", "Unknown", None),
    }


def test_a_site_with_matomo_js_itself_keeps_its_queue(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(
        website.whole_page(
            '<!doctype html><title>A page</title><link rel="icon" href="data:,">'
            '<script>window._paq = [["trackPageView"]]</script>'
            f'<script src="{fake.url}/gateway/1.js" data-paq="off" defer></script>',
            policy="",
        )
    )
    arrived(fake, visitor, 1)
    visitor.settle()
    assert visitor.page.evaluate("window._paq") == [["trackPageView"]]
    assert not any("gateway-paq" in request for request in visitor.requests)
