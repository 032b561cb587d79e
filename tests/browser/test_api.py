"""`window.gateway`, its queue and its events, as docs/embed.md promises them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway
from tests.browser.website import Website

KINO = """
<script type="text/plain" data-purpose="media" data-service="kino" src="/run/kino.js"></script>
<script type="text/plain" data-purpose="media" src="/run/other.js"></script>
"""

TYPED_PAGE = """/// <reference path="gateway.d.ts" />
import type { Gateway, GatewayChange, GatewayCleared, GatewayReceipt } from "./gateway";
window.gateway ??= { q: [] };
window.gateway.q.push(["track", "signup", { category: "form", value: 3 }], (loaded: Gateway) => use(loaded));
async function use(gateway: Gateway): Promise<void> {
  const may: boolean = gateway.consent("media", "kino");
  const said: boolean | undefined = gateway.answer("media");
  const stop: () => void = gateway.onChange(({ purposes, services, answered }: GatewayChange) =>
    console.log(purposes.media, services.kino, answered, may, said));
  await gateway.whenAllowed("media");
  await gateway.whenAllowed("media", () => stop());
  await gateway.whenAllowed("media", "kino", () => stop());
  const done: boolean[] = [
    await gateway.showPreferences("media"), await gateway.acceptAll(), await gateway.rejectAll(),
    await gateway.choose({ media: true }, { kino: false }), await gateway.withdraw(),
  ];
  const receipt: GatewayReceipt | null = await gateway.receipt();
  gateway.track("bought", { name: "cup", value: done.length });
  gateway.track("goal", { id: 3, revenue: 9.5, dimensions: { 1: "member" } });
  gateway.track("order", { id: "A-1", revenue: 29, items: [{ sku: "m1", price: 12.5, quantity: 2 }] });
  gateway.track("dimensions", { 1: "member", 2: null });
  gateway.track("404");
  console.log(receipt?.id, receipt?.expires);
}
document.addEventListener("gateway:ready", ({ detail }) => console.log(detail.answered));
document.addEventListener("gateway:change", ({ detail }) => console.log(detail.purposes));
document.addEventListener("gateway:shown", ({ detail }) => console.log(detail.surface));
document.addEventListener("gateway:failed", ({ detail }) => console.log(detail.what));
document.addEventListener("gateway:cleared", ({ detail }: CustomEvent<GatewayCleared>) =>
  console.log(detail.removed.length, detail.left, detail.unseen));
"""
WRONG_PAGE = """import type { Gateway } from "./gateway";
declare const gateway: Gateway;
gateway.consent(1);
gateway.choose({ media: "yes" });
gateway.receipt().then((receipt) => receipt.id);
gateway.q = { push() {} };
gateway.track(404);
"""

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
    assert {"purposes": purposes, "services": {}, "answered": True} in heard and "media" in heard
    visitor.page.evaluate("window.stop()")
    visitor.page.evaluate("gateway.acceptAll()")
    assert visitor.page.evaluate("window.heard.length") == len(heard)
    events = visitor.page.evaluate("window.events")
    assert [name for name, _ in events[:2]] == ["ready", "shown"]
    everything = {"purposes": dict.fromkeys(purposes, True), "services": {"kino": True}, "answered": True}
    assert events[-1] == ["change", everything]
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
    expect(visitor.way_back()).to_be_focused()
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
    visitor.button("Accept all").click()
    visitor.wait_for_hits(1)


def test_services_are_answered_apart(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.page.goto(website.page(KINO))
    expect(visitor.banner()).to_be_visible()
    asked = "[gateway.consent('media'), gateway.consent('media', 'kino'), gateway.answer('media', 'kino')]"
    assert visitor.page.evaluate(asked) == [False, False, None]
    assert visitor.page.evaluate("gateway.choose({}, {kino: true})") is True
    assert visitor.page.evaluate(asked) == [False, True, True]
    visitor.wait_for_scripts(1)
    assert visitor.ran() == ["kino"]
    assert fake.consents[-1]["services"] == {"kino": True}
    # A no to the purpose is one to its services, unless they are named.
    visitor.page.evaluate("gateway.choose({media: true})")
    with visitor.page.expect_navigation():
        visitor.page.evaluate("void gateway.choose({media: false})")
    assert fake.consents[-1]["services"] == {"kino": False}
    visitor.settle()
    assert visitor.ran() == []


def test_when_allowed_waits_for_a_service(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page())
    expect(visitor.banner()).to_be_visible()
    visitor.page.evaluate(
        """() => {
          window.heard = [];
          gateway.whenAllowed("media", "kino", () => heard.push("kino"));
          gateway.whenAllowed("media", () => heard.push("media"));
          gateway.whenAllowed("necessary").then(() => heard.push("necessary"));
        }"""
    )
    visitor.page.evaluate("gateway.choose({}, {kino: true})")
    assert visitor.page.evaluate("window.heard") == ["necessary", "kino"]
    visitor.page.evaluate("gateway.acceptAll()")
    assert visitor.page.evaluate("window.heard") == ["necessary", "kino", "media"]


def test_the_receipt_is_what_the_gateway_holds(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page())
    expect(visitor.banner()).to_be_visible()
    assert visitor.page.evaluate("gateway.receipt()") is None
    visitor.page.evaluate("gateway.acceptAll()")
    assert visitor.page.evaluate("gateway.receipt()") == {
        "id": "r" * 32,
        "purposes": {"payment-fraud": True, "analytics": True, "media": True},
        "services": {"kino": True},
        "expires": None,
    }
    visitor.page.evaluate("gateway.rejectAll()")
    assert visitor.page.evaluate("gateway.receipt()") is None


def test_a_listener_that_fails_stops_no_other(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page())
    expect(visitor.banner()).to_be_visible()
    visitor.page.evaluate(
        "() => { gateway.onChange(() => { throw new Error('mine') });"
        " gateway.onChange(({ answered }) => { window.told = answered }) }"
    )
    visitor.page.evaluate("gateway.rejectAll()")
    assert visitor.page.evaluate("window.told") is True
    assert any("mine" in noise for noise in visitor.noise)


def test_an_answer_to_one_thing_never_revives_what_was_taken_back(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    visitor.page.goto(website.page())
    visitor.button("Accept all").click()
    visitor.wait_for_hits(1)
    fake.consent_status = 503
    assert visitor.page.evaluate("gateway.withdraw()") is False
    fake.consent_status = 201
    assert visitor.page.evaluate("gateway.choose({media: true})") is True
    assert fake.consents[-1]["purposes"] == {"payment-fraud": False, "analytics": False, "media": True}
    assert visitor.page.evaluate("gateway.consent('analytics')") is False


def test_a_prerendered_page_has_no_visitor_yet(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.set_choice(fake.choice({"analytics": True, "media": True, "payment-fraud": True}))
    visitor.context.add_init_script(
        "window.ahead = true; Object.defineProperty(document, 'prerendering', {get: () => window.ahead})"
    )
    visitor.page.goto(website.page(KINO))
    visitor.settle()
    assert visitor.hits == [] and visitor.ran() == []
    visitor.page.evaluate("window.ahead = false; document.dispatchEvent(new Event('prerenderingchange'))")
    visitor.wait_for_scripts(2)
    visitor.wait_for_hits(1)


def test_the_types_are_what_a_page_compiles_against(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    (tmp_path / "gateway.d.ts").write_bytes((root / "static/consent-banner/gateway.d.ts").read_bytes())
    (tmp_path / "page.ts").write_text(TYPED_PAGE)
    (tmp_path / "wrong.ts").write_text(WRONG_PAGE)

    def compile(page: str) -> str:
        compiler = root / "node_modules/typescript/bin/tsc"
        options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", "--types", "", page]
        return subprocess.run(["node", compiler, *options], cwd=tmp_path, capture_output=True, text=True).stdout

    assert compile("page.ts") == ""
    # Each of its lines is a mistake that the types must find.
    found = [line.partition("(")[0] for line in compile("wrong.ts").splitlines() if not line.startswith(" ")]
    assert found == ["wrong.ts"] * 5


def test_twice_on_a_page_is_once(visitor: Visitor, website: Website, gateway_url: str) -> None:
    visitor.page.goto(website.page(head=f'<script src="{gateway_url}/gateway/1.js" defer></script>'))
    expect(visitor.banner()).to_have_count(1)
    visitor.button("Accept all").click()
    visitor.wait_for_hits(1)
    visitor.settle()
    assert len(visitor.hits) == 1
