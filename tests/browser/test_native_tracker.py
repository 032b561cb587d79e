"""The tracker's own part: what it counts by itself, what it is told, in which words it complains, and when it is silent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway
from tests.browser.website import Website

YES = {"analytics": True, "media": False, "payment-fraud": False}

TAGGED = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">
{head}<script src="{gateway}/gateway/1.js" {attributes} defer></script></head><body>{body}</body></html>"""

LINKS = """
<a id="out" href="https://else.example/a?b=c#d">Else</a>
<a id="partner" href="https://shop.partner.example/">Partner</a>
<a id="own" href="/pages/other">Other</a>
<a id="file" href="/files/Prices.PDF?v=2">Prices</a>
<a id="saved" href="/files/data" download>Data</a>
<a id="mail" href="mailto:a@b.example">Mail</a>
<p data-track="off"><a id="not" href="https://else.example/not">Not</a></p>
<svg><a id="drawn" href="https://else.example/drawn"><text y="20">Drawn</text></a></svg>
<button id="goal" data-track="goal" data-track-id="3" data-track-revenue="9.90"><b>Buy</b></button>
<form data-track="sign up" data-track-category="form" data-track-dimension2="footer"><button id="send">Send</button></form>
"""


@pytest.fixture(autouse=True)
def _only_what_a_gateway_takes(fake: FakeGateway) -> Iterator[None]:
    yield
    assert fake.wrong == []


def tagged(website: Website, fake: FakeGateway, attributes: str = "", body: str = "", head: str = "") -> str:
    return website.whole_page(
        TAGGED.format(gateway=fake.url, attributes=attributes, body=body, head=head), policy="", name=""
    )


def until(found: Callable[[], bool], visitor: Visitor) -> None:
    deadline = time.monotonic() + 15
    while not found() and time.monotonic() < deadline:
        visitor.page.wait_for_timeout(30)
    assert found(), ([hit["type"] for hit in visitor.hits], visitor.noise)


def arrived(fake: FakeGateway, visitor: Visitor, number: int, *, attention: bool = False) -> list[dict[str, Any]]:
    """All hits so far, but for attention and how the page was loaded, which come when they come."""

    def found() -> list[dict[str, Any]]:
        return [hit for hit in fake.hits if attention or hit["type"] != "engagement"]

    until(lambda: len(found()) >= number, visitor)
    assert len(found()) == number, found()
    return found()


def test_links_files_and_what_markup_declares(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.set_choice(fake.choice(YES))
    attributes = 'data-domains="*.partner.example" data-dimension1="member" data-hash="all"'
    visitor.page.goto(tagged(website, fake, attributes, LINKS))
    arrived(fake, visitor, 1)
    # The page stays: nothing here is about being left.
    visitor.page.evaluate("""for (const name of ["click", "auxclick", "submit"])
      addEventListener(name, (event) => event.target.closest("button") && name === "click" || event.preventDefault())""")
    for name in ("out", "partner", "own", "file", "saved", "mail", "not", "goal", "send"):
        visitor.page.locator(f"#{name}").click()
    visitor.page.locator("#drawn text").click(button="middle")
    view, out, file, saved, goal, sent, drawn = arrived(fake, visitor, 7)
    assert (out["type"], out["target"]) == ("outlink", "https://else.example/a?b=c#d")
    assert (file["type"], file["target"]) == ("download", f"{website.url}/files/Prices.PDF?v=2")
    assert (saved["type"], saved["target"]) == ("download", f"{website.url}/files/data")
    assert (goal["type"], goal["goal"], goal["revenue"]) == ("goal", 3, 9.9)
    assert (sent["type"], sent["category"], sent["action"]) == ("event", "form", "sign up")
    assert (sent["dimensions"], view["dimensions"]) == ({"1": "member", "2": "footer"}, {"1": "member"})
    assert (drawn["type"], drawn["target"]) == ("outlink", "https://else.example/drawn")
    assert {hit["page_view"] for hit in fake.hits} == {view["page_view"]} and len({hit["id"] for hit in fake.hits}) == 7
    visitor.page.evaluate("location.hash = 'section'")
    assert arrived(fake, visitor, 8)[7]["url"] == view["url"] + "#section"


def test_what_the_page_calls(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(tagged(website, fake, 'data-links="off"', LINKS))
    arrived(fake, visitor, 1)
    visitor.page.evaluate("""() => {
      const { track } = gateway;
      track("goal", { id: 2, revenue: 5 });
      track("user", { id: "c-17" });
      track("dimensions", { 1: "member", 7: "red" });
      track("search", { keyword: "mug", category: "cups", count: 0 });
      track("dimensions", { 7: null });
      track("order", { id: 1001, revenue: 30, tax: 5, items: [{ sku: "m1", name: "Mug", price: 12.5, quantity: 2 }] });
      track("user");
      track("cart", { revenue: "12.50", items: [] });
      track("content", { name: "Teaser", piece: "a.jpg", interaction: "click", dimensions: { 3: "once" } });
      track("download", { url: "a.pdf" });
      track("constructor", { value: 2 });
      track("event", { category: "film", action: "play", name: "x".repeat(499) + "\\u{1f600}".repeat(9) });
      document.querySelector("#out").addEventListener("click", (event) => event.preventDefault());
      document.querySelector("#out").click();
    }""")
    _, goal, search, order, cart, content, file, plain, film = arrived(fake, visitor, 9)
    assert (goal["goal"], goal["revenue"]) == (2, 5) and "user" not in goal
    assert (search["keyword"], search["category"], search["count"]) == ("mug", "cups", 0)
    assert (search["user"], search["dimensions"]) == ("c-17", {"1": "member", "7": "red"})
    assert (order["order"], order["revenue"], order["tax"]) == ("1001", 30, 5)
    assert order["items"] == [{"sku": "m1", "name": "Mug", "price": 12.5, "quantity": 2}]
    assert order["dimensions"] == {"1": "member"}
    assert (cart["revenue"], cart["items"]) == (12.5, []) and "user" not in cart
    assert (content["content"], content["interaction"]) == ("Teaser", "click")
    assert content["dimensions"] == {"1": "member", "3": "once"}
    assert file["target"] == f"{website.url}/pages/a.pdf" and file["dimensions"] == {"1": "member"}
    assert (plain["category"], plain["action"], plain["value"]) == ("event", "constructor", 2)
    assert (film["category"], film["action"], len(film["name"])) == ("film", "play", 499)


def test_mistakes_are_told_and_never_thrown(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(website.page())
    arrived(fake, visitor, 1)
    visitor.page.evaluate("""() => {
      const { track } = gateway;
      track();
      track("goal");
      track("goal", { id: "first" });
      track("goal", { id: 1, revenu: 3 });
      track("order", { id: "a", revenue: NaN });
      track("order", { id: "a", revenue: 1, items: [{ sku: "b" }, { name: "c" }] });
      track("search", { keyword: "a", count: 1.5 });
      track("play", "film");
      track("dimensions", { 300: "x" });
      track("outlink", { url: "http://" });
    }""")
    said = [line.removeprefix("error: gateway.track(") for line in visitor.noise]
    assert said == [
        '"undefined"): the name must be a text',
        '"goal"): id is missing',
        '"goal"): id must be a number, not "first"',
        '"goal"): there is no revenu',
        '"order"): revenue must be a number, not NaN',
        '"order"): items[1].sku is missing',
        '"search"): count must be a whole number, 0 or more, not 1.5',
        '"play"): the second argument must be an object, not "film"',
        '"dimensions"): the names in dimensions must be numbers from 1 to 255, not "300"',
        '"outlink"): url must be an address, not "http://"',
    ]
    visitor.settle()
    assert len(fake.hits) == 1


@pytest.mark.parametrize(
    ("head", "attributes"),
    [
        ("<script>window.gateway = { q: [['track', '404']] }</script>", ""),
        ('<meta name="gateway-status" content="404">', ""),
        ("", 'data-status="404"'),
    ],
)
def test_a_page_that_was_not_found(
    visitor: Visitor, website: Website, fake: FakeGateway, head: str, attributes: str
) -> None:
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(tagged(website, fake, attributes, head=head))
    assert [(hit["type"], hit["status"]) for hit in arrived(fake, visitor, 1)] == [("pageview", 404)]
    if attributes:
        # A router finds out later: in time for its page view, or after it.
        visitor.page.evaluate("history.pushState(null, '', '/pages/gone'); gateway.track('404')")
        assert arrived(fake, visitor, 2)[1]["status"] == 404
        visitor.page.evaluate("gateway.track('404')")
        late = arrived(fake, visitor, 3)[2]
        assert (late["type"], late["category"], late["action"], late["status"]) == ("event", "error", "404", 404)


def test_a_page_says_itself_what_is_a_page_view(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(tagged(website, fake, 'data-pageviews="manual"'))
    visitor.page.evaluate("history.pushState(null, '', '/pages/first')")
    visitor.page.evaluate("gateway.track('pageview', { title: 'First', dimensions: { 4: 'x' } })")
    visitor.page.evaluate("gateway.track('pageview', { url: '/pages/overlay', status: 410 })")
    first, overlay = arrived(fake, visitor, 2)
    assert (first["url"], first["title"], first["dimensions"]) == (f"{website.url}/pages/first", "First", {"4": "x"})
    assert (overlay["url"], overlay["title"], overlay["status"]) == (f"{website.url}/pages/overlay", "A page", 410)
    assert overlay["referrer"] == first["url"] and overlay["page_view"] != first["page_view"]
    assert "dimensions" not in overlay


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
