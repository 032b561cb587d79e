"""When the tracker sends, and when it is silent: before it is there, out of sight, at the end, after a withdrawal."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from tests.browser.arrivals import arrived, tagged, until
from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway
from tests.browser.website import Website

YES = {"analytics": True, "media": False, "payment-fraud": False}


def test_a_visitor_who_leaves_before_the_tracker_has_come_is_counted_once(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    held: list[Route] = []
    visitor.context.route("**/gateway-track.*", lambda route: held.append(route))
    visitor.set_choice(fake.choice(YES))
    address = website.page()
    visitor.page.goto(address, wait_until="domcontentloaded")
    until(lambda: bool(held), visitor)
    assert fake.hits == []
    visitor.page.goto("about:blank")
    (view,) = arrived(fake, visitor, 1)
    assert (view["type"], view["url"], view["title"]) == ("pageview", address, "A page")


def test_a_page_view_sent_before_the_tracker_has_come_goes_on(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    visitor.context.add_init_script(
        "window.sight = 'visible'; Object.defineProperty(document, 'visibilityState', {get: () => window.sight})"
    )
    held: list[Route] = []
    visitor.context.route("**/gateway-track.*", lambda route: held.append(route))
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(website.page(), wait_until="domcontentloaded")
    until(lambda: bool(held), visitor)
    look = "(sight) => { window.sight = sight; document.dispatchEvent(new Event('visibilitychange')) }"
    visitor.page.evaluate(look, "hidden")
    arrived(fake, visitor, 1)
    visitor.page.evaluate(look, "visible")
    visitor.page.evaluate("gateway.track('later')")
    visitor.context.unroute("**/gateway-track.*")
    view, later = arrived(fake, visitor, 2)
    assert (view["type"], later["action"], later["page_view"]) == ("pageview", "later", view["page_view"])


def test_the_next_hit_waits_for_the_cookie_that_the_first_may_bring(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    held: list[Route] = []
    visitor.context.route("**/v1/hit", lambda route: held.append(route))
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(website.page())
    until(lambda: bool(held), visitor)
    visitor.page.evaluate("for (const name of ['one', 'two']) gateway.track(name)")
    visitor.settle()
    assert len(visitor.hits) == 1
    # Lets the one that is held go too.
    visitor.context.unroute("**/v1/hit")
    assert [hit.get("action") for hit in arrived(fake, visitor, 3)] == [None, "one", "two"]


def test_where_the_tracker_is_blocked_page_views_are_counted(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    visitor.context.route("**/gateway-track.*", lambda route: route.abort())
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(website.page())
    assert arrived(fake, visitor, 1)[0]["type"] == "pageview"
    visitor.page.evaluate("gateway.track('lost')")
    visitor.settle()
    assert len(fake.hits) == 1


def test_nothing_is_loaded_or_sent_without_leave_and_nothing_after_a_withdrawal(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    visitor.page.clock.install()
    visitor.page.goto(website.page())
    expect(visitor.banner()).to_be_visible()
    assert not any("gateway-track" in request for request in visitor.requests)
    fake.hit_status = 503
    visitor.button("Accept all").click()
    until(lambda: "POST /v1/hit" in visitor.requests, visitor)
    visitor.page.evaluate("gateway.track('second'); gateway.track('third')")
    assert visitor.page.evaluate("gateway.withdraw()") is True
    fake.hit_status = 202
    sent = len(visitor.hits)
    visitor.page.evaluate("gateway.track('after')")
    visitor.page.clock.run_for(200_000)
    visitor.page.goto("about:blank")
    visitor.settle()
    assert fake.hits == [] and len(visitor.hits) == sent


def test_attention_is_told_every_minute(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.page.clock.install()
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(website.page())
    arrived(fake, visitor, 1)
    for _ in range(7):
        visitor.page.evaluate("dispatchEvent(new Event('keydown'))")
        visitor.page.clock.run_for(20_000)
    view, first, second = arrived(fake, visitor, 3, attention=True)
    assert [(hit["type"], hit["seconds"]) for hit in (first, second)] == [("engagement", 60), ("engagement", 120)]
    assert first["page_view"] == second["page_view"] == view["page_view"]


def test_how_the_page_was_loaded_is_told_once(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(website.page())
    arrived(fake, visitor, 1)
    visitor.page.evaluate("history.pushState(null, '', '/pages/next')")
    arrived(fake, visitor, 2)
    # A page that comes back from the browser's memory is seen anew, and was not loaded.
    visitor.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert [hit["url"] for hit in arrived(fake, visitor, 3)[1:]] == [f"{website.url}/pages/next"] * 2
    visitor.page.goto("about:blank")
    visitor.settle()
    # With the page view, if the page has loaded by then, else when it is left.
    (told,) = [hit for hit in fake.hits if "timings" in hit]
    assert len(told["timings"]) == 6 and all(span >= 0 for span in told["timings"])
    assert told["page_view"] == fake.hits[0]["page_view"]


def test_a_page_out_of_sight_is_counted_when_it_is_looked_at(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    visitor.context.add_init_script(
        "window.sight = 'hidden'; Object.defineProperty(document, 'visibilityState', {get: () => window.sight})"
    )
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(website.page())
    visitor.settle()
    assert fake.hits == []
    visitor.page.evaluate("window.sight = 'visible'; document.dispatchEvent(new Event('visibilitychange'))")
    arrived(fake, visitor, 1)


def test_without_the_banner_and_without_cookies(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    fake.measure = "now"
    visitor.page.goto(tagged(website, fake, 'data-banner="off"'))
    (view,) = arrived(fake, visitor, 1)
    visitor.settle()
    # Where an answer is asked for and there is none, nothing is read from the device.
    assert view.keys().isdisjoint({"screen", "hour", "timings", "status"})
    assert not any("gateway-ui" in request for request in visitor.requests)
    assert visitor.page.locator("gateway-banner, gateway-privacy-choices").count() == 0
    # Answering works all the same.
    assert visitor.page.evaluate("gateway.rejectAll()") is True
    visitor.page.evaluate("gateway.track('after')")
    visitor.settle()
    assert len(fake.hits) == 1
