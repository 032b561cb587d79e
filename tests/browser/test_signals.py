"""What other parties' scripts are told: Google Consent Mode v2, __uspapi, __gpp. Promised by docs/signals.md."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import brotli
import pytest
from msgspec import structs
from playwright.sync_api import Frame, Page, expect

from gateway.sites.catalog import ServedSite
from gateway.sites.site import Service
from gateway.web.script import EmbeddedScript
from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway
from tests.browser.law import GPC, rule, sell, set_gpc, settled
from tests.browser.website import Website

# Bytes, as brotli.
MOST_OF_SIGNALS = 1_500
TYPES = [
    "ad_storage",
    "ad_user_data",
    "ad_personalization",
    "analytics_storage",
    "functionality_storage",
    "personalization_storage",
    "security_storage",
]
DENIED = dict.fromkeys(TYPES, "denied")
ALWAYS = {**DENIED, "security_storage": "granted"}
ALL = {
    **ALWAYS,
    "ad_storage": "granted",
    "ad_user_data": "granted",
    "analytics_storage": "granted",
    "personalization_storage": "granted",
}

# Arguments objects only: Google's tags ignore arrays.
COMMANDS = """() => (window.dataLayer ?? [])
  .filter((entry) => Object.prototype.toString.call(entry) === "[object Arguments]")
  .map((entry) => [...entry])"""
GPP = "([command, parameter]) => new Promise((done) => __gpp(command, (data, ok) => done([data, ok]), parameter))"


def commands(visitor: Visitor) -> list[Any]:
    found: list[Any] = visitor.page.evaluate(COMMANDS)
    return found


def usp(where: Page | Frame) -> str:
    """Answered before the call returns, and once."""
    answers = where.evaluate(
        "() => { const got = []; __uspapi('getUSPData', 1, (data, ok) => got.push([data, ok])); return got; }"
    )
    assert [[answer["version"], ok] for answer, ok in answers] == [[1, True]]
    text: str = answers[0][0]["uspString"]
    return text


def gpp(visitor: Visitor, command: str, parameter: Any = None) -> list[Any]:
    answer: list[Any] = visitor.page.evaluate(GPP, [command, parameter])
    return answer


def decode(strings: list[str]) -> list[dict[str, Any]]:
    """By the IAB's own library, outside the browser."""
    done = subprocess.run(
        ["node", str(Path(__file__).with_name("decode_gpp.mjs"))],
        input=json.dumps(strings), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def visit(visitor: Visitor, website: Website, fake: FakeGateway, jurisdiction: str, body: str = "") -> None:
    if not fake.site.site.signals:
        sell(fake)
    rule(fake, jurisdiction)
    visitor.page.goto(website.page(body))
    settled(visitor)


# Google Consent Mode


def test_everything_is_denied_before_any_tag_and_granted_before_a_gate_opens(
    visitor: Visitor, website: Website, fake: FakeGateway, gateway_url: str
) -> None:
    sell(fake)
    note = (
        "(window.seen ??= []).push(['{0}', (window.dataLayer ?? []).map((entry) => [entry[1], entry[2].ad_storage])])"
    )
    for tag in ("<script src='{0}'></script>", "<script src='{0}' defer></script>"):
        fake.consents.clear()
        visitor.context.clear_cookies()
        html = (
            f"<!doctype html><html lang=en><head><link rel=icon href='data:,'>{tag.format(gateway_url + '/gateway/1.js')}"
            f'<script src="data:text/javascript,{note.format("ungated")}" defer></script>'
            f'<script type="text/plain" data-purpose="media">{note.format("gated")}</script></head><body></body></html>'
        )
        visitor.page.goto(website.whole_page(html, policy=""))
        assert visitor.page.evaluate("window.seen") == [["ungated", [["default", "denied"], ["update", "denied"]]]]
        assert commands(visitor)[0] == ["consent", "default", {**DENIED, "wait_for_update": 500}]
        assert visitor.page.evaluate("gateway.acceptAll()") is True
        visitor.wait_until(lambda: visitor.page.evaluate("window.seen.length") > 1)
        told = visitor.page.evaluate("window.seen")[1]
        assert told[0] == "gated" and told[1][-1] == ["update", "granted"]


def test_what_every_purpose_allows_is_granted(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visit(visitor, website, fake, "FR")
    # security_storage stands with "necessary", which is always allowed; nothing stands for the others.
    assert commands(visitor)[1:] == [["consent", "update", ALWAYS]]
    visitor.page.evaluate("gateway.choose({media: true})")
    partly = {**ALWAYS, "ad_storage": "granted", "ad_user_data": "granted"}
    assert commands(visitor)[-1] == ["consent", "update", partly]
    visitor.page.evaluate("gateway.acceptAll()")
    assert commands(visitor)[-1] == ["consent", "update", ALL]
    count = len(commands(visitor))
    visitor.page.evaluate("gateway.acceptAll()")
    assert len(commands(visitor)) == count
    visitor.page.reload()
    settled(visitor)
    assert [what for _, what, _ in commands(visitor)][:2] == ["default", "update"]
    assert commands(visitor)[-1] == ["consent", "update", ALL]
    visitor.assert_quiet()


def test_a_no_is_told_in_the_task_of_the_click_and_a_yes_once_it_is_recorded(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    visit(visitor, website, fake, "US-CA")
    assert (commands(visitor)[-1][2], usp(visitor.page)) == (ALL, "1YNN")
    fake.consent_status = 503
    at_once = """(name) => {
      const ignored = gateway[name]();
      let told;
      __uspapi("getUSPData", 1, ({ uspString }) => { told = uspString });
      const state = dataLayer[dataLayer.length - 1][2];
      return [told, state.ad_storage, state.security_storage, gateway.consent("media")];
    }"""
    assert visitor.page.evaluate(at_once, "rejectAll") == ["1YYN", "denied", "granted", False]
    visitor.settle()
    # Not recorded, so not granted either.
    assert visitor.page.evaluate(at_once, "acceptAll") == ["1YYN", "denied", "granted", False]
    visitor.settle()
    assert (commands(visitor)[-1][2], usp(visitor.page)) == (ALWAYS, "1YYN")
    fake.consent_status = 201
    assert visitor.page.evaluate("gateway.acceptAll()") is True
    assert (commands(visitor)[-1][2], usp(visitor.page)) == (ALL, "1YNN")


def test_the_click_on_reject_is_told_before_the_next_task(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    visit(visitor, website, fake, "FR")
    expect(visitor.banner()).to_be_visible()
    visitor.page.evaluate("gateway.acceptAll()")
    visitor.way_back().click()
    visitor.page.evaluate(
        """() => addEventListener("click", () => setTimeout(() => {
          window.told = dataLayer[dataLayer.length - 1][2].ad_storage;
        }), { capture: true, once: true })"""
    )
    fake.consent_status = 503
    visitor.button("Reject all").click()
    visitor.wait_until(lambda: bool(visitor.page.evaluate("window.told ?? ''")))
    assert visitor.page.evaluate("window.told") == "denied"


def test_the_default_is_there_on_a_page_rendered_ahead(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    sell(fake)
    visitor.set_choice(fake.choice(dict.fromkeys(["analytics", "media", "payment-fraud"], True)))
    visitor.context.add_init_script(
        "window.ahead = true; Object.defineProperty(Document.prototype, 'prerendering', { get: () => window.ahead })"
    )
    visitor.page.goto(website.page())
    assert [what for _, what, _ in commands(visitor)] == ["default"]
    assert visitor.page.evaluate("typeof gateway") == "undefined"
    visitor.page.evaluate("window.ahead = false; document.dispatchEvent(new Event('prerenderingchange'))")
    settled(visitor)
    assert commands(visitor)[-1] == ["consent", "update", ALL]


# __uspapi


@pytest.mark.parametrize(
    ("jurisdiction", "before", "accepted"),
    [("US-CA", "1YNN", "1YNN"), ("US", "1YNN", "1YNN"), ("US-TX", "1YNN", "1YNN"), ("", "1YYN", "1YNN"),
     ("FR", "1---", "1---"), ("GB", "1---", "1---")],
)  # fmt: skip
def test_usp_strings(
    visitor: Visitor, website: Website, fake: FakeGateway, jurisdiction: str, before: str, accepted: str
) -> None:
    visit(visitor, website, fake, jurisdiction)
    assert usp(visitor.page) == before
    visitor.page.evaluate("gateway.acceptAll()")
    assert usp(visitor.page) == accepted
    visitor.page.evaluate("gateway.rejectAll()")
    assert usp(visitor.page) == accepted.replace("1YNN", "1YYN")
    visitor.assert_quiet()


def test_usp_is_careful_until_the_notice_has_come(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    sell(fake)
    visitor.page.route("**/v1/sites/1/notice*", lambda route: route.abort())
    visitor.page.goto(website.page())
    assert usp(visitor.page) == "1-YN"


def test_usp_tells_an_opt_out_and_the_signal(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.context.add_init_script(GPC)
    sell(fake, sells=False)
    visit(visitor, website, fake, "US-CA")
    assert usp(visitor.page) == "1YNN"
    for page, header in ((True, False), (False, True)):
        set_gpc(visitor, page=page, header=header)
        visitor.page.reload()
        settled(visitor)
        assert usp(visitor.page) == "1YYN"
    set_gpc(visitor, page=False, header=False)
    visitor.context.add_cookies([{"name": "gw_optout_1", "value": "1", "url": website.url}])
    visitor.page.reload()
    settled(visitor)
    assert usp(visitor.page) == "1YYN"


def test_one_service_that_is_sold_is_enough(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    sell(fake, sells=False)
    service = Service(id="kino", name="Kino player", sale=True)
    purposes = (
        structs.replace(purpose, services=(service,)) if purpose.id == "media" else purpose
        for purpose in fake.site.site.purposes
    )
    fake.site = ServedSite(structs.replace(fake.site.site, purposes=tuple(purposes)))
    visit(visitor, website, fake, "US-CA")
    assert usp(visitor.page) == "1YNN"
    visitor.page.evaluate("gateway.choose({media: true, analytics: true}, {kino: false})")
    assert usp(visitor.page) == "1YYN"
    assert visitor.page.evaluate("[gateway.consent('media'), gateway.consent('media', 'kino')]") == [True, False]


# __gpp


@pytest.mark.parametrize(
    ("jurisdiction", "section", "other"),
    [("US-CA", "usca", "usnat"), ("US", "usca", "usnat"), ("", "usca", "usnat"), ("US-TX", "usnat", "usca")],
)
def test_gpp_strings_say_the_decision(
    visitor: Visitor, website: Website, fake: FakeGateway, jurisdiction: str, section: str, other: str
) -> None:
    visit(visitor, website, fake, jurisdiction)
    assert not any("gateway-gpp." in request for request in visitor.requests)
    visitor.page.evaluate("gateway.acceptAll()")
    assert gpp(visitor, "hasSection", section) == [True, True]
    assert any("gateway-gpp." in request for request in visitor.requests)
    assert gpp(visitor, "hasSection", other)[0] is False
    accepted = gpp(visitor, "ping")[0]
    visitor.page.evaluate("gateway.rejectAll()")
    rejected = gpp(visitor, "ping")[0]
    for ping in (accepted, rejected):
        assert ping["gppVersion"] == "1.1"
        assert (ping["cmpStatus"], ping["cmpDisplayStatus"], ping["signalStatus"]) == ("loaded", "hidden", "ready")
        assert ping["supportedAPIs"] == ["7:usnat", "8:usca"]
        assert ping["applicableSections"] == ping["sectionList"] == [8 if section == "usca" else 7]
        assert ping["cmpId"] == 1
    strings = decode([accepted["gppString"], rejected["gppString"]])
    for answer, (decoded, ping) in zip((2, 1), zip(strings, (accepted, rejected), strict=True), strict=True):
        assert decoded == ping["parsedSections"]
        fields = decoded[section]
        assert {name: fields[name] for name in fields if name.endswith(("OptOutNotice", "OptOut"))} == {
            "SaleOptOutNotice": 1,
            "SharingOptOutNotice": 1,
            "SaleOptOut": answer,
            "SharingOptOut": answer,
            **(
                {"TargetedAdvertisingOptOutNotice": 1, "TargetedAdvertisingOptOut": answer}
                if section == "usnat"
                else {}
            ),
            **({"SensitiveDataProcessingOptOutNotice": 0} if section == "usnat" else {}),
        }
        assert (fields["MspaCoveredTransaction"], fields["Gpc"]) == (2, False)
    assert gpp(visitor, "getField", f"{section}.SaleOptOut") == [1, True]
    assert gpp(visitor, "getSection", section)[0]["SaleOptOut"] == 1
    assert gpp(visitor, "getSection", other) == [None, False]
    visitor.assert_quiet()


def test_gpp_without_a_sale_and_with_the_signal(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.context.add_init_script(GPC)
    sell(fake, sells=False)
    visit(visitor, website, fake, "US-CA")
    fields = gpp(visitor, "getSection", "usca")[0]
    assert [fields[name] for name in ("SaleOptOutNotice", "SaleOptOut", "SharingOptOut", "Gpc")] == [0, 0, 0, False]
    sell(fake)
    for page, header in ((True, False), (False, True)):
        set_gpc(visitor, page=page, header=header)
        visitor.page.reload()
        fields = gpp(visitor, "getSection", "usca")[0]
        assert [fields[name] for name in ("SaleOptOutNotice", "SaleOptOut", "SharingOptOut", "Gpc")] == [1, 1, 1, True]


def test_gpp_where_no_us_law_applies_loads_nothing(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visit(visitor, website, fake, "FR")
    assert gpp(visitor, "hasSection", "usca") == [False, False]
    ping, ok = gpp(visitor, "ping")
    assert ok and ping["applicableSections"] == [-1] and ping["signalStatus"] == "ready"
    assert (ping["cmpStatus"], ping["cmpDisplayStatus"]) == ("loaded", "disabled")
    assert decode([ping["gppString"]]) == [{}]
    assert gpp(visitor, "getField", "usca.SaleOptOut") == [None, False]
    assert not any("gateway-gpp." in request for request in visitor.requests)


def test_gpp_keeps_calls_and_listeners_from_before(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    """The page's own stub, in the IAB's form, then ours, then the library: nobody is forgotten."""
    sell(fake)
    rule(fake, "US-CA")
    visitor.context.add_init_script(
        """window.heard = [];
        const queue = [["getField", (...got) => window.heard.push(["queued", ...got]), "usca.SaleOptOut"]];
        const events = [{ id: 1, callback: ({ eventName, data }) => window.heard.push(["early", eventName, data]) }];
        window.__gpp = (...call) => (call.length === 0 ? queue : call[0] === "events" ? events : undefined);"""
    )
    visitor.page.goto(website.page())
    visitor.page.evaluate(
        """() => {
          __gpp("addEventListener", ({ eventName, listenerId, data, pingData }, ok) =>
            window.heard.push(["mine", eventName, data, pingData.cmpStatus, typeof listenerId, ok]));
          __gpp("addEventListener", () => { throw new Error("a mistake of the page's"); });
        }"""
    )
    assert visitor.page.evaluate("window.heard.find(([who]) => who === 'mine').slice(0, 3)") == [
        "mine",
        "listenerRegistered",
        True,
    ]
    assert gpp(visitor, "getField", "usca.SaleOptOut") == [2, True]
    heard = visitor.page.evaluate("window.heard")
    assert ["queued", 2, True] in heard and ["early", "signalStatus", "ready"] in heard
    visitor.page.evaluate("window.heard = []")
    visitor.page.evaluate("gateway.rejectAll()")
    changed = [entry[1:3] for entry in visitor.page.evaluate("window.heard") if entry[0] == "mine"]
    assert changed == [["signalStatus", "not ready"], ["sectionChange", "usca"], ["signalStatus", "ready"]]
    assert gpp(visitor, "removeEventListener", 1)[0]["data"] is True
    assert gpp(visitor, "removeEventListener", 1)[0]["data"] is False
    visitor.page.evaluate("window.heard = []")
    visitor.way_back().click()
    expect(visitor.page.get_by_role("dialog")).to_be_visible()
    assert gpp(visitor, "ping")[0]["cmpDisplayStatus"] == "visible"
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.get_by_role("dialog")).to_have_count(0)
    visitor.settle()
    shown = [entry[1:3] for entry in visitor.page.evaluate("window.heard") if entry[1] == "cmpDisplayStatus"]
    assert shown == [["cmpDisplayStatus", "visible"], ["cmpDisplayStatus", "hidden"]]
    assert visitor.page.evaluate("window.heard.some(([who]) => who === 'early')") is False


def test_gpp_says_so_when_it_cannot_be_had(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.page.route("**/gateway-gpp.*", lambda route: route.abort())
    visit(visitor, website, fake, "US-CA")
    assert gpp(visitor, "getSection", "usca") == [None, False]
    assert gpp(visitor, "ping")[0]["cmpStatus"] == "error"
    assert usp(visitor.page) == "1YNN"


# Frames, and what must not break


def test_frames_are_answered_in_the_form_they_asked(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visit(visitor, website, fake, "US-CA", '<iframe src="/frame/ad" title="An ad"></iframe>')
    frame = next(found for found in visitor.page.frames if found.url.endswith("/frame/ad"))
    ask = """([name, call, text]) => new Promise((done) => {
      let above = window;
      do above = above.parent; while (!above.frames[`${name}Locator`]);
      addEventListener("message", ({ data }) => done(data), { once: true });
      const message = { [`${name}Call`]: { ...call, callId: "seven" } };
      above.postMessage(text ? JSON.stringify(message) : message, "*");
    })"""
    usp_call = {"command": "getUSPData", "version": 1}
    expected = {
        "__uspapiReturn": {"returnValue": {"version": 1, "uspString": "1YNN"}, "success": True, "callId": "seven"}
    }
    assert frame.evaluate(ask, ["__uspapi", usp_call, False]) == expected
    assert json.loads(frame.evaluate(ask, ["__uspapi", usp_call, True])) == expected
    gpp_call = {"command": "getField", "parameter": "usca.SaleOptOut", "version": "1.1"}
    answered = {"__gppReturn": {"returnValue": 2, "success": True, "callId": "seven"}}
    assert frame.evaluate(ask, ["__gpp", gpp_call, False]) == answered
    assert json.loads(frame.evaluate(ask, ["__gpp", gpp_call, True])) == answered
    refused = frame.evaluate(ask, ["__uspapi", {"command": "getUSPData", "version": 2}, False])
    assert refused == {"__uspapiReturn": {"returnValue": None, "success": False, "callId": "seven"}}
    locators = "[...document.querySelectorAll('iframe[name$=Locator]')].map(({ hidden, src }) => [hidden, src])"
    assert visitor.page.evaluate(locators) == [[True, ""], [True, ""]]
    visitor.assert_quiet()


@pytest.mark.parametrize("jurisdiction", ["US-CA", "FR"])
def test_bad_arguments_never_throw(visitor: Visitor, website: Website, fake: FakeGateway, jurisdiction: str) -> None:
    visit(visitor, website, fake, jurisdiction)
    throws = """(loaded) => {
      const odd = [undefined, null, NaN, "", "ping", "getUSPData", "getField", "getSection", "events", "toString", {}, () => {},
        Symbol.iterator];
      const faults = [];
      for (const name of ["__uspapi", "__gpp"]) {
        for (const a of odd) for (const b of odd) for (const c of odd) {
          try { window[name](a, b, c); } catch (error) { faults.push(`${name} ${String(error)}`); }
        }
      }
      for (const message of ["", "{", "null", "1", '{"__gppCall":1}', '{"__uspapiCall":null}', null, 7, [], { __gppCall: {} },
        { __uspapiCall: { command: {} } }, '{"__gppCall":{"command":["ping"]}}']) postMessage(message, "*");
      return faults;
    }"""
    assert visitor.page.evaluate(throws) == []
    gpp(visitor, "hasSection", "usca")
    assert visitor.page.evaluate(throws) == []
    refusals = """() => {
      const got = [];
      const note = (data, ok) => got.push([data, ok]);
      __uspapi("getUSPData", 2, note); __uspapi("getUSPData", "1", note); __uspapi("nothing", 1, note);
      __gpp(undefined, note); __gpp("nothing", note);
      return got;
    }"""
    assert visitor.page.evaluate(refusals) == [[None, False]] * 5
    visitor.settle()
    visitor.assert_quiet()


def test_a_site_that_tells_nothing_leaves_no_trace(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    sell(fake, signals=("usp",))
    visitor.page.goto(website.page())
    assert visitor.page.evaluate("[typeof __uspapi, typeof __gpp, typeof dataLayer]") == [
        "function",
        "undefined",
        "undefined",
    ]
    sell(fake, signals=())
    visitor.page.goto(website.page())
    assert visitor.page.evaluate("[typeof __uspapi, typeof __gpp, typeof dataLayer]") == ["undefined"] * 3
    assert visitor.page.locator("iframe").count() == 0


def test_the_part_every_page_loads_is_small(fake: FakeGateway) -> None:
    sell(fake)
    script = EmbeddedScript(fake.url)
    with_signals = len(brotli.compress(script.of_site(fake.site, {"privacy_choices": "", "unavailable": ""}).body))
    sell(fake, signals=())
    without = len(brotli.compress(script.of_site(fake.site, {"privacy_choices": "", "unavailable": ""}).body))
    print(f"signals {with_signals - without}, gpp {len(brotli.compress(script.chunks['gpp'].body))} bytes")
    assert with_signals - without <= MOST_OF_SIGNALS
