"""Hits: page views with and without page loads, events, attention, retries."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import SITE, FakeGateway
from tests.browser.website import Website

YES = {"analytics": True, "media": False, "payment-fraud": False}


def seen(visitor: Visitor, website: Website, fake: FakeGateway, body: str = "") -> str:
    visitor.set_choice(fake.choice(YES))
    address = website.page(body)
    visitor.page.goto(address)
    visitor.wait_for_hits(1)
    return address


def test_a_page_view_says_what_was_seen(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    address = seen(visitor, website, fake)
    hit = visitor.hits[0]
    assert set(hit) == {
        *("site", "type", "id", "page_view", "url", "title", "referrer", "screen", "language", "hour", "status")
    }
    assert (hit["site"], hit["url"], hit["screen"], hit["language"]) == (1, address, "1280x800", "en-GB")
    assert (hit["hour"], hit["status"]) == (visitor.page.evaluate("new Date().getHours()"), 200)
    assert len(hit["id"]) == len(hit["page_view"]) == 16 and hit["id"] != hit["page_view"]


def test_navigation_without_page_loads(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    address = seen(visitor, website, fake)
    go = "([method, path, title]) => { history[method](null, '', path); document.title = title }"
    visitor.page.evaluate(go, ["pushState", "/pages/two", "Two"])
    visitor.page.wait_for_timeout(120)
    visitor.page.evaluate(go, ["replaceState", "/pages/two?tab=b", "Two b"])
    visitor.page.wait_for_timeout(120)
    visitor.page.evaluate(go, ["pushState", "/pages/two?tab=b", "Same address"])
    visitor.page.evaluate("location.hash = 'section'")
    visitor.page.wait_for_timeout(120)
    visitor.page.evaluate("location.hash = '#/route'")
    visitor.page.wait_for_timeout(120)
    visitor.page.evaluate("history.go(-3)")
    visitor.page.wait_for_timeout(300)
    views = visitor.pageviews()
    base = f"{website.url}/pages/two"
    assert [view["url"] for view in views] == [address, base, f"{base}?tab=b", f"{base}?tab=b#/route", f"{base}?tab=b"]
    assert [view["title"] for view in views[:3]] == ["A page", "Two", "Two b"]
    assert [view["referrer"] for view in views[1:3]] == [address, base]
    assert len({view["page_view"] for view in views}) == 5


def test_attention_is_sent_when_the_page_is_left(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    seen(visitor, website, fake, "<p>" + "word " * 3000 + "</p>")
    visitor.page.bring_to_front()
    visitor.page.mouse.move(100, 100)
    visitor.page.mouse.wheel(0, 400)
    visitor.page.wait_for_timeout(2300)
    visitor.page.goto(website.page())
    engagement = [hit for hit in fake.hits if hit["type"] == "engagement"]
    assert len(engagement) == 1
    assert 1.5 <= engagement[0]["seconds"] <= 4
    assert 0 < engagement[0]["scroll"] <= 1
    assert engagement[0]["page_view"] == fake.hits[0]["page_view"]


def test_hidden_and_idle_time_is_not_attention(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.page.clock.install()
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(website.page())
    visitor.wait_for_hits(1)
    visitor.page.clock.run_for(300_000)
    visitor.page.evaluate(
        "() => { Object.defineProperty(document, 'visibilityState', {value: 'hidden'});"
        " document.dispatchEvent(new Event('visibilitychange')) }"
    )
    visitor.wait_for_hits(2)
    assert 25 <= visitor.hits[1]["seconds"] <= 31
    visitor.page.clock.run_for(60_000)
    visitor.page.evaluate("dispatchEvent(new Event('pagehide'))")
    assert len(visitor.hits) == 2


def test_events_wait_for_the_answer(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page())
    expect(visitor.banner()).to_be_visible()
    visitor.page.evaluate("gateway.track('signup', {category: 'form', name: 'newsletter', value: 3})")
    visitor.page.evaluate("gateway.track('plain')")
    visitor.settle()
    assert visitor.hits == []
    visitor.button("Accept all").click()
    view, signup, plain = visitor.wait_for_hits(3)
    assert view["type"] == "pageview"
    assert (signup["category"], signup["action"], signup["name"], signup["value"]) == (
        "form",
        "signup",
        "newsletter",
        3,
    )
    assert signup["page_view"] == view["page_view"]
    assert (plain["category"], plain["action"]) == ("event", "plain")


def test_events_of_those_who_refuse_are_forgotten(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page())
    visitor.page.evaluate("gateway.track('before')")
    visitor.button("Reject all").click()
    expect(visitor.banner()).to_have_count(0)
    visitor.page.evaluate("gateway.track('after')")
    visitor.page.evaluate("gateway.choose({analytics: true})")
    assert [hit["type"] for hit in visitor.wait_for_hits(1)] == ["pageview"]


def test_pages_left_before_the_answer_are_not_sent(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page())
    expect(visitor.banner()).to_be_visible()
    visitor.page.evaluate("history.pushState(null, '', '/pages/next')")
    visitor.button("Accept all").click()
    assert [hit["url"] for hit in visitor.wait_for_hits(1)] == [f"{website.url}/pages/next"]
    visitor.settle()
    assert len(visitor.hits) == 1


def test_a_retry_carries_the_same_id(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    fake.hit_status = 503
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(website.page())
    first = visitor.wait_for_hits(1)[0]
    fake.hit_status = 202
    # Leaving hands over what is not known to have arrived.
    visitor.page.wait_for_timeout(100)
    visitor.page.goto(website.page())
    visitor.wait_for_hits(2)
    visitor.settle()
    views = [hit for hit in fake.hits if hit["type"] == "pageview"]
    assert first in views and len(views) == 2
    assert len({view["id"] for view in views}) == 2


def test_a_site_without_measurement_sends_nothing(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    from msgspec import structs

    from gateway.sites.catalog import ServedSite

    fake.site = ServedSite(structs.replace(SITE, analytics_enabled=False))
    fake.measure = "now"
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(website.page())
    visitor.settle()
    assert visitor.hits == []
