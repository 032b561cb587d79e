"""What the tracker counts by itself, what it is told by markup and calls, and in which words it complains."""

from __future__ import annotations

import pytest

from tests.browser.arrivals import arrived, tagged
from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway
from tests.browser.website import Website

YES = {"analytics": True, "media": False, "payment-fraud": False}

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
