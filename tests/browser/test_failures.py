"""Fails closed: whatever becomes of the gateway, nothing is granted and the page works (RULES.md E2)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway
from tests.browser.test_choices import GATED, assert_nothing_granted
from tests.browser.website import STRICT, Website

NOTICE = "**/v1/sites/1/notice*"


def assert_page_works(visitor: Visitor) -> None:
    visitor.page.get_by_role("link", name="Last link").click()
    expect(visitor.page).to_have_url(re.compile("#y$"))
    assert visitor.page.evaluate("getComputedStyle(document.body).overflow") == "visible"


def answer_with(status: int, body: str) -> Callable[[Route], None]:
    def fulfill(route: Route) -> None:
        origin = route.request.headers.get("origin", "*")
        headers = {"access-control-allow-origin": origin, "access-control-allow-credentials": "true"}
        route.fulfill(status=status, body=body, content_type="application/json", headers=headers)

    return fulfill


@pytest.mark.parametrize(
    "behaviour",
    [
        lambda route: route.abort("connectionrefused"),
        answer_with(500, "{}"),
        answer_with(200, "<html>"),
        answer_with(200, "null"),
        answer_with(200, "[]"),
        answer_with(200, '{"site": 1, "ask": false, "measure": "now"}'),
        answer_with(200, '{"site": 2}'),
        answer_with(200, ""),
        answer_with(200, '"' + "x" * 5_000_000),
        lambda route: route.fulfill(status=302, headers={"location": "https://login.example/?next=notice"}),
        lambda route: route.abort("blockedbyclient"),
    ],
    ids=["down", "error", "html", "null", "list", "partial", "other-site", "empty", "huge", "login", "filter-list"],
)
def test_notice_fails(visitor: Visitor, website: Website, behaviour: Callable[[Route], None]) -> None:
    visitor.context.route(NOTICE, behaviour)
    visitor.page.goto(website.page(GATED))
    expect(visitor.way_back()).to_be_visible()
    visitor.settle()
    assert_nothing_granted(visitor)
    assert visitor.page.locator("gateway-banner").count() == 0
    assert_page_works(visitor)
    visitor.way_back().click()
    expect(visitor.page.get_by_text("unavailable")).to_be_visible()
    expect(visitor.page.get_by_role("dialog")).to_have_count(0)
    visitor.context.unroute(NOTICE)
    visitor.way_back().click()
    expect(visitor.page.get_by_role("dialog")).to_be_visible()


WRONG: dict[str, Any] = {
    "another-site": {"site": 2},
    "site-as-text": {"site": "1"},
    "measure-as-number": {"measure": 1},
    "ask-as-text": {"ask": "no"},
    "objected-missing": {"objected": None},
    "purposes-as-object": {"purposes": {}},
    "purpose-without-rule": {"purposes": [{"id": "analytics", "required": False, "sale": False}]},
    "required-as-text": {"purposes": [{"id": "media", "required": "yes", "sale": False, "regime": "opt_out"}]},
    "purpose-null": {"purposes": [None]},
    "jurisdiction-missing": {"jurisdiction": None},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_notice_with_wrong_types_is_none(visitor: Visitor, website: Website, fake: FakeGateway, name: str) -> None:
    """Every one of these would let scripts run or hits be sent if it were believed."""
    fake.ask, fake.measure, fake.regimes = False, "now", {"analytics": "opt_out", "media": "opt_out"}
    wrong = WRONG[name]

    def spoil(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=json.dumps({**answer.json(), **wrong}))

    visitor.context.route(NOTICE, spoil)
    visitor.page.goto(website.page(GATED))
    expect(visitor.way_back()).to_be_visible()
    visitor.settle()
    assert_nothing_granted(visitor)
    assert_page_works(visitor)


def test_an_unknown_country_is_asked_before_anything_runs(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    fake.jurisdiction = ""
    visitor.page.goto(website.page(GATED))
    expect(visitor.banner()).to_be_visible()
    visitor.settle()
    assert_nothing_granted(visitor)
    assert_page_works(visitor)


@pytest.mark.parametrize("regime", ["", "whatever", "exempt", "CONSENT"])
def test_a_rule_that_is_not_known_lets_nothing_run(
    visitor: Visitor, website: Website, fake: FakeGateway, regime: str
) -> None:
    fake.regimes = dict.fromkeys(["analytics", "media", "payment-fraud"], regime)
    fake.measure = "sometimes"
    visitor.page.goto(website.page(GATED))
    expect(visitor.way_back().or_(visitor.banner())).to_be_visible()
    visitor.settle()
    assert_nothing_granted(visitor)


def test_a_choice_under_an_outdated_policy_opens_no_gate(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    everything = {"analytics": True, "media": True, "payment-fraud": True}
    visitor.set_choice(fake.choice(everything, {"kino": True}, policy="0" * 16))
    visitor.context.route(NOTICE, lambda route: route.abort())
    visitor.page.goto(website.page(GATED))
    expect(visitor.way_back()).to_be_visible()
    visitor.settle()
    assert_nothing_granted(visitor)
    visitor.context.unroute(NOTICE)
    visitor.page.reload()
    expect(visitor.banner()).to_be_visible()
    assert_nothing_granted(visitor)


def test_a_cached_script_with_an_outdated_policy_learns_of_the_new_one_from_the_notice(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    before = httpx.get(f"{fake.url}/gateway/1.js").text
    visitor.context.route("**/gateway/1.js", lambda route: route.fulfill(body=before, content_type="text/javascript"))
    fake.change_policy()
    everything = {"analytics": True, "media": True, "payment-fraud": True}
    visitor.set_choice(fake.choice(everything))
    visitor.page.goto(website.page(GATED))
    visitor.wait_for_scripts(5)
    visitor.wait_for_hits(1)
    visitor.hits.clear()
    fake.ask_for(*fake.site.site.purposes[:2])
    visitor.page.reload()
    expect(visitor.banner()).to_be_visible()
    visitor.settle()
    assert_nothing_granted(visitor)


UI = "**/gateway-ui.*.js"
FORGED = "document.currentScript.made = () => { window.forged = true }"


@pytest.mark.parametrize(
    "behaviour",
    [
        lambda route: route.abort("blockedbyclient"),
        lambda route: route.fulfill(status=404, body="", headers={"access-control-allow-origin": "*"}),
        lambda route: route.fulfill(
            body=FORGED, content_type="text/javascript", headers={"access-control-allow-origin": "*"}
        ),
    ],
    ids=["filter-list", "gone", "integrity"],
)
def test_the_dialogs_are_blocked(visitor: Visitor, website: Website, behaviour: Callable[[Route], None]) -> None:
    visitor.context.add_init_script(
        "document.addEventListener('gateway:failed', ({ detail }) => { (window.failed ??= []).push(detail.what) })"
    )
    visitor.context.route(UI, behaviour)
    visitor.page.goto(website.page(GATED))
    visitor.settle()
    assert_nothing_granted(visitor)
    assert visitor.page.evaluate("[window.failed, window.forged]") == [["dialogs"], None]
    assert visitor.page.evaluate("gateway.acceptAll()") is False
    assert visitor.page.evaluate("gateway.showPreferences()") is False
    assert visitor.page.evaluate("gateway.receipt()") is None
    assert_nothing_granted(visitor)
    assert_page_works(visitor)
    visitor.context.unroute(UI)
    # The next one who asks tries again.
    assert visitor.page.evaluate("gateway.rejectAll()") is True


def test_the_dialogs_are_forbidden_by_the_pages_policy(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    policy = STRICT.replace("script-src 'self' {gateway}", "script-src 'self' {gateway}/gateway/1.js")
    visitor.page.goto(website.page(GATED, policy=policy))
    visitor.settle()
    assert_nothing_granted(visitor)
    assert fake.consents == []
    assert visitor.page.evaluate("window.violations.length") >= 1
    assert visitor.page.evaluate("gateway.consent('analytics')") is False
    assert_page_works(visitor)


def test_a_policy_that_lists_no_trusted_types_opens_nothing_it_guards(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    visitor.set_choice(fake.choice({"analytics": True, "media": True, "payment-fraud": True}))
    visitor.page.goto(website.page(GATED, policy=STRICT.replace("trusted-types gateway", "trusted-types other")))
    visitor.settle()
    assert visitor.ran() == []
    assert_page_works(visitor)


@pytest.mark.parametrize("hidden", ["gateway-banner", "gateway-banner, gateway-privacy-choices"])
def test_a_cosmetic_filter_hides_the_banner(visitor: Visitor, website: Website, fake: FakeGateway, hidden: str) -> None:
    style = f"new CSSStyleSheet().replace('{hidden} {{display: none !important}}')"
    visitor.context.add_init_script(
        f"{style}.then((sheet) => {{ document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet] }})"
    )
    visitor.page.goto(website.page(GATED + "<p>" + "word " * 5000 + "</p>"))
    expect(visitor.page.locator("gateway-banner")).to_have_count(1)
    visitor.settle()
    assert not visitor.banner().is_visible()
    assert_nothing_granted(visitor)
    assert fake.consents == [] and visitor.cookies() == set()
    visitor.page.mouse.wheel(0, 600)
    visitor.settle()
    assert visitor.page.evaluate("scrollY") > 0
    assert_page_works(visitor)


@pytest.mark.parametrize("how", ["throws", "ignores"])
def test_storage_is_refused(visitor: Visitor, website: Website, fake: FakeGateway, how: str) -> None:
    """As in a sandboxed frame, and as in a browser that is told to keep no cookies."""
    refuse = "throw new DOMException('no', 'SecurityError')" if how == "throws" else "return ''"
    visitor.context.add_init_script(
        f"""Object.defineProperty(document, "cookie", {{ get() {{ {refuse} }}, set() {{ {refuse} }} }});
        for (const name of ["localStorage", "sessionStorage"])
          Object.defineProperty(window, name, {{ get() {{ {refuse.replace("return ''", "return null")} }} }});"""
    )
    fake.sets_cookies = False
    visitor.page.goto(website.page(GATED))
    expect(visitor.banner()).to_be_visible()
    visitor.settle()
    assert visitor.ran() == ["needed"] and visitor.hits == []
    # An answer holds for the page; a refusal finds nothing to clear and says so to nobody.
    visitor.button("Accept all").click()
    visitor.wait_for_scripts(5)
    with visitor.page.expect_navigation():
        visitor.page.evaluate("void gateway.rejectAll()")
    expect(visitor.banner()).to_be_visible()
    assert visitor.ran() == ["needed"]
    visitor.assert_quiet()


def test_a_sandboxed_frame_is_asked_and_granted_nothing(visitor: Visitor, website: Website) -> None:
    inner = website.page(GATED, policy="")
    visitor.page.goto(
        website.whole_page(
            f'<!doctype html><title>Outer</title><iframe id="outer" sandbox="allow-scripts" src="{inner}" '
            'width="900" height="600"></iframe>',
            policy="",
        )
    )
    frame = visitor.page.frame_locator("#outer")
    expect(frame.get_by_role("link", name="Last link")).to_be_visible()
    visitor.settle()
    assert visitor.hits == [] and visitor.cookies() == set()
    inside = visitor.page.frames[1]
    assert inside.evaluate("window.ran") == ["needed"]
    assert inside.evaluate("gateway.consent('analytics')") is False
    assert inside.evaluate("getComputedStyle(document.body).overflow") == "visible"


def test_notice_is_slow(visitor: Visitor, website: Website) -> None:
    held: list[Route] = []
    visitor.context.route(NOTICE, lambda route: held.append(route))
    visitor.page.goto(website.page(GATED))
    visitor.wait_until(lambda: bool(held))
    visitor.page.wait_for_timeout(700)
    assert len(held) == 1
    assert_nothing_granted(visitor)
    assert_page_works(visitor)
    # Six seconds are enough for anyone.
    expect(visitor.way_back()).to_be_visible()
    assert_nothing_granted(visitor)


def test_a_notice_with_half_its_purposes_broken(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    def spoil(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        body["purposes"][1].pop("name")
        route.fulfill(response=answer, body=json.dumps(body))

    visitor.context.route(NOTICE, spoil)
    visitor.page.goto(website.page(GATED))
    expect(visitor.way_back()).to_be_visible()
    expect(visitor.banner()).to_have_count(0)
    assert_nothing_granted(visitor)


@pytest.mark.parametrize("status", [400, 409, 503])
def test_an_answer_that_is_not_recorded_grants_nothing(
    visitor: Visitor, website: Website, fake: FakeGateway, status: int
) -> None:
    fake.consent_status = status
    visitor.page.goto(website.page(GATED))
    visitor.button("Accept all").click()
    expect(visitor.page.get_by_role("alert")).to_have_text(fake.texts["failed"])
    assert_nothing_granted(visitor)
    assert visitor.page.evaluate("gateway.consent('analytics')") is False
    fake.consent_status = 201
    visitor.button("Accept all").click()
    expect(visitor.banner()).to_have_count(0)
    visitor.wait_for_scripts(5)


def test_what_counts_is_what_was_recorded(visitor: Visitor, website: Website) -> None:
    behaviour = answer_with(201, '{"purposes": {"media": true, "analytics": false}, "expires": "2099-01-01T00:00:00Z"}')
    visitor.context.route(
        "**/v1/consent", lambda route: behaviour(route) if route.request.method == "POST" else route.continue_()
    )
    visitor.page.goto(website.page(GATED))
    visitor.button("Accept all").click()
    visitor.wait_for_scripts(2)
    visitor.settle()
    assert visitor.ran() == ["needed", "second"]
    assert visitor.hits == []


@pytest.mark.parametrize("body", ["null", "{}", '{"purposes": null}', '{"purposes": {"analytics": 1}}', "nonsense"])
def test_a_nonsensical_receipt_grants_nothing(visitor: Visitor, website: Website, body: str) -> None:
    behaviour = answer_with(201, body)
    visitor.context.route(
        "**/v1/consent", lambda route: behaviour(route) if route.request.method == "POST" else route.continue_()
    )
    visitor.page.goto(website.page(GATED))
    visitor.button("Accept all").click()
    expect(visitor.page.get_by_role("alert")).not_to_be_empty()
    assert_nothing_granted(visitor)


def test_without_cookies_an_answer_holds_for_the_page(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    fake.sets_cookies = False
    visitor.page.goto(website.page(GATED))
    visitor.button("Accept all").click()
    visitor.wait_for_scripts(5)
    visitor.wait_for_hits(1)
    visitor.page.reload()
    expect(visitor.banner()).to_be_visible()


def test_a_blocked_script_leaves_the_page_alone(visitor: Visitor, website: Website) -> None:
    visitor.context.route("**/gateway/1.js", lambda route: route.abort())
    visitor.page.goto(website.page(GATED))
    visitor.settle()
    assert visitor.hits == [] and visitor.page.evaluate("window.ran ?? []") == []
    assert_page_works(visitor)
