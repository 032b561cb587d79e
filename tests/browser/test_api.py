"""`window.gateway`, its queue and its events, as docs/embed.md promises them."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.website import Website

LISTEN = """
window.events = [];
for (const name of ["ready", "change", "shown", "failed"]) {
  document.addEventListener(`gateway:${name}`, ({ detail }) => window.events.push([name, detail]));
}
"""


def test_events_and_callbacks(visitor: Visitor, website: Website) -> None:
    visitor.context.add_init_script(LISTEN)
    visitor.page.goto(website.page())
    expect(visitor.banner()).to_be_visible()
    visitor.page.evaluate(
        """() => {
          window.heard = [];
          window.stop = gateway.onChange((change) => window.heard.push(change));
          gateway.whenAllowed("media").then(() => window.heard.push("media"));
        }"""
    )
    assert visitor.page.evaluate("gateway.choose({media: true})") is True
    heard = visitor.page.evaluate("window.heard")
    purposes = {"payment-fraud": False, "analytics": False, "media": True}
    assert {"purposes": purposes, "answered": True} in heard and "media" in heard
    visitor.page.evaluate("window.stop()")
    visitor.page.evaluate("gateway.acceptAll()")
    assert visitor.page.evaluate("window.heard.length") == len(heard)
    events = visitor.page.evaluate("window.events")
    assert [name for name, _ in events[:2]] == ["ready", "shown"]
    assert events[-1] == ["change", {"purposes": dict.fromkeys(purposes, True), "answered": True}]
    visitor.assert_quiet()


def test_calls_made_before_the_script_has_loaded_are_kept(visitor: Visitor, website: Website) -> None:
    visitor.context.add_init_script(
        """window.done = [];
        window.gateway = { q: [
          ["track", "early"],
          ["whenAllowed", "analytics", () => window.done.push("allowed")],
          ["nothing-of-the-kind", 1],
          (gateway) => window.done.push(gateway.consent("analytics")),
        ] };"""
    )
    visitor.page.goto(website.page())
    visitor.button("Accept all").click()
    assert [hit.get("action") for hit in visitor.wait_for_hits(2)] == [None, "early"]
    assert visitor.page.evaluate("window.done") == [False, "allowed"]
    visitor.page.evaluate("gateway.q.push(['track', 'late'])")
    assert visitor.wait_for_hits(3)[2]["action"] == "late"
    visitor.assert_quiet()


def test_preferences_open_from_the_page(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(
        website.page('<a href="#privacy-choices">Mine</a> <a href="/x" data-gateway-preferences="media">Video</a>')
    )
    visitor.button("Reject all").click()
    dialog = visitor.page.get_by_role("dialog")
    visitor.page.get_by_role("link", name="Mine").click()
    expect(dialog).to_be_visible()
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.get_by_role("link", name="Mine")).to_be_focused()
    visitor.page.get_by_role("link", name="Video").click()
    expect(visitor.page.get_by_role("checkbox", name="Embedded videos")).to_be_focused()
    visitor.page.keyboard.press("Escape")
    assert visitor.page.evaluate("gateway.showPreferences()") is True
    expect(dialog).to_be_visible()


def test_the_page_may_be_hostile_to_globals(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page('<img name="currentScript" alt=""><a id="gateway" href="#">Clobber</a>'))
    expect(visitor.banner()).to_be_visible()
    assert visitor.page.evaluate("gateway.consent('necessary')") is True


def test_twice_on_a_page_is_once(visitor: Visitor, website: Website, gateway_url: str) -> None:
    visitor.page.goto(website.page(head=f'<script src="{gateway_url}/gateway/1.js" defer></script>'))
    expect(visitor.banner()).to_have_count(1)
    visitor.button("Accept all").click()
    visitor.wait_for_hits(1)
    visitor.settle()
    assert len(visitor.hits) == 1
