"""Gating: order, late nodes, other elements, strict policies, and markup that the site did not write."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import SITE, FakeGateway
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
    # A film that waits leaves a gap; pictures and links are held without a word.
    expect(visitor.page.locator("gateway-placeholder")).to_have_count(1)
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
    held: list[Route] = []
    visitor.context.route("**/v1/sites/1/notice*", lambda route: held.append(route))
    visitor.page.reload()
    visitor.settle()
    # Only the notice knows what is sold (RULES.md C3): until it has come, the script alone opens nothing.
    assert visitor.ran() == [] and len(held) == 1
    held[0].continue_()
    visitor.wait_for_scripts(1)
    expect(visitor.banner()).to_have_count(0)
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

    from gateway.sites.catalog import ServedSite

    purposes = tuple(structs.replace(each, sale=each.id == "media") for each in SITE.purposes)
    fake.site = ServedSite(structs.replace(SITE, purposes=purposes))
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


HELD = """
<img id="picture" data-purpose="media" data-src="/run/a.png" data-srcset="/run/b.png 2x" alt="">
<picture><source id="wide" data-srcset="/run/c.png"><img id="inside" data-purpose="media" data-src="/run/d.png" alt=""></picture>
<picture data-purpose="media"><source id="marked" data-srcset="/run/e.png"><img id="within" data-src="/run/f.png" alt="">
</picture>
<video id="video" data-purpose="media" data-poster="/run/g.png" title="V"><source id="film" data-src="/run/film">
<track id="words" kind="captions" data-src="/run/words"></video>
<audio id="audio" data-purpose="media" data-src="/run/sound" controls title="A"></audio>
<embed id="embed" data-purpose="media" data-src="/frame/embed">
<object id="object" data-purpose="media" data-data="/frame/object" title="O"></object>
<iframe id="frame" data-purpose="media" data-src="/frame/frame" title="F"></iframe>
<link id="style" data-purpose="media" rel="stylesheet" data-href="/run/style">
<link id="preload" data-purpose="media" rel="preload" as="fetch" crossorigin data-href="/run/early">
"""
LOADS = ("picture", "wide", "inside", "marked", "within", "video", "film", "words", "audio", "embed", "object", "frame")
STATE = """() => Object.fromEntries([...document.querySelectorAll("main [id]")].map((element) => [
  element.id, ["src", "srcset", "href", "data", "poster"].filter((name) => element.hasAttribute(name))]))"""


def test_every_kind_of_element_is_held_opened_and_closed(visitor: Visitor, website: Website) -> None:
    asked: list[str] = []
    visitor.context.on("request", lambda request: asked.append(request.url.removeprefix(website.url)))
    visitor.page.goto(website.page(HELD, policy=""))
    expect(visitor.banner()).to_be_visible()
    visitor.settle()
    assert not any(path.startswith(("/run/", "/frame/")) for path in asked)
    before = visitor.page.evaluate(STATE)
    assert not any(before[name] for name in (*LOADS, "style", "preload"))
    visitor.button("Accept all").click()
    expect(visitor.page.locator("gateway-placeholder")).to_have_count(0)
    opened = visitor.page.evaluate(STATE)
    assert opened["picture"] == ["src", "srcset"] and opened["video"] == ["poster"] and opened["object"] == ["data"]
    assert all(opened[name] for name in (*LOADS, "style", "preload"))
    wanted = {"/run/b.png", "/run/film", "/run/sound", "/frame/embed", "/frame/object", "/frame/frame"}
    wanted |= {"/run/style", "/run/early"}
    visitor.wait_until(lambda: wanted <= {path.replace("a.png", "b.png") for path in asked})
    assert wanted <= {path.replace("a.png", "b.png") for path in asked}
    visitor.wait_until(lambda: len(visitor.page.frames) >= 2)
    assert len(visitor.page.frames) >= 2
    # Closing ends what was shown, without a new page: no script had run.
    visitor.page.evaluate("window.same = true")
    assert visitor.page.evaluate("gateway.withdraw()") is True
    assert visitor.page.evaluate(STATE) == before
    visitor.page.wait_for_timeout(200)
    assert visitor.page.evaluate("window.same") is True
    assert not any("/frame/" in frame.url for frame in visitor.page.frames)


def test_what_is_marked_or_changed_later_is_held_and_opened(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    visitor.set_choice(fake.choice({"analytics": True, "media": False, "payment-fraud": False}))
    body = """<script type="text/plain" id="late">(window.ran ??= []).push("marked")</script>
    <script type="text/plain" data-purpose="media" id="moved" src="/run/changed.js"></script>
    <iframe id="frame" title="F" data-src="/frame/f"></iframe>"""
    visitor.page.goto(website.page(body, policy=""))
    expect(visitor.way_back()).to_be_visible()
    visitor.settle()
    assert visitor.ran() == []
    visitor.page.evaluate("document.getElementById('late').dataset.purpose = 'analytics'")
    visitor.page.evaluate("document.getElementById('moved').dataset.purpose = 'analytics'")
    visitor.wait_for_scripts(2)
    assert visitor.ran() == ["marked", "changed"]
    frame = visitor.page.locator("#frame")
    frame.evaluate("frame => { frame.dataset.purpose = 'media' }")
    expect(visitor.page.locator("gateway-placeholder")).to_have_count(1)
    frame.evaluate("frame => { frame.dataset.purpose = 'analytics' }")
    expect(frame).to_have_attribute("src", "/frame/f")
    expect(visitor.page.locator("gateway-placeholder")).to_have_count(0)
    frame.evaluate("frame => { frame.dataset.purpose = 'media' }")
    expect(visitor.page.locator("gateway-placeholder")).to_have_count(1)
    assert frame.get_attribute("src") is None


def test_templates_wait_until_their_content_is_in_the_page_and_shadow_roots_are_not_seen(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    visitor.set_choice(fake.choice(YES))
    gated = '<script type="text/plain" data-purpose="analytics">(window.ran ??= []).push("{}")</script>'
    body = f"""<template id="template">{gated.format("template")}</template>
    <div><template shadowrootmode="open">{gated.format("shadow")}</template></div>"""
    visitor.page.goto(website.page(body, policy=""))
    visitor.wait_for_hits(1)
    visitor.settle()
    assert visitor.ran() == []
    visitor.page.evaluate(
        "() => document.querySelector('main').append(document.getElementById('template').content.cloneNode(true))"
    )
    visitor.wait_for_scripts(1)
    visitor.settle()
    assert visitor.ran() == ["template"]


def test_nested_gates_each_have_their_own_answer(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.set_choice(fake.choice({"analytics": True, "media": False, "payment-fraud": False}))
    body = """<object id="outer" data-purpose="media" data-data="/frame/outer" title="O">
      <img id="inner" data-purpose="analytics" data-src="data:," alt=""></object>
    <div data-purpose="media"><script type="text/plain" data-purpose="analytics" src="/run/inner.js"></script></div>
    <video id="clip" data-purpose="analytics" title="C"><source id="own" data-purpose="media" data-src="/run/x">
      <source id="along" data-src="/run/y"></video>"""
    visitor.page.goto(website.page(body, policy=""))
    visitor.wait_for_scripts(1)
    state = visitor.page.evaluate(STATE)
    assert (state["outer"], state["inner"], state["own"], state["along"]) == ([], ["src"], [], ["src"])


def test_a_node_that_moves_takes_its_placeholder_along(visitor: Visitor, website: Website) -> None:
    body = '<div id="there"></div><iframe data-src="/frame/a" data-purpose="media" title="A"></iframe>'
    visitor.page.goto(website.page(body))
    expect(visitor.button("Always load")).to_be_visible()
    visitor.page.evaluate("document.getElementById('there').append(document.querySelector('iframe'))")
    expect(visitor.page.locator("#there gateway-placeholder + iframe")).to_have_count(1)
    expect(visitor.page.locator("gateway-placeholder")).to_have_count(1)
    visitor.button("Always load").click()
    expect(visitor.page.locator("#there iframe")).to_have_attribute("src", "/frame/a")
    expect(visitor.page.locator("gateway-placeholder")).to_have_count(0)


def test_a_script_that_is_removed_while_it_waits_does_not_run(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    visitor.set_choice(fake.choice(YES))
    slow: list[Route] = []
    visitor.context.route("**/run/slow.js", lambda route: slow.append(route))
    body = """<script type="text/plain" data-purpose="analytics" src="/run/slow.js"></script>
    <script type="text/plain" data-purpose="analytics" src="/run/gone.js" id="gone"></script>
    <script type="text/plain" data-purpose="analytics" src="/run/last.js"></script>"""
    visitor.page.goto(website.page(body), wait_until="commit")
    visitor.wait_for_hits(1)
    visitor.settle()
    visitor.page.evaluate("window.gone = document.getElementById('gone'); window.gone.remove()")
    slow[0].continue_()
    visitor.wait_for_scripts(2)
    visitor.settle()
    assert visitor.ran() == ["slow", "last"]
    visitor.page.evaluate("document.body.append(window.gone)")
    visitor.wait_for_scripts(3)
    assert visitor.ran() == ["slow", "last", "gone"]


def test_scripts_of_every_make(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.set_choice(fake.choice(YES))
    held: list[Route] = []
    visitor.context.route("**/run/async.js", lambda route: held.append(route))
    wrong = "sha384-" + "A" * 64
    body = f"""<script type="text/plain" data-purpose="analytics" async src="/run/async.js"></script>
    <script type="text/plain" data-purpose="analytics" nomodule src="/run/old.js"></script>
    <script type="text/plain" data-purpose="analytics" integrity="{wrong}" src="/run/forged.js" id="forged"></script>
    <script data-purpose="analytics" data-src="/run/untyped.js"></script>
    <script data-purpose="analytics" data-src="/run/module.js" data-type="module"></script>
    <script type="text/plain" data-purpose="analytics">
      const more = document.createElement("script");
      more.type = "text/plain";
      more.dataset.purpose = "analytics";
      more.textContent = "(window.ran ??= []).push('added')";
      more.addEventListener("load", () => window.ran.push("heard"));
      const far = more.cloneNode();
      far.dataset.src = "/run/far.js";
      far.addEventListener("load", () => window.ran.push("heard"));
      document.body.append(more, far);
      (window.ran ??= []).push("inline");
    </script>
    <script type="text/plain" data-purpose="analytics" src="/run/last.js"></script>"""
    visitor.page.goto(website.page(body, policy=""), wait_until="commit")
    visitor.wait_for_scripts(7)
    assert visitor.ran() == ["untyped", "module", "inline", "last", "added", "far", "heard"]
    held[0].continue_()
    visitor.wait_for_scripts(8)
    assert visitor.ran()[-1] == "async"


def test_gates_in_the_head_open_before_those_in_the_body(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.set_choice(fake.choice(YES))
    gated = '<script type="text/plain" data-purpose="analytics" src="/run/{}.js"></script>'
    style = '<link data-purpose="media" rel="stylesheet" data-href="/run/style" id="style">'
    visitor.page.goto(website.page(gated.format("body"), head=gated.format("head") + style))
    visitor.wait_for_scripts(2)
    assert visitor.ran() == ["head", "body"]
    expect(visitor.page.locator("#style")).to_have_attribute("href", "/run/style")


def test_a_script_in_the_head_that_blocks_sees_whole_inline_scripts(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    visitor.set_choice(fake.choice(YES))
    long = "/* " + "x" * 300_000 + " */"
    html = f"""<!doctype html><html lang="en"><head><title>Blocking</title><link rel="icon" href="data:,">
    <script src="{fake.url}/gateway/1.js"></script></head><body><main><h1>Blocking</h1>
    <script type="text/plain" data-purpose="analytics">{long} (window.ran ??= []).push(document.readyState)</script>
    <video data-purpose="media" title="V"><source id="late" data-src="/frame/v"></video></main></body></html>"""
    visitor.page.goto(website.whole_page(html, policy=""))
    visitor.wait_for_scripts(1)
    assert visitor.ran()[0] in ("interactive", "complete")
    expect(visitor.page.locator("#late")).to_have_attribute("src", "/frame/v")


def test_loading_once_opens_that_element_until_a_no(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    body = "".join(f'<iframe data-src="/frame/{n}" data-purpose="media" title="{n}" id="{n}"></iframe>' for n in "ab")
    visitor.page.goto(website.page(body))
    visitor.page.locator("gateway-placeholder").first.get_by_role("button", name="Load once").click()
    expect(visitor.page.locator("#a")).to_have_attribute("src", "/frame/a")
    expect(visitor.page.locator("#a")).to_be_focused()
    expect(visitor.page.locator("gateway-placeholder")).to_have_count(1)
    assert fake.consents == [] and visitor.cookies() <= {"frame_seen"}
    assert visitor.page.evaluate("gateway.consent('media')") is False
    # A yes to something else leaves it as it is; a no closes it.
    visitor.page.evaluate("gateway.choose({'payment-fraud': true})")
    expect(visitor.page.locator("#a")).to_have_attribute("src", "/frame/a")
    visitor.page.evaluate("gateway.rejectAll()")
    expect(visitor.page.locator("gateway-placeholder")).to_have_count(2)
    assert visitor.page.locator("#a").get_attribute("src") is None


def test_sanitised_markup_cannot_smuggle_a_script_through_a_gate(visitor: Visitor, website: Website) -> None:
    # Sanitisers let data attributes pass; the purpose that is always allowed must not make them run.
    body = """<iframe data-purpose="necessary" data-src="java&#10;script:parent.ran=['smuggled']" title="X" id="x"></iframe>
    <a data-purpose="necessary" data-href=" JavaScript:ran=['clicked']" id="a">Click</a>"""
    visitor.page.goto(website.page(body, policy=""))
    expect(visitor.banner()).to_be_visible()
    visitor.settle()
    visitor.page.locator("#a").click()
    assert visitor.ran() == []
    assert visitor.page.locator("#x").get_attribute("src") is None


def test_a_clobbered_document_does_not_switch_the_nonce_off(
    visitor: Visitor, website: Website, fake: FakeGateway, gateway_url: str
) -> None:
    visitor.set_choice(fake.choice(YES))
    policy = "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; connect-src {gateway}; img-src data:"
    html = f"""<!doctype html><html lang="en"><head><title>Clobber</title><link rel="icon" href="data:,">
    <script nonce="abc" src="{gateway_url}/gateway/1.js" defer></script></head><body><main><h1>Clobber</h1>
    <img name="currentScript" alt="">
    <script type="text/plain" data-purpose="necessary" src="/run/injected.js"></script>
    <script type="text/plain" data-purpose="analytics" nonce="abc" src="/run/own.js"></script></main></body></html>"""
    visitor.page.goto(website.whole_page(html, policy=policy))
    visitor.wait_for_scripts(1)
    visitor.settle()
    assert visitor.ran() == ["own"]
