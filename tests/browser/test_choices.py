"""What a visitor meets: the question, the answers, and what each answer opens (RULES.md E1–E5, E12)."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway
from tests.browser.website import Website

GATED = """
<script type="text/plain" data-purpose="analytics" src="/run/first.js"></script>
<script type="text/plain" data-purpose="media" src="/run/second.js"></script>
<script type="text/plain" data-purpose="analytics" src="/run/third.js"></script>
<script type="text/plain" data-purpose="payment-fraud" src="/run/fraud.js"></script>
<script type="text/plain" data-purpose="unheard-of" src="/run/unknown.js"></script>
<script type="text/plain" data-purpose="necessary" src="/run/needed.js"></script>
<iframe data-src="/frame/film" data-purpose="media" title="A film" width="320" height="180"></iframe>
"""


def ask(visitor: Visitor, website: Website, body: str = GATED) -> None:
    visitor.page.goto(website.page(body))
    expect(visitor.banner()).to_be_visible()


def assert_nothing_granted(visitor: Visitor) -> None:
    assert visitor.ran() in (["needed"], [])
    assert visitor.hits == []
    assert visitor.page.locator("iframe").get_attribute("src") is None
    assert visitor.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert not any("/frame/" in request or "first" in request for request in visitor.requests)


def test_silence_is_refusal(visitor: Visitor, website: Website) -> None:
    ask(visitor, website)
    visitor.settle()
    assert_nothing_granted(visitor)
    assert visitor.cookies() == set()
    assert visitor.page.evaluate("gateway.consent('analytics')") is False
    assert visitor.page.evaluate("gateway.answer('analytics')") is None
    visitor.assert_quiet()


SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map(({ value }) => value)))
  .observe({ type: "layout-shift", buffered: true });
"""


def test_the_banner_moves_nothing_on_the_page(visitor: Visitor, website: Website) -> None:
    visitor.context.add_init_script(SHIFTS)
    ask(visitor, website, GATED + "<p>" + "word " * 3000 + "</p>")
    expect(visitor.button("Always load")).to_be_visible()
    visitor.settle()
    assert visitor.page.evaluate("window.shifts") == []
    # The measuring itself works: this does move something.
    visitor.page.evaluate("document.querySelector('h1').style.marginBlockStart = '200px'")
    visitor.settle()
    assert visitor.page.evaluate("window.shifts.length") > 0


def test_escape_changes_nothing(visitor: Visitor, website: Website) -> None:
    ask(visitor, website)
    visitor.button("Accept all").focus()
    visitor.page.keyboard.press("Escape")
    expect(visitor.banner()).to_have_count(0)
    expect(visitor.way_back()).to_be_visible()
    assert_nothing_granted(visitor)
    assert visitor.cookies() == set()
    visitor.page.reload()
    expect(visitor.banner()).to_be_visible()
    visitor.assert_quiet()


def test_accept_all_opens_the_gates_in_order(visitor: Visitor, website: Website) -> None:
    ask(visitor, website)
    with visitor.page.expect_request(lambda request: request.url.endswith("/frame/film")):
        visitor.button("Accept all").click()
    visitor.wait_for_scripts(5)
    assert visitor.ran() == ["needed", "first", "second", "third", "fraud"]
    hit = visitor.wait_for_hits(1)[0]
    assert hit["type"] == "pageview"
    assert hit["title"] == "A page"
    assert hit["url"] == visitor.page.url
    assert "gw_choice_1" in visitor.cookies()
    expect(visitor.banner()).to_have_count(0)
    expect(visitor.page.get_by_text("Your choices are saved.")).to_be_visible()
    visitor.assert_quiet()


def test_what_is_recorded_names_the_notice_shown(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    ask(visitor, website)
    visitor.button("Accept all").click()
    expect(visitor.banner()).to_have_count(0)
    assert fake.consents == [
        {
            "site": 1,
            "purposes": {"payment-fraud": True, "analytics": True, "media": True},
            "services": {"kino": True},
            "method": "accept_all",
            "fingerprint": fake.site.fingerprint,
            "notice": "ab" * 32,
            "language": "en",
            "surface": "banner",
            "script": fake.script.chunks["ui"].hash,
        }
    ]


def test_reject_all_opens_nothing(visitor: Visitor, website: Website) -> None:
    ask(visitor, website)
    visitor.button("Reject all").click()
    expect(visitor.banner()).to_have_count(0)
    visitor.settle()
    assert_nothing_granted(visitor)
    assert visitor.page.evaluate("gateway.answer('analytics')") is False
    visitor.page.reload()
    visitor.settle()
    expect(visitor.banner()).to_have_count(0)
    assert_nothing_granted(visitor)
    visitor.assert_quiet()


def test_choosing_purpose_by_purpose(visitor: Visitor, website: Website) -> None:
    ask(visitor, website)
    visitor.button("Choose").click()
    toggles = visitor.page.get_by_role("dialog", name="Privacy choices", exact=True).locator("input")
    # Three purposes, one of them with a service.
    expect(toggles).to_have_count(4)
    assert [toggle.is_checked() for toggle in toggles.all()] == [False] * 4
    visitor.page.get_by_role("checkbox", name="Embedded videos").check()
    visitor.button("Save my choices").click()
    visitor.wait_for_scripts(2)
    assert visitor.ran() == ["needed", "second"]
    assert visitor.hits == []
    assert visitor.page.evaluate("['media', 'analytics'].map(gateway.consent)") == [True, False]
    visitor.way_back().click()
    expect(toggles).to_have_count(4)
    assert [toggle.is_checked() for toggle in toggles.all()] == [False, False, True, True]
    visitor.assert_quiet()


def test_payment_fraud_is_asked_apart(visitor: Visitor, website: Website) -> None:
    ask(visitor, website)
    visitor.button("Choose").click()
    visitor.page.get_by_role("switch", name="Payment fraud prevention").check()
    visitor.button("Save my choices").click()
    visitor.wait_for_scripts(2)
    assert visitor.ran() == ["needed", "fraud"]


def test_closing_the_preferences_answers_nothing(visitor: Visitor, website: Website) -> None:
    ask(visitor, website)
    visitor.button("Choose").click()
    visitor.page.get_by_role("checkbox", name="Embedded videos").check()
    visitor.page.keyboard.press("Escape")
    expect(visitor.banner()).to_be_visible()
    assert_nothing_granted(visitor)
    assert visitor.cookies() == set()


def test_returning_visitors_need_no_notice(visitor: Visitor, website: Website) -> None:
    ask(visitor, website)
    visitor.button("Accept all").click()
    expect(visitor.banner()).to_have_count(0)
    visitor.wait_for_hits(1)
    visitor.requests.clear()
    visitor.page.reload()
    visitor.wait_for_scripts(5)
    visitor.wait_for_hits(2)
    visitor.settle()
    assert not any("notice" in request for request in visitor.requests)
    assert not any("consent" in request for request in visitor.requests)
    visitor.assert_quiet()


def test_a_changed_policy_asks_again(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    ask(visitor, website)
    visitor.button("Accept all").click()
    expect(visitor.banner()).to_have_count(0)
    visitor.wait_for_hits(1)
    visitor.hits.clear()
    fake.change_policy()
    visitor.page.reload()
    expect(visitor.banner()).to_be_visible()
    assert_nothing_granted(visitor)


def test_a_no_outlives_a_change_of_policy(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.set_choice(fake.choice({"analytics": False}, policy="0" * 16))
    fake.measure = "now"
    fake.regimes = {"analytics": "opt_out", "media": "opt_out"}
    ask(visitor, website)
    visitor.settle()
    assert visitor.hits == []
    assert visitor.page.evaluate("['analytics', 'media'].map(gateway.consent)") == [False, True]


def test_a_broken_choice_opens_nothing(visitor: Visitor, website: Website) -> None:
    values = [
        "",
        "nonsense",
        "e30.x",
        "eyJwIjp7ImFuYWx5dGljcyI6MX19.x",
        "W10.x",
        "%%%",
        "eyJwIjp7ImFuYWx5dGljcyI6InllcyJ9LCJmIjoiIiwiZSI6OTk5OTk5OTk5OX0.x",
    ]
    for value in values:
        visitor.set_choice(value)
        ask(visitor, website)
        assert_nothing_granted(visitor)
    visitor.assert_quiet()


def test_a_lapsed_choice_opens_nothing(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    everything = {"analytics": True, "media": True, "payment-fraud": True}
    visitor.page.goto(website.page(name="empty"))
    value = fake.choice(everything, expires=time.time() - 1)
    visitor.page.evaluate("value => { document.cookie = `gw_choice_1=${value}; path=/` }", value)
    ask(visitor, website)
    assert_nothing_granted(visitor)


def test_withdrawing_stops_at_once_and_reloads_after_scripts(visitor: Visitor, website: Website) -> None:
    ask(visitor, website, GATED + '<p><button type="button" data-gateway-withdraw>Take it back</button></p>')
    visitor.button("Accept all").click()
    visitor.wait_for_scripts(5)
    visitor.wait_for_hits(1)
    visitor.hits.clear()
    with visitor.page.expect_navigation():
        visitor.button("Take it back").click()
    visitor.settle()
    assert "DELETE /v1/consent" in visitor.requests
    assert visitor.ran() == ["needed"]
    assert visitor.hits == []
    expect(visitor.banner()).to_have_count(0)
    visitor.assert_quiet()


def test_withdrawing_without_scripts_does_not_reload(visitor: Visitor, website: Website) -> None:
    ask(visitor, website, '<iframe data-src="/frame/film" data-purpose="media" title="A film"></iframe>')
    visitor.button("Accept all").click()
    expect(visitor.page.locator("iframe")).to_have_attribute("src", "/frame/film")
    visitor.page.evaluate("window.same = true")
    assert visitor.page.evaluate("gateway.withdraw()") is True
    assert visitor.page.evaluate("window.same") is True
    assert visitor.page.locator("iframe").get_attribute("src") is None
    expect(visitor.button("Always load")).to_be_visible()
    count = len(visitor.hits)
    visitor.page.evaluate("history.pushState(null, '', '/pages/elsewhere')")
    visitor.settle()
    assert len(visitor.hits) == count


def test_a_refused_request_to_withdraw_still_stops_this_page(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    ask(visitor, website, "")
    visitor.button("Accept all").click()
    visitor.wait_for_hits(1)
    fake.consent_status = 503
    assert visitor.page.evaluate("gateway.withdraw()") is False
    assert visitor.page.evaluate("gateway.consent('analytics')") is False
    visitor.page.evaluate("history.pushState(null, '', '/pages/elsewhere')")
    visitor.settle()
    assert len(visitor.hits) == 1


def test_content_is_asked_for_in_place(visitor: Visitor, website: Website) -> None:
    ask(visitor, website)
    visitor.button("Reject all").click()
    expect(visitor.banner()).to_have_count(0)
    visitor.button("Always load").click()
    expect(visitor.page.locator("iframe")).to_have_attribute("src", "/frame/film")
    expect(visitor.page.locator("gateway-placeholder")).to_have_count(0)
    visitor.wait_for_scripts(2)
    assert visitor.ran() == ["needed", "second"]
    assert visitor.hits == []
    visitor.assert_quiet()


def test_another_tab_learns_of_the_answer(visitor: Visitor, website: Website) -> None:
    address = website.page(GATED)
    visitor.page.goto(address)
    expect(visitor.banner()).to_be_visible()
    other = visitor.context.new_page()
    other.goto(address)
    other.get_by_role("button", name="Accept all").click()
    expect(other.get_by_role("dialog")).to_have_count(0)
    visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(visitor.banner()).to_have_count(0)
    visitor.wait_for_scripts(5)


@pytest.mark.parametrize("regime", ["opt_out", "objection"])
def test_where_the_law_lets_it_run_it_runs(visitor: Visitor, website: Website, fake: FakeGateway, regime: str) -> None:
    fake.jurisdiction, fake.ask, fake.measure = ("US-CA" if regime == "opt_out" else "GB"), False, "now"
    fake.regimes = {"analytics": regime}
    visitor.page.goto(website.page(GATED))
    visitor.wait_for_scripts(3)
    assert visitor.ran() == ["needed", "first", "third"]
    visitor.wait_for_hits(1)
    expect(visitor.banner()).to_have_count(0)
    visitor.way_back().click()
    visitor.page.get_by_role("switch", name="Audience measurement").uncheck()
    with visitor.page.expect_navigation():
        visitor.button("Save my choices").click()
    visitor.settle()
    assert visitor.ran() == ["needed"]


def test_the_exemption_covers_measurement_only(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    fake.measure, fake.regimes = "now", {"analytics": "exempt"}
    ask(visitor, website)
    assert visitor.wait_for_hits(1)[0]["type"] == "pageview"
    assert visitor.ran() == ["needed"]


@pytest.mark.parametrize("whose", ["1", "a"])
def test_an_objection_is_final(visitor: Visitor, website: Website, fake: FakeGateway, whose: str) -> None:
    fake.measure, fake.ask, fake.regimes = "now", False, {"analytics": "objection"}
    visitor.context.add_cookies([{"name": "gw_objection_1", "value": whose, "url": website.url}])
    visitor.page.goto(website.page(GATED))
    expect(visitor.way_back()).to_be_visible()
    visitor.settle()
    assert visitor.hits == [] and visitor.ran() == ["needed"]


def test_a_choice_the_page_cannot_read_is_asked_of_the_gateway(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    visitor.set_choice(fake.choice({"analytics": True, "media": False, "payment-fraud": False}))
    hide = "Object.defineProperty(document, 'cookie', {get: () => '', set() {}})"
    visitor.context.add_init_script(hide)
    visitor.page.goto(website.page(GATED))
    visitor.wait_for_scripts(3)
    assert visitor.ran() == ["needed", "first", "third"]
    assert "GET /v1/consent" in visitor.requests


def styles(visitor: Visitor, name: str) -> dict[str, Any]:
    found: dict[str, Any] = (
        visitor.banner()
        .get_by_role("button", name=name, exact=True)
        .evaluate(
            """button => {
              const { width, height } = button.getBoundingClientRect();
              const style = getComputedStyle(button);
              return { tag: button.localName, width, height, ...Object.fromEntries([...style].map((k) => [k, style[k]])) };
            }"""
        )
    )
    return found


def test_accept_and_reject_are_twins(visitor: Visitor, website: Website) -> None:
    ask(visitor, website, "")
    for scheme in ("light", "dark"):
        for width in (1280, 360, 320):
            visitor.page.set_viewport_size({"width": width, "height": 800})
            visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            accept, reject = styles(visitor, "Accept all"), styles(visitor, "Reject all")
            assert {key for key in accept if accept[key] != reject[key]} == set()
